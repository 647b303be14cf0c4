using Witan.Intelligence;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.TrackRecords;

/// <summary>What was to be expected of fixes as of their proposals, and what agents and their neighbours made of it, by the definitions.</summary>
internal sealed class NaiveExpectations(IReadOnlyList<ResolvedAttempt> fixes)
{
    private readonly Dictionary<ResolvedAttempt, (double Probability, double Ease)> _promised = new(ReferenceEqualityComparer.Instance);

    /// <summary>The outcomes that were known at a moment, the newest first.</summary>
    public IEnumerable<ResolvedAttempt> NewestKnown(DateTimeOffset moment) => fixes.Where(fix => fix.CompletedAt <= moment)
        .OrderBy(fix => fix.CompletedAt)
        .ThenBy(fix => fix.Attempt.AgentId, StringComparer.Ordinal)
        .ThenBy(fix => fix.Attempt.Issue, StringComparer.Ordinal)
        .ThenBy(fix => fix.Attempt.ProposedAt)
        .ThenBy(fix => fix.Success)
        .ThenBy(fix => fix.DurationMs ?? -1)
        .ThenBy(fix => fix.RolledBackAt ?? DateTimeOffset.MaxValue)
        .ThenBy(fix => fix.Attempt.Repository, StringComparer.Ordinal)
        .ThenBy(fix => fix.Attempt.Family, StringComparer.Ordinal)
        .ThenBy(fix => fix.Attempt.Model, StringComparer.Ordinal)
        .Reverse();

    /// <summary>The logit of the issue alone, as of the proposal.</summary>
    public double Ease(ResolvedAttempt fix) => Promised(fix).Ease;

    /// <summary>1 or 0, less what was promised.</summary>
    public double Residual(ResolvedAttempt fix, DateTimeOffset moment) => (fix.SucceededAsOf(moment) ? 1 : 0) - Promised(fix).Probability;

    public double Deviation(ResolvedAttempt fix) => Math.Sqrt(Promised(fix).Probability * (1 - Promised(fix).Probability));

    /// <summary>The mode of the posterior of the ability of an agent, by bisection.</summary>
    public double Ability(string agent, DateTimeOffset moment)
    {
        var latest = NewestKnown(moment).Where(fix => fix.Attempt.AgentId == agent).Take(128).ToList();
        var (low, high) = (-200.0, 200.0);
        for (var i = 0; i < 100; i++)
        {
            var middle = (low + high) / 2;
            var slope = latest.Sum(fix => (fix.SucceededAsOf(moment) ? 1 : 0) - LogOdds.ToProbability(Ease(fix) + middle)) - middle;
            (low, high) = slope > 0 ? (middle, high) : (low, middle);
        }
        return low;
    }

    private (double Probability, double Ease) Promised(ResolvedAttempt fix)
    {
        if (_promised.TryGetValue(fix, out var promised))
            return promised;
        var fleet = Logit(Level.Fleet, 0.5);
        var agent = Logit(Level.Agent, Rate(Level.Family, Rate(Level.Model, Rate(Level.Fleet, 0.5))));
        var issue = Logit(Level.Issue, Rate(Level.Repository, Rate(Level.Fleet, 0.5)));
        return _promised[fix] = (Math.Clamp(LogOdds.ToProbability(agent - fleet + issue), 0.02, 0.98), issue);

        double Rate(Level level, double parent) => NaiveRecords.AsOf(fixes, level.Rule(), fix.Attempt, fix.Attempt.ProposedAt.AddTicks(-1)).SmoothedRate(parent, level.Rule().Prior);

        double Logit(Level level, double parent) => LogOdds.Of(Rate(level, parent));
    }
}
