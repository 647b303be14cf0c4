using BenchmarkDotNet.Attributes;
using Microsoft.ML;
using Witan.Intelligence.Models;
using Witan.Intelligence.Training;

namespace Witan.Benchmarks;

/// <summary>One score of a forest of 25 trees with 20 leaves on 5 features, ours beside ML.NET's own: a different row each time.</summary>
[MemoryDiagnoser]
public class ForestScoring
{
    private const int Features = 5;

    private static readonly TreeSettings Settings = new() { Trees = 25, Leaves = 20 };

    private TreeEnsemble _ensemble = null!;
    private PredictionEngine<TreeRow, Prediction> _engine = null!;
    private double[][] _rows = null!;
    private TreeRow[] _mlRows = null!;
    private readonly double[] _contributions = new double[Features];
    private int _next;

    [GlobalSetup]
    public void Train()
    {
        var random = new Random(1);
        _rows = [.. Enumerable.Range(0, 20_000).Select(_ => Enumerable.Range(0, Features).Select(_ => random.NextDouble()).ToArray())];
        bool[] labels = [.. _rows.Select(row => random.NextDouble() < row.Average() + (row[0] > 0.5 == row[1] > 0.5 ? 0.2 : -0.2))]; // noisy, so that every leaf is used
        var sample = TreeSample.Of(_rows, labels, null);
        var model = MlTrees.FitForest(sample, Settings, CancellationToken.None);
        var trees = model.Model.TrainedTreeEnsemble.Trees;
        if (trees.Count != Settings.Trees || trees.Any(tree => tree.NumberOfLeaves != Settings.Leaves))
            throw new InvalidOperationException("The forest is smaller than what is to be measured.");
        _ensemble = new(TreeFlattening.TableOf(trees, sample, 0, 1.0 / trees.Count, CancellationToken.None), Features);
        _engine = new MLContext(1).Model.CreatePredictionEngine<TreeRow, Prediction>(model, inputSchemaDefinition: MlTrees.SchemaOf(Features));
        _mlRows = sample.Rows;
    }

    [Benchmark(Baseline = true)]
    public double Ours() => _ensemble.Score(_rows[Next()]);

    [Benchmark]
    public float MlNet() => _engine.Predict(_mlRows[Next()]).Score;

    [Benchmark]
    public double OursWithContributions()
    {
        var row = _rows[Next()];
        Array.Clear(_contributions);
        _ensemble.Contribute(row, 1, _contributions);
        return _ensemble.Score(row);
    }

    private int Next() => _next = (_next + 1) % _rows.Length;

    private sealed class Prediction
    {
        public float Score { get; set; }
    }
}
