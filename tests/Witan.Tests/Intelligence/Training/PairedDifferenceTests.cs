using Witan.Intelligence.Models;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.Training;

public sealed class PairedDifferenceTests
{
    private const int Seed = 20231010;

    [Fact]
    public void The_differences_are_those_computed_by_hand()
    {
        var paired = PairedDifference.Of("model", [0.9, 0.2], "constant", [0.5, 0.5], [true, false], ["a", "b"], Seed);

        Assert.Equal(("model", "constant", 2, 2), (paired.First, paired.Second, paired.N, paired.Clusters));
        Assert.Equal(-(Math.Log(0.9) + Math.Log(0.8)) / 2, paired.LogLossFirst, 1e-12);
        Assert.Equal(Math.Log(2), paired.LogLossSecond, 1e-12);
        Assert.Equal(paired.LogLossFirst - paired.LogLossSecond, paired.LogLoss.Value!.Value, 1e-12);
        Assert.Equal(((0.01 + 0.04) / 2) - 0.25, paired.Brier.Value!.Value, 1e-12);
    }

    [Fact]
    public void With_two_clusters_a_sample_may_hold_either_one_alone()
    {
        // On "a" the first is better by 0.16 in Brier score, on "b", with three fixes, it is worse by 0.24.
        var paired = PairedDifference.Of("p", [0.7, 0.7, 0.7, 0.7], "q", [0.5, 0.5, 0.5, 0.5], [true, false, false, false], ["a", "b", "b", "b"], Seed);

        Assert.Equal((-0.16, 0.14, 0.24), (Round(paired.Brier.Low), Round(paired.Brier.Value), Round(paired.Brier.High)));

        static double Round(double? figure) => Math.Round(figure!.Value, 9);
    }

    [Fact]
    public void The_intervals_are_those_of_drawing_the_rows_of_whole_clusters()
    {
        var (p, q, labels, clusters) = Forecasts(400, 60, noise: 0.3);

        var paired = PairedDifference.Of("p", p, "q", q, labels, clusters, Seed);

        AssertSame(NaiveInterval(clusters, i => LogLoss(p[i], labels[i]) - LogLoss(q[i], labels[i])), paired.LogLoss);
        AssertSame(NaiveInterval(clusters, i => Math.Pow(p[i] - (labels[i] ? 1 : 0), 2) - Math.Pow(q[i] - (labels[i] ? 1 : 0), 2)), paired.Brier);
    }

    [Fact]
    public void The_first_samples_are_those_that_a_report_draws()
    {
        // The 500 samples of a report and the 2,000 here share the seed and the numbering of clusters: the bounds are close.
        var (p, q, labels, clusters) = Forecasts(600, 80, noise: 0.3);
        var means = Bootstrap.Weights(clusters, Seed)
            .Select(weights => Enumerable.Range(0, p.Length).Sum(i => weights[i] * (LogLoss(p[i], labels[i]) - LogLoss(q[i], labels[i]))) / weights.Sum()).ToList();

        var (report, paired) = (Bootstrap.Interval(0, means), PairedDifference.Of("p", p, "q", q, labels, clusters, Seed).LogLoss);

        var width = paired.High!.Value - paired.Low!.Value;
        Assert.Equal(report.Low!.Value, paired.Low!.Value, 0.15 * width);
        Assert.Equal(report.High!.Value, paired.High!.Value, 0.15 * width);
    }

    [Fact]
    public void Exchanging_the_two_turns_the_sign()
    {
        var (p, q, labels, clusters) = Forecasts(300, 40, noise: 0.2);

        var (there, back) = (PairedDifference.Of("p", p, "q", q, labels, clusters, Seed), PairedDifference.Of("q", q, "p", p, labels, clusters, Seed));

        Assert.Equal(there.LogLoss.Value!.Value, -back.LogLoss.Value!.Value, 1e-12);
        Assert.Equal(there.LogLoss.Low!.Value, -back.LogLoss.High!.Value, 1e-9);
        Assert.Equal(there.LogLoss.High!.Value, -back.LogLoss.Low!.Value, 1e-9);
        Assert.Equal((there.LogLossFirst, there.LogLossSecond), (back.LogLossSecond, back.LogLossFirst));
    }

    [Fact]
    public void A_forecaster_does_not_differ_from_itself()
    {
        var (p, _, labels, clusters) = Forecasts(200, 30, noise: 0.2);

        var paired = PairedDifference.Of("p", p, "again", p, labels, clusters, Seed);

        Assert.Equal((new Estimate(0, 0, 0), new Estimate(0, 0, 0)), (paired.LogLoss, paired.Brier));
    }

    [Fact]
    public void A_better_forecaster_is_found_to_be_better_for_sure()
    {
        var (p, q, labels, clusters) = Forecasts(3_000, 500, noise: 1.5);

        Assert.True(PairedDifference.Of("truth", p, "noisy", q, labels, clusters, Seed).LogLoss.High < 0);
    }

