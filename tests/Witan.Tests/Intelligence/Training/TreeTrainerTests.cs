using Microsoft.ML;
using Microsoft.ML.Data;
using Witan.Intelligence;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.Training;
using Witan.Tests.Intelligence.Models;

namespace Witan.Tests.Intelligence.Training;

public sealed class TreeTrainerTests
{
    private const int FeatureCount = 8;

    private static readonly TreeSettings Settings = new() { Trees = 25, Leaves = 20, LeastRowsPerLeaf = 10 };
    private static readonly (double[][] Rows, bool[] Labels) Seen = Simulated(3000, seed: 1);
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public enum Kind
    {
        Forest,
        Boosted,
    }

    public static TheoryData<Kind> Both => [Kind.Forest, Kind.Boosted];

    [Fact]
    public void A_forest_says_what_the_model_of_ML_NET_says_of_every_row()
    {
        var sample = TreeSample.Of(Seen.Rows, Seen.Labels, null);
        var unseen = TreeSample.Of(Simulated(3000, seed: 2).Rows, Seen.Labels, null);
        var model = MlTrees.FitForest(sample, Settings, Cancel);
        var ensemble = new TreeEnsemble(TreeTrainer.Forest(Seen.Rows, Seen.Labels, null, Settings, Cancel), FeatureCount);

        foreach (var rows in new[] { sample, unseen })
            AssertEqual(Column(model.Transform(MlTrees.View(new MLContext(), rows)), "Score"), rows, row => ensemble.Score(row));
    }

