using System.Text.Json;
using Witan.Intelligence.Models;

namespace Witan.Tests.Intelligence.Models;

public sealed class ScoreCurvesTests
{
    [Fact]
    public void A_bin_holds_the_mean_prediction_and_the_share_that_succeeded()
    {
        // 0.60 and 0.64 lie in the tenth of fifteen bins, from 0.6 to 0.6667; 0.1 lies in the second.
        var bins = ScoreCurves.Of([0.60, 0.1, 0.64, 0.62, 0.62], [true, false, true, false, true]).Reliability;

        Assert.Equal(2, bins.Count);
        Assert.Equal((1, 0.1, 0.0), (bins[0].N, bins[0].Predicted, bins[0].Observed));
        Assert.Equal((4, 0.62, 0.75), (bins[1].N, Math.Round(bins[1].Predicted, 12), bins[1].Observed));
        Assert.Equal((0.6, 0.666667), (bins[1].From, bins[1].To));
    }

    [Fact]
    public void The_intervals_are_Wilsons()
    {
        // The bounds are the rates r that lie 1.645 of their own standard deviations, sqrt(r (1 - r) / 4), from 3 of 4.
        var bin = ScoreCurves.Of([0.62, 0.62, 0.62, 0.62], [true, false, true, true]).Reliability[0];

        Assert.Equal((0.356, 0.942), (Math.Round(bin.Low, 3), Math.Round(bin.High, 3)));
        Assert.All([bin.Low, bin.High], bound => Assert.Equal(1.6449, Math.Abs(0.75 - bound) / Math.Sqrt(bound * (1 - bound) / 4), 0.0001));
    }

    [Fact]
    public void Where_all_or_none_succeeded_one_bound_is_the_rate_itself_and_the_other_is_not()
    {
        var (none, all) = (ScoreCurves.Of([0.5, 0.5], [false, false]).Reliability[0], ScoreCurves.Of([0.5, 0.5], [true, true]).Reliability[0]);

        Assert.Equal((0, 0), (none.Observed, none.Low));
        Assert.Equal((1, 1), (all.Observed, all.High));
        Assert.InRange(none.High, 0.1, 0.9);
        Assert.Equal(1 - none.High, all.Low, 1e-6);
    }

    [Fact]
    public void A_threshold_lets_through_what_is_at_or_above_it()
    {
        var points = ScoreCurves.Of([0.9, 0.7, 0.895, 0.2], [true, false, true, false]).RiskCoverage;

        Assert.Equal([0.90, 0.89, 0.70, 0.20], points.Select(point => point.Threshold));
        Assert.Equal([0.25, 0.5, 0.75, 1], points.Select(point => point.Coverage));
        Assert.Equal([0, 0, 1, 2], points.Select(point => point.Failures));
        Assert.Equal([0, 0, 0.333333, 0.5], points.Select(point => point.FailureRate));
    }

    [Fact]
    public void The_ends_of_the_scale_belong_to_the_outer_bins_and_thresholds()
    {
        var curves = ScoreCurves.Of([0, 1], [false, true]);

        Assert.Equal([(0, 0.066667), (0.933333, 1)], curves.Reliability.Select(bin => (bin.From, bin.To)));
        Assert.Equal([0.99, 0], curves.RiskCoverage.Select(point => point.Threshold));
    }

    [Fact]
    public void A_constant_is_one_bin_and_one_threshold()
    {
        var curves = ScoreCurves.Of([0.3, 0.3, 0.3], [true, false, false]);

        Assert.Equal(0.333333, Assert.Single(curves.Reliability).Observed);
        Assert.Equal((0.3, 1, 3, 2), (curves.RiskCoverage[0].Threshold, curves.RiskCoverage[0].Coverage, curves.RiskCoverage[0].N, curves.RiskCoverage[0].Failures));
        Assert.Single(curves.RiskCoverage);
    }

