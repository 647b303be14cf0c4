using Witan.Intelligence;
using Witan.Intelligence.Models;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.Training;

public sealed class CalibratingTests
{
    [Fact]
    public void A_scorer_that_is_too_sure_is_calmed()
    {
        var (truth, labels) = Outcomes(new(1), 4_000, _ => 0);
        double[] sure = [.. truth.Select(logit => 2.5 * logit)];

        var calibration = Calibrating.Of(sure, labels);

        Assert.Equal(1 / 2.5, calibration.Slope, 0.12);
        Assert.True(Loss(sure.Select(calibration.Apply), labels) < Loss(sure, labels) - 0.05);
        Assert.Equal(Loss(truth, labels), Loss(sure.Select(calibration.Apply), labels), 0.01);
    }

    [Fact]
    public void A_scorer_that_is_too_timid_is_encouraged()
    {
        var (truth, labels) = Outcomes(new(2), 4_000, _ => 0);

        Assert.InRange(Calibrating.Of([.. truth.Select(logit => 0.5 * logit)], labels).Slope, 1.3, 2.1);
    }

    [Fact]
    public void A_scorer_that_always_hopes_too_much_is_lowered()
    {
        var (truth, labels) = Outcomes(new(3), 4_000, _ => 0);

        var calibration = Calibrating.Of([.. truth.Select(logit => logit + 1)], labels);

        Assert.InRange(calibration.Apply(1), 0, 0.7); // right is 0, and doing nothing, which it is drawn to, would be 1
    }

    [Fact]
    public void What_does_not_help_is_not_done()
    {
        var touched = Simulation.Share(200, random =>
        {
            var (truth, labels) = Outcomes(random, 1_000, _ => 0);
            return Calibrating.Of(truth, labels) != PlattCalibration.None;
        });

        Assert.True(touched < 0.2, $"{touched}"); // one standard error of chance is about a sixth
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    [InlineData(99)]
    public void With_too_few_outcomes_nothing_is_done(int count)
    {
        var (truth, labels) = Outcomes(new(5), 400, _ => 0);
        double[] sure = [.. truth.Select(logit => 4 * logit)];

        Assert.Equal(PlattCalibration.None, Calibrating.Of(sure.AsSpan(0, count), labels.AsSpan(0, count)));
        Assert.NotEqual(PlattCalibration.None, Calibrating.Of(sure, labels));
    }

    [Fact]
    public void What_the_older_half_teaches_is_not_done_where_the_newer_half_says_the_opposite()
    {
        var (drifting, labels) = Outcomes(new(6), 4_000, i => i < 2_000 ? -0.7 : 0.7);
        var (staying, otherLabels) = Outcomes(new(6), 4_000, _ => -0.7);

        Assert.Equal(PlattCalibration.None, Calibrating.Of(drifting, labels));
        Assert.NotEqual(PlattCalibration.None, Calibrating.Of(staying, otherLabels));
    }

    [Fact]
    public void Only_the_newest_four_thousand_count()
    {
        var (old, oldLabels) = Outcomes(new(7), 3_000, _ => 3);
        var (truth, labels) = Outcomes(new(8), 4_000, _ => 0);
        double[] sure = [.. truth.Select(logit => 2 * logit)];

        Assert.Equal(Calibrating.Of(sure, labels), Calibrating.Of([.. old, .. sure], [.. oldLabels, .. labels]));
        Assert.NotEqual(Calibrating.Of(sure, labels), Calibrating.Of([old[0], .. sure[1..]], labels));
    }

    // Scores that are right but for a shift of the truth, which may change as time goes on.
    private static (double[] Logits, bool[] Labels) Outcomes(Random random, int count, Func<int, double> shift)
    {
        double[] logits = [.. Enumerable.Range(0, count).Select(_ => 5 * (random.NextDouble() - 0.5))];
        return (logits, [.. logits.Select((logit, i) => random.NextDouble() < LogOdds.ToProbability(logit + shift(i)))]);
    }

    private static double Loss(IEnumerable<double> logits, bool[] labels) =>
        NaiveMetrics.LogLoss([.. logits.Zip(labels, (logit, label) => (LogOdds.ToProbability(logit), label))]);
}
