using Witan.Intelligence.Features;
using Witan.Intelligence.TrackRecords;

namespace Witan.Intelligence.Models;

/// <summary>
/// What trees see of a feature vector: the logit of each level's rate (a tree cannot add lifts up), the logit of the track
/// record, and the features after the levels. The n stay out: history only grows, and a tree cannot see beyond what it saw.
/// </summary>
internal static class TreeInputs
{
    /// <summary>How many inputs a schema gives.</summary>
    public static int Count(FeatureSchema schema) => schema.LevelCount + 1 + (schema.Count - (2 * schema.LevelCount));

    /// <summary>Whether each input may be used.</summary>
    public static bool[] Usable(FeatureSchema schema)
    {
        var usable = Enumerable.Repeat(true, Count(schema)).ToArray();
        usable[FeatureSchema.IndexOf(FeatureSchema.NeighbourCount) - schema.LevelCount + 1] = false;
        return usable;
    }

    /// <summary>Fills the inputs of a vector.</summary>
    public static void Fill(FeatureSchema schema, ReadOnlySpan<double> features, Span<double> inputs)
    {
        var (levels, weights, trackRecord) = (schema.LevelCount, LinearScorer.TrackRecord.Terms.Weights, 0.0);
        for (var i = 0; i < levels; i++)
        {
            var lift = features[FeatureSchema.Lift((Level)i)];
            inputs[i] = FeatureExtractor.ParentLogit(Levels.All[i], inputs) + lift;
        }
        for (var j = 0; j < weights.Length; j++)
            trackRecord += weights[j] * features[j];
        inputs[levels] = trackRecord;
        features[(2 * levels)..].CopyTo(inputs[(levels + 1)..]);
    }

    /// <summary>Adds contributions of inputs to those of the features they were made of.</summary>
    public static void AddBack(FeatureSchema schema, ReadOnlySpan<double> features, ReadOnlySpan<double> ofInputs, Span<double> contributions)
    {
        var levels = schema.LevelCount;
        for (var i = 0; i < levels; i++)
            contributions[FeatureSchema.Lift((Level)i)] += ofInputs[i];
        ShareOut(schema, features, ofInputs[levels], contributions);
        for (var i = 2 * levels; i < schema.Count; i++)
            contributions[i] += ofInputs[i - levels + 1];
    }

    // What the track record contributed belongs to its lifts, to each by its size; where nothing is known, to the fleet's.
    private static void ShareOut(FeatureSchema schema, ReadOnlySpan<double> features, double contribution, Span<double> contributions)
    {
        var weights = LinearScorer.TrackRecord.Terms.Weights;
        var total = 0.0;
        for (var i = 0; i < schema.LevelCount; i++)
            total += Math.Abs(weights[FeatureSchema.Lift((Level)i)] * features[FeatureSchema.Lift((Level)i)]);
        if (total == 0)
            contributions[FeatureSchema.Lift(Level.Fleet)] += contribution;
        for (var i = 0; i < schema.LevelCount && total > 0; i++)
        {
            var lift = FeatureSchema.Lift((Level)i);
            contributions[lift] += contribution * Math.Abs(weights[lift] * features[lift]) / total;
        }
    }
}
