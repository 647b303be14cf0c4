using Witan.Intelligence;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;

namespace Witan.Tests.Intelligence.Models;

public sealed class BlendScorerTests
{
    private static readonly FeatureSchema Schema = TrainedModel.Scorer.Schema;
    private static readonly List<double[]> Rows = Vectors.Newest(TrainedModel.World, 30, Schema);

    private static readonly IScorer[] Parts =
    [
        TrainedModel.Linear,
        new TreeScorer("boosted", Schema, RandomTrees.Table(new Random(2), trees: 9, mostSplits: 8, TreeInputs.Count(Schema)), givesLogit: true),
    ];

    [Fact]
    public void Its_logit_is_the_calibrated_mean_of_those_of_its_parts()
    {
        var blend = new BlendScorer("ensemble", Parts, [0.7, 0.3], new(0.8, 0.2));
        foreach (var row in Rows)
        {
            var mean = (0.7 * Parts[0].Estimate(row).Logit) + (0.3 * Parts[1].Estimate(row).Logit);
            Assert.Equal(0.2 + (0.8 * mean), blend.Estimate(row).Logit, 1e-12);
        }
        Assert.Equal(("ensemble", Schema), (blend.Kind, blend.Schema));
    }

    [Fact]
    public void One_part_with_all_the_weight_is_that_part()
    {
        var blend = new BlendScorer("logistic", Parts, [1, 0], PlattCalibration.None);

        foreach (var row in Rows)
        {
            Assert.Equal(Parts[0].Estimate(row).Logit, blend.Estimate(row).Logit, 1e-12);
            Assert.Equal(Parts[0].Estimate(row).Variance, blend.Estimate(row).Variance, 1e-12);
        }
    }

    [Theory]
    [InlineData(0.0, 1.0)]
    [InlineData(1.0, 1.5)]
    [InlineData(3.0, 1.0)]
    public void It_is_as_uncertain_as_its_parts_are_and_as_they_disagree(double apart, double slope)
    {
        var blend = new BlendScorer("ensemble", [new Fixed(0.4, 0.1), new Fixed(0.4 + apart, 0.5)], [0.25, 0.75], new(slope, 0));

        // Two parts that lie so far apart, one of them with a quarter of the weight, have a variance of 3/16 of the square.
        Assert.Equal(slope * slope * ((0.25 * 0.1) + (0.75 * 0.5) + (0.25 * 0.75 * apart * apart)), blend.Estimate([0]).Variance, 1e-12);
    }

    [Fact]
    public void Its_explanation_is_the_weighted_sum_of_those_of_its_parts_times_the_slope()
    {
        var blend = new BlendScorer("ensemble", Parts, [0.7, 0.3], new(0.8, 0.2));
        foreach (var row in Rows)
        {
            var (one, other) = (Parts[0].Contributions(row), Parts[1].Contributions(row));
            Assert.Equal(one.Zip(other, (a, b) => 0.8 * ((0.7 * a) + (0.3 * b))), blend.Contributions(row), (a, b) => Math.Abs(a - b) < 1e-12);
        }
    }

    [Fact]
    public void No_calibration_changes_nothing() => Assert.Equal(1.7, PlattCalibration.None.Apply(1.7));

    private sealed class Fixed(double logit, double variance) : IScorer
    {
        public string Kind => "fixed";

        public FeatureSchema Schema => FeatureSchema.Core;

        public LogitEstimate Estimate(ReadOnlySpan<double> features) => new(logit, variance);

        public void Explain(ReadOnlySpan<double> features, Span<double> contributions) => contributions.Clear();
    }
}
