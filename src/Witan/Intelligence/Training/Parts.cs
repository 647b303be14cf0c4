using Witan.Intelligence.Features;
using Witan.Intelligence.Models;

namespace Witan.Intelligence.Training;

/// <summary>The scorers that are fitted, each by one recipe for every file and every fleet.</summary>
internal static class Parts
{
    public const int Seed = 25;

    // The first forest is as small as forests used to be in this trade; the others were chosen on outcomes before the test
    // spans only, see docs/judgement.md.
    private static readonly TreeSettings SmallForestSettings = new() { Trees = 25, Leaves = 20, LeastRowsPerLeaf = 20, Seed = Seed };
    private static readonly TreeSettings ForestSettings = new() { Trees = 100, Leaves = 50, LeastRowsPerLeaf = 30, FeatureFractionPerSplit = 0.4, Seed = Seed };
    private static readonly TreeSettings BoostedSettings = new() { Trees = 100, Leaves = 8, LeastRowsPerLeaf = 50, LearningRate = 0.05, Seed = Seed };

    /// <summary>Fits a part.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="sample">What on; at least one row.</param>
    /// <param name="knowsIssue">False for the part that answers where nobody has tried the issue; the sample is withheld then.</param>
    /// <param name="cancel">Stops between steps.</param>
    public static IScorer Fit(string kind, TrainingSample sample, bool knowsIssue, CancellationToken cancel)
    {
        if (kind == ModelKinds.Logistic)
            return new LinearScorer(kind, sample.Schema, LogisticRegression.Fit(sample.Rows, sample.Labels, TrackRecordPrior.Of(sample.Schema, knowsIssue), cancel));
        var usable = TreeInputs.Usable(sample.Schema);
        var inputs = sample.Rows.Select(row =>
        {
            var input = new double[usable.Length];
            TreeInputs.Fill(sample.Schema, row, input);
            return input;
        }).ToList();
        return kind == ModelKinds.Boosted
            ? new TreeScorer(kind, sample.Schema, TreeTrainer.Boosted(inputs, sample.Labels, usable, BoostedSettings, cancel), givesLogit: true)
            : new TreeScorer(kind, sample.Schema, TreeTrainer.Forest(inputs, sample.Labels, usable, kind == ModelKinds.Forest ? ForestSettings : SmallForestSettings, cancel), givesLogit: false);
    }
}