    [Fact]
    public void The_sigmoid_of_boosted_trees_is_the_probability_that_ML_NET_gives_every_row()
    {
        var sample = TreeSample.Of(Seen.Rows, Seen.Labels, null);
        var unseen = TreeSample.Of(Simulated(3000, seed: 2).Rows, Seen.Labels, null);
        foreach (var settings in new[] { Settings, Settings with { LearningRate = 0.3, Leaves = 4 } })
        {
            var model = MlTrees.FitBoosted(sample, settings, Cancel);
            var ensemble = new TreeEnsemble(TreeTrainer.Boosted(Seen.Rows, Seen.Labels, null, settings, Cancel), FeatureCount);

            foreach (var rows in new[] { sample, unseen })
                AssertEqual(Column(model.Transform(MlTrees.View(new MLContext(), rows)), "Probability"), rows, row => LogOdds.ToProbability(ensemble.Score(row)));
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void It_learns_what_sets_successes_apart(Kind kind)
    {
        var ensemble = new TreeEnsemble(Train(kind, Seen.Rows, Seen.Labels, null, Settings, Cancel), FeatureCount);
        var (rows, labels) = Simulated(2000, seed: 3);

        var scores = rows.Select(row => ensemble.Score(row)).ToArray();

        Assert.True(Auc(scores, labels) > 0.9);
        Assert.Equal(Seen.Labels.Average(y => y ? 1.0 : 0), kind == Kind.Forest ? scores.Average() : scores.Average(LogOdds.ToProbability), 0.03);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void The_value_of_an_inner_node_is_the_mean_of_the_leaves_that_its_training_rows_end_in(Kind kind)
    {
        var table = Train(kind, Seen.Rows, Seen.Labels, null, Settings, Cancel);
        var (sums, counts) = (new double[table.Values.Length], new int[table.Values.Length]);
        foreach (var path in Seen.Rows.SelectMany(row => table.Roots.Select(root => RandomTrees.Path(table, root, row))))
        {
            foreach (var node in path)
                (sums[node], counts[node]) = (sums[node] + table.Values[path[^1]], counts[node] + 1);
        }

        Assert.All(Enumerable.Range(0, sums.Length), node => Assert.Equal(sums[node] / counts[node], table.Values[node], 1e-9));
        var ensemble = new TreeEnsemble(table, FeatureCount);
        Assert.Equal(Seen.Rows.Average(row => ensemble.Score(row)), ensemble.Expected, 1e-9);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void The_same_rows_settings_and_seed_give_the_same_table(Kind kind)
    {
        var settings = Settings with { FeatureFraction = 0.7 };

        Assert.Equivalent(Train(kind, Seen.Rows, Seen.Labels, null, settings, Cancel), Train(kind, Seen.Rows, Seen.Labels, null, settings, Cancel), strict: true);
    }

    [Fact]
    public void Another_seed_gives_another_forest() => Assert.NotEqual(
        TreeTrainer.Forest(Seen.Rows, Seen.Labels, null, Settings, Cancel).Thresholds,
        TreeTrainer.Forest(Seen.Rows, Seen.Labels, null, Settings with { Seed = 2 }, Cancel).Thresholds);

    [Theory]
    [MemberData(nameof(Both))]
    public void It_keeps_to_the_settings(Kind kind)
    {
        var table = Train(kind, Seen.Rows, Seen.Labels, null, Settings with { Trees = 7, Leaves = 5 }, Cancel);

        Assert.Equal(7, table.Roots.Length);
        Assert.Equal(7 * 5, table.Lefts.Count(left => left == TreeTable.Leaf));
        Assert.Null(table.Fault(FeatureCount));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Features_that_may_not_be_used_or_are_the_same_everywhere_are_never_compared(Kind kind)
    {
        double[][] rows = [.. Seen.Rows.Select(row => row.Select((x, j) => j == 1 ? 42 : x).ToArray())];

        var table = Train(kind, rows, Seen.Labels, [true, true, true, false, false, true, true, true], Settings, Cancel);

        Assert.Equal([0, 2, 5, 6, 7], table.Features.Where((_, i) => table.Lefts[i] != TreeTable.Leaf).Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void With_nothing_to_split_on_it_says_the_base_rate(Kind kind)
    {
        double[][] constant = [.. Enumerable.Range(0, 400).Select(_ => new[] { 1.0, 2, 3 })];
        bool[] labels = [.. constant.Select((_, i) => i % 4 != 0)];
        double[][] few = [.. Enumerable.Range(0, 4).Select(i => new[] { 1.0, 2, i })];

        AssertConstant(0.75, 0.01, Train(kind, constant, labels, null, Settings, Cancel), kind);
        AssertConstant(0.75, 0.01, Train(kind, Seen.Rows[..400], labels, new bool[FeatureCount], Settings, Cancel), kind);
        AssertConstant(0.75, 0.1, Train(kind, few, [true, true, true, false], null, Settings, Cancel), kind);
        AssertConstant(1, 0.4, Train(kind, [[1, 2, 3]], [true], null, Settings, Cancel), kind);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Outcomes_of_one_class_alone_give_a_finite_score_on_its_side(Kind kind)
    {
        foreach (var success in new[] { true, false })
        {
            var ensemble = new TreeEnsemble(Train(kind, Seen.Rows, [.. Seen.Rows.Select(_ => success)], null, Settings, Cancel), FeatureCount);
            var p = Probability(ensemble.Score(Seen.Rows[0]), kind);
            Assert.InRange(p, success ? 0.9 : 0, success ? 1 : 0.1);
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Rows_that_are_alike_but_for_their_outcome_do_not_stop_it(Kind kind)
    {
        double[][] rows = [.. Enumerable.Range(0, 400).Select(i => new[] { i % 2, 7.0 })];
        bool[] labels = [.. rows.Select((row, i) => i % 10 < (row[0] > 0 ? 9 : 4))]; // 4 in 5 when odd, 2 in 5 when even

        var ensemble = new TreeEnsemble(Train(kind, rows, labels, null, Settings with { FeatureFractionPerSplit = 1, Trees = 200 }, Cancel), 2);

        Assert.Equal(0.8, Probability(ensemble.Score([1, 7]), kind), 0.02);
        Assert.Equal(0.4, Probability(ensemble.Score([0, 7]), kind), 0.02);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void It_can_be_stopped(Kind kind)
    {
        var canceled = new CancellationToken(canceled: true);
        var sample = TreeSample.Of(Seen.Rows, Seen.Labels, null);

        Assert.ThrowsAny<OperationCanceledException>(() => Train(kind, Seen.Rows, Seen.Labels, null, Settings, canceled));
        Assert.ThrowsAny<OperationCanceledException>(() => MlTrees.FitForest(sample, Settings, canceled));
        Assert.ThrowsAny<OperationCanceledException>(() => MlTrees.FitBoosted(sample, Settings, canceled));
        Assert.NotEmpty(Train(kind, Seen.Rows, Seen.Labels, null, Settings, Cancel).Roots);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Rows_that_do_not_fit_are_refused(Kind kind)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Train(kind, [], [], null, Settings, Cancel));
        Assert.Throws<ArgumentOutOfRangeException>(() => Train(kind, [[1.0]], [true, false], null, Settings, Cancel));
        Assert.Throws<ArgumentOutOfRangeException>(() => Train(kind, [[1.0]], [true], [true, true], Settings, Cancel));
        Assert.Throws<ArgumentException>(() => Train(kind, [[1.0], [1, 2]], [true, false], null, Settings, Cancel));
        Assert.Throws<ArgumentException>(() => Train(kind, [[1.0], [double.NaN]], [true, false], null, Settings, Cancel));
    }

    private static TreeTable Train(
        Kind kind, IReadOnlyList<double[]> rows, IReadOnlyList<bool> labels, IReadOnlyList<bool>? usable, TreeSettings settings, CancellationToken cancel) =>
        kind == Kind.Forest ? TreeTrainer.Forest(rows, labels, usable, settings, cancel) : TreeTrainer.Boosted(rows, labels, usable, settings, cancel);

    // The first two features decide together, the third a little, the others not at all.
    private static (double[][] Rows, bool[] Labels) Simulated(int n, int seed)
    {
        var random = new Random(seed);
        double[][] rows = [.. Enumerable.Range(0, n).Select(_ => Enumerable.Range(0, FeatureCount).Select(_ => random.NextDouble()).ToArray())];
        return (rows, [.. rows.Select(row => random.NextDouble() < LogOdds.ToProbability((row[0] > 0.5 == row[1] > 0.5 ? 4 : -4) + row[2]))]);
    }

    private static void AssertEqual(float[] expected, TreeSample sample, Func<double[], double> score)
    {
        Assert.Equal(sample.Rows.Length, expected.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], score([.. sample.Rows[i].Features.Select(x => (double)x)]), 1e-6);
    }

    private static void AssertConstant(double rate, double tolerance, TreeTable table, Kind kind)
    {
        Assert.Empty(table.Roots);
        Assert.Equal(rate, Probability(new TreeEnsemble(table, 3).Score([1, 2, 3]), kind), tolerance);
    }

    private static double Probability(double score, Kind kind) => kind == Kind.Forest ? score : LogOdds.ToProbability(score);

    private static float[] Column(IDataView view, string name) => [.. view.GetColumn<float>(name)];

    private static double Auc(double[] scores, bool[] labels)
    {
        var (positives, negatives) = (scores.Where((_, i) => labels[i]).ToArray(), scores.Where((_, i) => !labels[i]).ToArray());
        return positives.Average(p => negatives.Average(n => p > n ? 1 : p == n ? 0.5 : 0));
    }
}
