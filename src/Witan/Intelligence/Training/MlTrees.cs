using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;

namespace Witan.Intelligence.Training;

/// <summary>
/// Grows trees with ML.NET, on one thread. ML.NET cannot be cancelled, but it tells of each tree before it grows it, in a
/// message that it waits for: that is where a training stops.
/// </summary>
internal static class MlTrees
{
    public static RegressionPredictionTransformer<FastForestRegressionModelParameters> FitForest(TreeSample sample, TreeSettings settings, CancellationToken cancel)
    {
        var ml = Context(settings, cancel);
        var options = new FastForestRegressionTrainer.Options { LabelColumnName = nameof(TreeRow.Outcome) };
        Apply(settings, options);
        return ml.Regression.Trainers.FastForest(options).Fit(View(ml, sample));
    }

    public static BinaryPredictionTransformer<CalibratedModelParametersBase<FastTreeBinaryModelParameters, PlattCalibrator>> FitBoosted(
        TreeSample sample, TreeSettings settings, CancellationToken cancel)
    {
        var ml = Context(settings, cancel);
        var options = new FastTreeBinaryTrainer.Options { LabelColumnName = nameof(TreeRow.Success), LearningRate = settings.LearningRate };
        Apply(settings, options);
        return ml.BinaryClassification.Trainers.FastTree(options).Fit(View(ml, sample));
    }

    /// <summary>How ML.NET is to read rows with so many features.</summary>
    public static SchemaDefinition SchemaOf(int features)
    {
        var schema = SchemaDefinition.Create(typeof(TreeRow));
        schema[nameof(TreeRow.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, features);
        return schema;
    }

    public static IDataView View(MLContext ml, TreeSample sample) => ml.Data.LoadFromEnumerable(sample.Rows, SchemaOf(sample.Columns.Length));

    private static MLContext Context(TreeSettings settings, CancellationToken cancel)
    {
        var ml = new MLContext(settings.Seed);
        ml.Log += (_, _) => cancel.ThrowIfCancellationRequested();
        return ml;
    }

    private static void Apply(TreeSettings settings, TreeOptions options)
    {
        options.FeatureColumnName = nameof(TreeRow.Features);
        options.NumberOfThreads = 1;
        options.NumberOfTrees = settings.Trees;
        options.NumberOfLeaves = settings.Leaves;
        options.MinimumExampleCountPerLeaf = settings.LeastRowsPerLeaf;
        options.FeatureFraction = settings.FeatureFraction;
        options.FeatureFractionPerSplit = settings.FeatureFractionPerSplit;
        options.Seed = options.FeatureSelectionSeed = settings.Seed;
    }
}
