using Witan.Intelligence.Features;
using Witan.Intelligence.TrackRecords;

namespace Witan.Intelligence.Models;

/// <summary>
/// 0.4 history + 0.3 context similarity + 0.3 expertise, with one half for what is unknown. History is the agent's rate with
/// the strategy; context similarity the rate in the closest context that is known (issue, similar errors, repository);
/// expertise the agent's rate in the domain, else overall. It is a baseline: its numbers are not calibrated.
/// </summary>
public sealed class HeuristicScorer : IScorer
{
    private const double Unknown = 0.5;

    private static readonly (double Weight, Level[] Levels)[] Terms =
    [
        (0.4, [Level.AgentStrategy]),
        (0.3, [Level.Issue, Level.Error, Level.Repository]),
        (0.3, [Level.AgentDomain, Level.Agent]),
    ];

    /// <summary>Its kind.</summary>
    public const string Name = "heuristic";

    /// <inheritdoc/>
    public string Kind => Name;

    /// <inheritdoc/>
    public FeatureSchema Schema => FeatureSchema.Core;

    /// <inheritdoc/>
    public LogitEstimate Estimate(ReadOnlySpan<double> features)
    {
        var (p, known) = (0.0, 2.0);
        foreach (var (weight, levels) in Terms)
        {
            var level = Closest(features, levels);
            p += weight * (level is { } l ? FeatureView.Rate(features, l) : Unknown);
            known += level is { } k ? weight * FeatureView.Weight(features, k) : 0;
        }
        return new(LogOdds.Of(p), 1 / (known * p * (1 - p)));
    }

    /// <inheritdoc/>
    public void Explain(ReadOnlySpan<double> features, Span<double> contributions)
    {
        contributions.Clear();
        foreach (var (weight, levels) in Terms)
        {
            if (Closest(features, levels) is { } level)
                contributions[FeatureSchema.Lift(level)] = weight * (FeatureView.Rate(features, level) - Unknown);
        }
    }

    private static Level? Closest(ReadOnlySpan<double> features, Level[] levels)
    {
        foreach (var level in levels)
        {
            if (FeatureView.Weight(features, level) > 0)
                return level;
        }
        return null;
    }
}
