using CsCheck;
using MathNet.Numerics.Distributions;
using Witan.Intelligence;
using Witan.Intelligence.Models;

namespace Witan.Tests.Intelligence.Models;

public sealed class LogitEstimateTests
{
    private static readonly Gen<double> Logit = Gen.Double[-9, 9];

    [Fact]
    public void The_interval_lies_between_0_and_1_and_holds_the_probability() => Gen.Select(Logit, Gen.Double[0, 60]).Holds(given =>
    {
        var judgement = new LogitEstimate(given.Item1, given.Item2).ToJudgement();

        Assert.Equal(LogOdds.ToProbability(given.Item1), judgement.Probability, 1e-12);
        Assert.InRange(judgement.Low, 0, judgement.Probability + 1e-12);
        Assert.InRange(judgement.High, judgement.Probability - 1e-12, 1);
    });

    [Fact]
    public void Without_variance_it_is_the_probability_itself() => Logit.Holds(logit =>
    {
        var judgement = new LogitEstimate(logit, 0).ToJudgement();

        Assert.Equal(judgement.Probability, judgement.Low, 1e-12);
        Assert.Equal(judgement.Probability, judgement.High, 1e-12);
    });

    [Fact]
    public void More_variance_gives_lower_and_higher_bounds() => Gen.Select(Logit, Gen.Double[0, 20], Gen.Double[0.01, 5]).Holds(given =>
    {
        var (less, more) = (new LogitEstimate(given.Item1, given.Item2).ToJudgement(), new LogitEstimate(given.Item1, given.Item2 + given.Item3).ToJudgement());

        Assert.True(more.Low < less.Low || less.Low == 0);
        Assert.True(more.High > less.High || less.High == 1);
        Assert.True(more.High - more.Low > less.High - less.Low || (more.Low, more.High) == (0, 1) || more.Low == 0 || more.High == 1);
    });

    [Fact]
    public void Success_and_failure_are_judged_alike() => Gen.Select(Logit, Gen.Double[0, 20]).Holds(given =>
    {
        var (one, other) = (new LogitEstimate(given.Item1, given.Item2).ToJudgement(), new LogitEstimate(-given.Item1, given.Item2).ToJudgement());

        Assert.Equal(1 - one.High, other.Low, 1e-9);
        Assert.Equal(1 - one.Low, other.High, 1e-9);
    });

    [Fact]
    public void At_one_half_it_reaches_as_far_to_both_sides()
    {
        var judgement = new LogitEstimate(0, 0.8).ToJudgement();

        Assert.Equal(0.5 - judgement.Low, judgement.High - 0.5, 1e-12);
        Assert.Equal(0.5 * Math.Sin(1.6448536269514722 * Math.Sqrt(0.8 * 0.25)), judgement.High - 0.5, 1e-12);
    }

    [Theory]
    [InlineData(0.5, 40)]
    [InlineData(0.8, 40)]
    [InlineData(0.95, 60)]
    [InlineData(0.05, 60)]
    public void It_comes_close_to_the_interval_of_a_beta_posterior_of_the_same_mean_and_size(double mean, double size)
    {
        var judgement = new LogitEstimate(LogOdds.Of(mean), 1 / (size * mean * (1 - mean))).ToJudgement();

        Assert.Equal(Beta.InvCDF(mean * size, (1 - mean) * size, 0.05), judgement.Low, 0.01);
        Assert.Equal(Beta.InvCDF(mean * size, (1 - mean) * size, 0.95), judgement.High, 0.01);
    }
}
