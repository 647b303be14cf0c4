using Witan.Intelligence;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.Models;

public sealed class TreeScorerTests
{
    private static readonly FeatureSchema Schema = FeatureSchema.With([new("tested", 0.5), new("noise", 0)]);
    private static readonly List<double[]> Rows = Vectors.Newest(TrainedModel.World, 40, Schema);
    private static readonly int Inputs = TreeInputs.Count(Schema);

    public static TheoryData<bool> Both => [true, false];

    [Theory]
    [MemberData(nameof(Both))]
    public void It_scores_what_its_trees_say_of_the_inputs(bool givesLogit)
    {
        var table = RandomTrees.Table(new Random(2), trees: 9, mostSplits: 8, Inputs) with { Bias = 0.3 };
        var scorer = new TreeScorer("forest", Schema, table, givesLogit);
        foreach (var row in Rows)
        {
            var inputs = new double[Inputs];
            TreeInputs.Fill(Schema, row, inputs);
            var score = RandomTrees.Score(table, inputs);
            Assert.Equal(givesLogit ? score : LogOdds.Of(Math.Clamp(score, 0.002, 0.998)), scorer.Estimate(row).Logit, 1e-9);
        }
    }

    [Theory]
    [InlineData(1, 0.998)]
    [InlineData(0, 0.002)]
    [InlineData(1.7, 0.998)]
    public void A_leaf_of_one_class_alone_does_not_make_a_fix_certain(double leaf, double probability) =>
        Assert.Equal(probability, new TreeScorer("forest", Schema, new(0, [0], [0], [0], [0], [leaf]), givesLogit: false).Judge(Rows[0]).Probability, 1e-12);

    [Theory]
    [MemberData(nameof(Both))]
    public void Its_contributions_sum_to_the_distance_from_the_expected_logit(bool givesLogit)
    {
        var table = RandomTrees.Table(new Random(5), trees: 9, mostSplits: 8, Inputs);
        table = table with { Values = [.. table.Values.Select(value => value / 9)], Bias = 0.5 }; // a probability, mostly
        var scorer = new TreeScorer("forest", Schema, table, givesLogit);
        var expected = new TreeEnsemble(table, Inputs).Expected;
        foreach (var row in Rows)
        {
            var way = scorer.Estimate(row).Logit - (givesLogit ? expected : LogOdds.Of(expected));
            Assert.Equal(way, scorer.Contributions(row).Sum(), 1e-9);
        }
        Assert.Contains(Rows, row => Math.Abs(scorer.Contributions(row).Sum()) > 0.1);
    }

    [Fact]
    public void It_is_as_uncertain_as_the_rates_it_looks_at()
    {
        var scorer = new TreeScorer("forest", Schema, new(0.1, [], [], [], [], []), givesLogit: true);
        foreach (var row in Rows)
            Assert.Equal(LinearScorer.TrackRecord.RateVariance(row), scorer.Estimate(row).Variance);

        double[] known = [.. Vectors.WithRates((Level.Fleet, 0.5, 90), (Level.Agent, 0.6, 90), (Level.Issue, 0.6, 20)), 0, 0];
        double[] newIssue = [.. Vectors.WithRates((Level.Fleet, 0.5, 90), (Level.Agent, 0.6, 90)), 0, 0];
        Assert.True(scorer.Estimate(newIssue).Variance > 2 * scorer.Estimate(known).Variance);
    }

    [Fact]
    public void Trees_that_do_not_fit_the_schema_are_refused() => Assert.Throws<ArgumentException>(() =>
        new TreeScorer("forest", FeatureSchema.Core, new(0, [0], [Inputs, 0, 0], [0, 0, 0], [1, 0, 0], [0, 0, 1]), givesLogit: true));
}
