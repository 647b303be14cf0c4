using Witan.Intelligence;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.Models;

/// <summary>Feature vectors made by hand, and from the records of a simulated world.</summary>
internal static class Vectors
{
    /// <summary>A core vector in which the given levels have the given rates, each behind so many outcomes; the rest is unknown.</summary>
    public static double[] WithRates(params (Level Level, double Rate, int Outcomes)[] known)
    {
        var features = new double[FeatureSchema.Core.Count];
        foreach (var (level, rate, outcomes) in known.OrderBy(k => k.Level))
        {
            features[FeatureSchema.Lift(level)] = LogOdds.Of(rate) - LogOdds.Of(FeatureView.Rate(features, level));
            features[FeatureSchema.N(level)] = Math.Log(1 + outcomes);
        }
        return features;
    }

    /// <summary>The vectors of the newest fixes of a world, as of their proposals.</summary>
    public static List<double[]> Newest(SimulatedWorld world, int count, FeatureSchema schema)
    {
        var records = RecordBook.Of(world.Log);
        return [.. world.Fixes.TakeLast(count).Select(fix =>
        {
            var features = new double[schema.Count];
            FeatureExtractor.Extract(records, fix.Attempt, schema, features);
            return features;
        })];
    }

    public static double[] Contributions(this IScorer scorer, double[] features)
    {
        var contributions = Enumerable.Repeat(double.NaN, features.Length).ToArray(); // a scorer must overwrite every one
        scorer.Explain(features, contributions);
        return contributions;
    }
}
