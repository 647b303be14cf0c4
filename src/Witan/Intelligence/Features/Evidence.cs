using Witan.Fixes;
using Witan.Intelligence.TrackRecords;

namespace Witan.Intelligence.Features;

/// <summary>How much is known about an attempt, in outcomes, as of its proposal.</summary>
/// <param name="Fleet">Known outcomes of all agents.</param>
/// <param name="AgentFixes">Known outcomes of this agent.</param>
/// <param name="IssueAttempts">Known outcomes on this issue, by anyone.</param>
/// <param name="SimilarFailures">Known failures that said the same; without an error text, known failures on the issue.</param>
/// <param name="Comparable">Known outcomes of this agent or on this issue.</param>
public readonly record struct Evidence(int Fleet, int AgentFixes, int IssueAttempts, int SimilarFailures, int Comparable)
{
    internal static Evidence From(ReadOnlySpan<Standing> standings, Attempt attempt)
    {
        var agent = standings[(int)Level.Agent].Outcomes;
        var issue = standings[(int)Level.Issue].Outcomes;
        var similar = standings[(int)(attempt.Error is null ? Level.Issue : Level.Error)].Failures;
        var both = standings[(int)Level.AgentIssue].Outcomes;
        return new(standings[(int)Level.Fleet].Outcomes, agent, issue, similar, agent + issue - both);
    }
}