    [Fact]
    public void Every_whole_percent_reaches_its_own_threshold_and_the_number_below_it_does_not()
    {
        for (var percent = 1; percent < 100; percent++)
        {
            var threshold = percent / 100.0;
            Assert.Equal(threshold, Assert.Single(ScoreCurves.Of([threshold], [true]).RiskCoverage).Threshold);
            Assert.Equal((percent - 1) / 100.0, Assert.Single(ScoreCurves.Of([Math.BitDecrement(threshold)], [true]).RiskCoverage).Threshold);
        }
    }

    [Fact]
    public void The_curves_agree_with_their_definitions_on_any_predictions()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var (scores, labels) = Predictions(seed, 1 + (seed * 7));
            var curves = ScoreCurves.Of(scores, labels);

            Assert.InRange(curves.RiskCoverage.Count, 1, 100);
            Assert.Equal(scores.Length, curves.Reliability.Sum(bin => bin.N));
            Assert.Equal(scores.Average(), curves.Reliability.Sum(bin => bin.N * bin.Predicted) / scores.Length, 1e-6);
            Assert.Equal((1, scores.Length, labels.Count(y => !y)), (curves.RiskCoverage[^1].Coverage, curves.RiskCoverage[^1].N, curves.RiskCoverage[^1].Failures));
            Assert.All(curves.Reliability, bin => Assert.True(bin.From <= bin.Predicted + 1e-6 && bin.Predicted <= bin.To + 1e-6));
            Assert.All(curves.Reliability, bin => Assert.True(0 <= bin.Low && bin.Low <= bin.Observed && bin.Observed <= bin.High && bin.High <= 1));
            Assert.All(curves.RiskCoverage, point =>
            {
                var applied = Enumerable.Range(0, scores.Length).Where(i => scores[i] >= point.Threshold).ToList();
                Assert.Equal((applied.Count, applied.Count(i => !labels[i])), (point.N, point.Failures));
                Assert.True(point.Low <= point.FailureRate && point.FailureRate <= point.High);
            });
            Assert.Equal(Enumerable.Range(0, 100).Select(i => scores.Count(score => score >= i / 100.0)).Where(n => n > 0).Distinct().Order(), curves.RiskCoverage.Select(point => point.N));
        }
    }

    [Fact]
    public void The_order_of_the_fixes_does_not_matter()
    {
        var (scores, labels) = Predictions(3, 400);

        var (curves, reversed) = (ScoreCurves.Of(scores, labels), ScoreCurves.Of([.. scores.Reverse()], [.. labels.Reverse()]));

        Assert.Equal(curves.RiskCoverage, reversed.RiskCoverage);
        Assert.Equal(curves.Reliability.Select(bin => (bin.N, bin.Observed)), reversed.Reliability.Select(bin => (bin.N, bin.Observed)));
    }

    [Fact]
    public void They_survive_JSON()
    {
        var (scores, labels) = Predictions(4, 2_000);
        var curves = ScoreCurves.Of(scores, labels);

        var read = JsonSerializer.Deserialize<ScoreCurves>(JsonSerializer.Serialize(curves))!;

        Assert.Equal(curves.Reliability, read.Reliability);
        Assert.Equal(curves.RiskCoverage, read.RiskCoverage);
    }

    [Fact]
    public void Without_predictions_the_curves_are_empty()
    {
        var curves = ScoreCurves.Of([], []);

        Assert.Empty(curves.Reliability);
        Assert.Empty(curves.RiskCoverage);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-0.01)]
    [InlineData(1.01)]
    public void What_is_no_probability_is_refused(double score) => Assert.Throws<ArgumentException>(() => ScoreCurves.Of([score], [true]));

    [Fact]
    public void There_must_be_a_label_for_each_score() => Assert.Throws<ArgumentException>(() => ScoreCurves.Of([0.5, 0.6], [true]));

    // Some on whole percents, some at random, so that edges are met.
    private static (double[] Scores, bool[] Labels) Predictions(int seed, int count)
    {
        var random = new Random(seed);
        var scores = Enumerable.Range(0, count).Select(i => i % 2 == 0 ? random.Next(101) / 100.0 : random.NextDouble()).ToArray();
        return (scores, [.. scores.Select(score => random.NextDouble() < score)]);
    }
}
