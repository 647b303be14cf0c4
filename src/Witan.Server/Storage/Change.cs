namespace Witan.Server.Storage;

/// <summary>The kinds of record whose last change the summaries tell.</summary>
internal static class Change
{
    public const string Fixes = "fixes";
    public const string Learnings = "learnings";
    public const string Collaborations = "collaborations";
    public const string Votes = "votes";
}