    [Fact]
    public void Fixes_that_share_their_fate_say_less_than_as_many_that_do_not()
    {
        // The same twenty fixes once, and twenty times over: with their issues known the interval stays as it was.
        var (p, q, labels, clusters) = Forecasts(20, 20, noise: 0.5);
        var once = PairedDifference.Of("p", p, "q", q, labels, clusters, Seed);

        var often = PairedDifference.Of("p", Repeat(p), "q", Repeat(q), Repeat(labels), Repeat([.. clusters]), Seed);
        var apart = PairedDifference.Of("p", Repeat(p), "q", Repeat(q), Repeat(labels), [.. Enumerable.Range(0, 400).Select(i => $"{i}")], Seed);

        Assert.Equal(Width(once), Width(often), 1e-9);
        Assert.InRange(Width(apart) / Width(once), 0.15, 0.35); // 1 / sqrt(20) = 0.22

        static T[] Repeat<T>(T[] values) => [.. Enumerable.Repeat(values, 20).SelectMany(all => all)];
        static double Width(PairedDifference paired) => paired.LogLoss.High!.Value - paired.LogLoss.Low!.Value;
    }

    [Fact]
    public void A_certain_and_wrong_forecast_costs_a_finite_loss()
    {
        var paired = PairedDifference.Of("p", [1, 0], "q", [0, 1], [false, false], ["a", "b"], Seed);

        Assert.Equal(-Math.Log(1e-12) / 2, paired.LogLossFirst, 1e-9);
        Assert.Equal(0, paired.LogLoss.Value!.Value, 1e-9);
    }

    [Fact]
    public void The_same_seed_gives_the_same_intervals_and_another_seed_others()
    {
        var (p, q, labels, clusters) = Forecasts(300, 40, noise: 0.2);

        Assert.Equal(PairedDifference.Of("p", p, "q", q, labels, clusters, 1), PairedDifference.Of("p", p, "q", q, labels, clusters, 1));
        Assert.NotEqual(PairedDifference.Of("p", p, "q", q, labels, clusters, 1).LogLoss, PairedDifference.Of("p", p, "q", q, labels, clusters, 2).LogLoss);
    }

    [Fact]
    public void Columns_of_different_lengths_or_without_a_fix_are_refused()
    {
        Assert.Throws<ArgumentException>(() => PairedDifference.Of("p", [], "q", [], [], [], Seed));
        Assert.Throws<ArgumentException>(() => PairedDifference.Of("p", [0.5], "q", [0.5, 0.5], [true], ["a"], Seed));
        Assert.Throws<ArgumentException>(() => PairedDifference.Of("p", [0.5], "q", [0.5], [true], ["a", "b"], Seed));
        Assert.Throws<ArgumentException>(() => PairedDifference.Of("p", [0.5], "q", [double.NaN], [true], ["a"], Seed));
    }

    private static double LogLoss(double p, bool y) => -Math.Log(Math.Max(1e-12, y ? p : 1 - p));

    // Row by row: draw clusters, gather their rows, take the mean.
    private static Estimate NaiveInterval(IReadOnlyList<string> clusters, Func<int, double> difference)
    {
        var rows = Enumerable.Range(0, clusters.Count).GroupBy(i => clusters[i]).Select(group => group.ToList()).ToList();
        var random = new Random(Seed);
        var means = Enumerable.Range(0, 2_000)
            .Select(_ => Enumerable.Range(0, rows.Count).SelectMany(_ => rows[random.Next(rows.Count)]).ToList().Average(difference)).Order().ToList();
        return new(Enumerable.Range(0, clusters.Count).Average(difference), means[(int)(0.025 * 1_999)], means[(int)Math.Ceiling(0.975 * 1_999)]);
    }

    private static void AssertSame(Estimate expected, Estimate actual)
    {
        Assert.Equal(expected.Value!.Value, actual.Value!.Value, 1e-9);
        Assert.Equal(expected.Low!.Value, actual.Low!.Value, 1e-9);
        Assert.Equal(expected.High!.Value, actual.High!.Value, 1e-9);
    }

    // The first knows the true probability; the second knows it with noise on its logit.
    private static (double[] P, double[] Q, bool[] Labels, IReadOnlyList<string> Clusters) Forecasts(int count, int issues, double noise)
    {
        var random = new Random(count + issues);
        var ease = Enumerable.Range(0, issues).Select(_ => (4 * random.NextDouble()) - 2).ToArray();
        var issue = Enumerable.Range(0, count).Select(i => i % issues).ToArray();
        double[] p = [.. issue.Select(i => Witan.Intelligence.LogOdds.ToProbability(ease[i]))];
        double[] q = [.. issue.Select(i => Witan.Intelligence.LogOdds.ToProbability(ease[i] + (noise * ((2 * random.NextDouble()) - 1))))];
        return (p, q, [.. p.Select(probability => random.NextDouble() < probability)], [.. issue.Select(i => $"issue-{i}")]);
    }
}
