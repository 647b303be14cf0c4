using Witan.Fixes;
using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.TrackRecords;

/// <summary>How far neighbours are looked for.</summary>
internal sealed record NeighbourLimits(int Agents = 64, int Outcomes = 256, int Shared = 256, int OnShared = 64);

/// <summary>The definition of a neighbourhood, followed with dictionaries and loops.</summary>
internal static class NaiveNeighbours
{
    private const double Shrinkage = 3;

    public static Neighbourhood AsOf(NaiveExpectations outcomes, Attempt attempt, DateTimeOffset moment, NeighbourLimits? limits = null)
    {
        limits ??= new();
        var known = outcomes.NewestKnown(moment).ToList();
        if (attempt.Issue is null)
            return default;
        var surprises = new Dictionary<string, List<double>>();
        foreach (var fix in known.Where(fix => fix.Attempt.Issue == attempt.Issue).Take(limits.Outcomes).Where(fix => fix.Attempt.AgentId != attempt.AgentId))
        {
            if (surprises.Count < limits.Agents)
                surprises.TryAdd(fix.Attempt.AgentId, []);
            if (surprises.TryGetValue(fix.Attempt.AgentId, out var ofAgent))
                ofAgent.Add(outcomes.Residual(fix, moment) / outcomes.Deviation(fix));
        }
        var pairs = new Dictionary<string, (double Covariance, double Scale)>();
        foreach (var own in known.Where(fix => fix.Attempt.AgentId == attempt.AgentId).Take(limits.Shared))
        {
            if (own.Attempt.Issue is null || own.Attempt.Issue == attempt.Issue)
                continue;
            foreach (var other in known.Where(fix => fix.Attempt.Issue == own.Attempt.Issue).Take(limits.OnShared))
            {
                if (!surprises.ContainsKey(other.Attempt.AgentId))
                    continue;
                var (covariance, scale) = pairs.GetValueOrDefault(other.Attempt.AgentId);
                pairs[other.Attempt.AgentId] = (
                    covariance + (outcomes.Residual(own, moment) * outcomes.Residual(other, moment)),
                    scale + (outcomes.Deviation(own) * outcomes.Deviation(other)));
            }
        }
        return new(pairs.Sum(pair => pair.Value.Covariance / (pair.Value.Scale + Shrinkage) * surprises[pair.Key].Average()), pairs.Count);
    }
}
