using Witan.Intelligence.Models;

namespace Witan.Intelligence.Training;

/// <summary>
/// Trains decision trees with ML.NET and writes them into a table. Deterministic: the same rows, settings and seed give the
/// same table. Where there is nothing to split on, the table has no trees and says the base rate.
/// </summary>
public static class TreeTrainer
{
    /// <summary>A random forest: each tree grows on a sample of its own, and the score is a probability, the mean of what their leaves have seen.</summary>
    /// <param name="rows">One feature vector for each outcome, all of one length, all numbers finite.</param>
    /// <param name="labels">Whether each succeeded.</param>
    /// <param name="usable">Whether each feature may be split on; null for all.</param>
    /// <param name="settings">How the trees are grown.</param>
    /// <param name="cancel">Stops between trees.</param>
    public static TreeTable Forest(
        IReadOnlyList<double[]> rows, IReadOnlyList<bool> labels, IReadOnlyList<bool>? usable, TreeSettings settings, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var sample = TreeSample.Of(rows, labels, usable);
        if (sample.Columns.Length == 0)
            return Constant(sample.BaseRate);
        var trees = MlTrees.FitForest(sample, settings, cancel).Model.TrainedTreeEnsemble.Trees;
        return trees.Count == 0 ? Constant(sample.BaseRate) : TreeFlattening.TableOf(trees, sample, bias: 0, 1.0 / trees.Count, cancel);
    }

    /// <summary>Boosted trees: each tree corrects those before it, and the score is the log-odds of success.</summary>
    /// <param name="rows">One feature vector for each outcome, all of one length, all numbers finite.</param>
    /// <param name="labels">Whether each succeeded.</param>
    /// <param name="usable">Whether each feature may be split on; null for all.</param>
    /// <param name="settings">How the trees are grown.</param>
    /// <param name="cancel">Stops between trees.</param>
    public static TreeTable Boosted(
        IReadOnlyList<double[]> rows, IReadOnlyList<bool> labels, IReadOnlyList<bool>? usable, TreeSettings settings, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var sample = TreeSample.Of(rows, labels, usable);
        if (sample.Columns.Length == 0)
            return Constant(sample.BaseLogOdds);
        var model = MlTrees.FitBoosted(sample, settings, cancel).Model;
        var (trees, calibrator) = (model.SubModel.TrainedTreeEnsemble.Trees, model.Calibrator);
        return trees.Count == 0
            ? Constant(sample.BaseLogOdds)
            : TreeFlattening.TableOf(trees, sample, -calibrator.Offset, -calibrator.Slope, cancel); // p = 1 / (1 + e^(slope x sum + offset))
    }

    private static TreeTable Constant(double score) => new(score, [], [], [], [], []);
}
