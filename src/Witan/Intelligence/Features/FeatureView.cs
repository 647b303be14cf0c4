using Witan.Intelligence.TrackRecords;

namespace Witan.Intelligence.Features;

/// <summary>Reads rates and their uncertainty back from a feature vector, so that a receipt alone can explain a score.</summary>
public static class FeatureView
{
    /// <summary>The smoothed success rate of a level.</summary>
    /// <param name="features">A vector of any schema.</param>
    /// <param name="level">The level.</param>
    public static double Rate(ReadOnlySpan<double> features, Level level)
    {
        Span<double> logits = stackalloc double[Levels.Count];
        for (var i = 0; i <= (int)level; i++)
            logits[i] = FeatureExtractor.ParentLogit(Levels.All[i], logits) + features[FeatureSchema.Lift((Level)i)];
        return LogOdds.ToProbability(logits[(int)level]);
    }

    /// <summary>The faded number of outcomes behind a level.</summary>
    public static double Weight(ReadOnlySpan<double> features, Level level) => Math.Exp(features[FeatureSchema.N(level)]) - 1;

    /// <summary>
    /// The variance of each level's logit: 1 / ((n + m) r (1 - r)) for a posterior with mean r, a prior worth m outcomes and n
    /// effective ones (delta method). With nothing known it is the spread that the prior allows around the parent.
    /// </summary>
    /// <param name="schema">The schema of the vector.</param>
    /// <param name="features">The vector.</param>
    /// <param name="variances">Room for <see cref="FeatureSchema.LevelCount"/> numbers.</param>
    public static void LogitVariances(FeatureSchema schema, ReadOnlySpan<double> features, Span<double> variances)
    {
        Span<double> logits = stackalloc double[Levels.Count];
        for (var i = 0; i < schema.LevelCount; i++)
        {
            var rule = Levels.All[i];
            logits[i] = FeatureExtractor.ParentLogit(rule, logits) + features[FeatureSchema.Lift(rule.Level)];
            var rate = Math.Clamp(LogOdds.ToProbability(logits[i]), 1e-9, 1 - 1e-9);
            variances[i] = 1 / ((EffectiveSize(Weight(features, rule.Level), rule.Decay) + rule.Prior) * rate * (1 - rate));
        }
    }

    // The outcomes that would say as much if none had faded: (sum w)^2 / sum w^2 (Kish 1965, Survey Sampling). For weights
    // 1, d, d^2, ... that add up to W it is W (1 + d) / (2 - W (1 - d)).
    private static double EffectiveSize(double weight, double decay) => weight * (1 + decay) / Math.Max(1, 2 - (weight * (1 - decay)));
}
