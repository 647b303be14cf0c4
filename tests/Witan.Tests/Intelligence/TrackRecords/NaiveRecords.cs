using Witan.Fixes;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.TrackRecords;

/// <summary>The definition of a standing, followed to the letter and without any haste.</summary>
internal static class NaiveRecords
{
    public static Standing AsOf(IEnumerable<ResolvedAttempt> fixes, LevelRule rule, Attempt attempt, DateTimeOffset moment)
    {
        if (KeyOf(rule.Level, attempt) is not { } key)
            return Standing.Empty;
        var all = Of(fixes.Where(fix => KeyOf(rule.Level, fix.Attempt) == key), rule, moment);
        return rule.Level == Level.Agent && attempt is not { Family: null, Model: null }
            ? Narrowed(all, Of(fixes.Where(fix => VersionOf(fix.Attempt) == VersionOf(attempt)), rule, moment))
            : all;
    }

    // What other versions of the agent did counts a fifth.
    private static Standing Narrowed(Standing all, Standing version)
    {
        var others = Math.Max(0, all.Weight - version.Weight);
        var successes = Math.Min(others, Math.Max(0, all.WeightedSuccesses - version.WeightedSuccesses));
        return all with { Weight = version.Weight + (others / 5), WeightedSuccesses = version.WeightedSuccesses + (successes / 5) };
    }

    private static (string, string?, string?) VersionOf(Attempt attempt) => (attempt.AgentId, attempt.Family, attempt.Model);

    private static Standing Of(IEnumerable<ResolvedAttempt> fixes, LevelRule rule, DateTimeOffset moment)
    {
        var known = fixes.Where(fix => fix.CompletedAt <= moment)
            .OrderBy(fix => fix.CompletedAt)
            .ThenBy(fix => fix.Attempt.AgentId, StringComparer.Ordinal)
            .ThenBy(fix => fix.Attempt.Issue, StringComparer.Ordinal)
            .ThenBy(fix => fix.Attempt.ProposedAt)
            .ThenBy(fix => fix.Success)
            .ThenBy(fix => fix.DurationMs)
            .ThenBy(fix => fix.RolledBackAt ?? DateTimeOffset.MaxValue)
            .ToList();
        var durations = KeepsDurations(rule.Level) ? known.Where(fix => fix.DurationMs is not null).ToList() : [];
        return new(
            known.Count,
            known.Count(fix => fix.SucceededAsOf(moment)),
            Faded(rule, known, _ => 1),
            Faded(rule, known, fix => fix.SucceededAsOf(moment) ? 1 : 0),
            Faded(rule, durations, fix => Math.Log(1.0 + fix.DurationMs!.Value)) / Faded(rule, durations, _ => 1));
    }

    // Those that tie in time count alike: each as the mean of them all.
    private static double Faded(LevelRule rule, List<ResolvedAttempt> fixes, Func<ResolvedAttempt, double> value)
    {
        var mean = fixes.GroupBy(TimeOf).ToDictionary(ties => ties.Key, ties => ties.Average(value));
        return fixes.Select((fix, i) => mean[TimeOf(fix)] * Math.Pow(2, -(fixes.Count - 1 - i) / rule.HalfLife)).Sum();
    }

    private static (DateTimeOffset, DateTimeOffset, string, string?) TimeOf(ResolvedAttempt fix) =>
        (fix.CompletedAt, fix.Attempt.ProposedAt, fix.Attempt.AgentId, fix.Attempt.Issue);

    private static bool KeepsDurations(Level level) => level is Level.Fleet or Level.AgentStrategy;

    private static (string, string)? KeyOf(Level level, Attempt attempt) => level switch
    {
        Level.Fleet => ("", ""),
        Level.Model => Pair("", attempt.Model),
        Level.Family => Pair("", attempt.Family),
        Level.Agent => Pair("", attempt.AgentId),
        Level.AgentStrategy => Pair(attempt.AgentId, attempt.Strategy),
        Level.AgentRepository => Pair(attempt.AgentId, attempt.Repository),
        Level.AgentDomain => Pair(attempt.AgentId, attempt.Domain),
        Level.Strategy => Pair("", attempt.Strategy),
        Level.Domain => Pair("", attempt.Domain),
        Level.Repository => Pair("", attempt.Repository),
        Level.Error => Pair("", ErrorSignature.Of(attempt.Error)),
        Level.Issue or Level.IssueRecent => Pair("", attempt.Issue),
        Level.AgentIssue => Pair(attempt.AgentId, attempt.Issue),
        Level.FamilyIssue => attempt.Family is null ? null : Pair(attempt.Family, attempt.Issue),
        _ => throw new ArgumentOutOfRangeException(nameof(level)),
    };

    private static (string, string)? Pair(string first, string? second) => second is null ? null : (first, second);
}
