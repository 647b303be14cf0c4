using Witan.Intelligence.Models;

namespace Witan.Tests.Intelligence.Models;

public sealed class TreeEnsembleTests
{
    // Feature 1 above 0.5, and then feature 0 above 2; a second tree that is one leaf.
    private static readonly TreeTable Table = new(
        0.25, [0, 5], [1, 0, 0, 0, 0, 0], [0.5f, 0, 2, 0, 0, 0], [1, 0, 3, 0, 0, 0], [0.4, 0.1, 0.7, 0.6, 0.9, 0.01]);

    private static readonly TreeEnsemble Ensemble = new(Table, 2);

    [Theory]
    [InlineData(9, 0.5, 0.1)]
    [InlineData(2, 0.6, 0.6)]
    [InlineData(2.1, 0.6, 0.9)]
    public void A_score_is_the_bias_and_one_leaf_of_each_tree(double first, double second, double leaf) =>
        Assert.Equal(0.25 + leaf + 0.01, Ensemble.Score([first, second]), 1e-12);

    [Fact]
    public void Any_number_of_trees_of_any_shape_scores_as_its_table_says()
    {
        var random = new Random(5);
        for (var trees = 0; trees < 40; trees++)
        {
            var table = RandomTrees.Table(random, trees, mostSplits: 19, features: 6);
            var ensemble = new TreeEnsemble(table, 6);
            for (var i = 0; i < 50; i++)
            {
                var row = RandomTrees.Row(random, table, 6);
                Assert.Equal(RandomTrees.Score(table, row), ensemble.Score(row), 1e-12);
            }
        }
    }

    [Fact]
    public void A_feature_is_compared_as_a_float_to_the_last_bit()
    {
        var random = new Random(6);
        float[] thresholds =
        [
            0, -0f, 1, -1, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue,
            .. Enumerable.Range(0, 3000).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))).Where(float.IsFinite),
        ];
        Assert.All(thresholds, threshold =>
        {
            var ensemble = new TreeEnsemble(new(0, [0], [0, 0, 0], [threshold, 0, 0], [1, 0, 0], [0, 0, 1]), 1);
            double next = MathF.BitIncrement(threshold), middle = (threshold + next) / 2;
            foreach (var x in new[] { threshold, next, middle, Math.BitDecrement(middle), Math.BitIncrement(middle), MathF.BitDecrement(threshold), double.MaxValue })
                Assert.Equal((float)x > threshold ? 1 : 0, ensemble.Score([x]));
        });
    }

    [Fact]
    public void Contributions_sum_to_what_sets_the_score_apart_from_the_expected_one()
    {
        var random = new Random(7);
        var table = RandomTrees.Table(random, trees: 25, mostSplits: 19, features: 6);
        var ensemble = new TreeEnsemble(table, 6);

        Assert.Equal(table.Bias + table.Roots.Sum(root => table.Values[root]), ensemble.Expected, 1e-12);
        for (var i = 0; i < 200; i++)
        {
            var row = RandomTrees.Row(random, table, 6);
            var contributions = new double[6];
            ensemble.Contribute(row, 1, contributions);
            Assert.Equal(ensemble.Score(row) - ensemble.Expected, contributions.Sum(), 1e-12);
        }
    }

    [Fact]
    public void Each_comparison_is_put_down_to_its_feature_and_added_to_what_is_there()
    {
        double[] contributions = [10, 100];

        Ensemble.Contribute([3, 1], 2, contributions);

        Assert.Equal([10 + (2 * (0.9 - 0.7)), 100 + (2 * (0.7 - 0.4))], contributions, (one, other) => Math.Abs(one - other) < 1e-12);
    }

    [Fact]
    public void Scoring_and_explaining_allocate_nothing()
    {
        var random = new Random(8);
        var table = RandomTrees.Table(random, trees: 25, mostSplits: 19, features: 6);
        var ensemble = new TreeEnsemble(table, 6);
        var (row, contributions, sum) = (RandomTrees.Row(random, table, 6), new double[6], ensemble.Score(new double[6]));
        ensemble.Contribute(row, 1, contributions);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            sum += ensemble.Score(row);
            ensemble.Contribute(row, 1, contributions);
        }
        var after = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(0, after - before);
        Assert.True(double.IsFinite(sum));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_row_of_another_length_is_refused(int length)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Ensemble.Score(new double[length]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Ensemble.Contribute(new double[length], 1, new double[length]));
    }

    [Fact]
    public void A_faulty_table_is_refused_with_its_fault()
    {
        var faulty = Table with { Lefts = [1, 0, 0, 0, 0, 0] };

        Assert.StartsWith(faulty.Fault(2)!, Assert.Throws<ArgumentException>(() => new TreeEnsemble(faulty, 2)).Message);
    }
}
