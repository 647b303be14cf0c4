namespace Witan.Server.Storage;

/// <summary>The kinds of record whose last change the summaries, and other processes, are told of.</summary>
internal static class Change
{
    public const string Fixes = "fixes";
    public const string Learnings = "learnings";
    public const string Collaborations = "collaborations";
    public const string Votes = "votes";

    // Not in the summaries, but in the memory of every process.
    public const string Agents = "agents";
    public const string Outcomes = "outcomes";
    public const string Models = "models";
    public const string Experiments = "experiments";
    public const string Keys = "keys";

    /// <summary>Made anew, and nothing written.</summary>
    public const string Summaries = "summaries";
}
