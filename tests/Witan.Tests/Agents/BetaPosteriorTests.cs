using Witan.Agents;

namespace Witan.Tests.Agents;

public sealed class BetaPosteriorTests
{
    [Fact]
    public void Nothing_known_is_the_uniform_belief()
    {
        var belief = new BetaPosterior(0, 0);

        Assert.Equal(0.5, belief.Mean);
        Assert.Equal(0.25, belief.Quantile(0.25), 1e-9);
        Assert.Equal(0.05, belief.Interval.Low, 1e-9);
        Assert.Equal(0.95, belief.Interval.High, 1e-9);
    }

    [Theory]
    [InlineData(8, 10, 9.0 / 12)]
    [InlineData(0, 3, 1.0 / 5)]
    [InlineData(3, 3, 4.0 / 5)]
    public void The_mean_follows_the_rule_of_succession(long successes, long outcomes, double mean) =>
        Assert.Equal(mean, new BetaPosterior(successes, outcomes).Mean, 1e-12);

    // From an independent implementation of the distribution, as a sum of binomial terms in 30 digits.
    [Theory]
    [InlineData(8, 10, 0.5299132007208, 0.921179954334)]
    [InlineData(3, 20, 0.06780647293683, 0.3292110194626)]
    [InlineData(95, 100, 0.8987310283393, 0.9738153751817)]
    [InlineData(400, 1000, 0.374865616302, 0.4257602041406)]
    public void The_interval_is_that_of_the_beta_distribution(long successes, long outcomes, double low, double high)
    {
        var interval = new BetaPosterior(successes, outcomes).Interval;

        Assert.Equal(low, interval.Low, 1e-8);
        Assert.Equal(high, interval.High, 1e-8);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(1000)]
    public void With_successes_alone_a_quantile_is_a_root(long n)
    {
        Assert.Equal(Math.Pow(0.05, 1.0 / (n + 1)), new BetaPosterior(n, n).Quantile(0.05), 1e-9);
        Assert.Equal(1 - Math.Pow(0.05, 1.0 / (n + 1)), new BetaPosterior(0, n).Quantile(0.95), 1e-9);
    }

    [Fact]
    public void More_outcomes_at_the_same_rate_narrow_the_interval()
    {
        static double Width(BetaPosterior belief) => belief.Interval.High - belief.Interval.Low;

        Assert.True(Width(new(7, 10)) > Width(new(70, 100)));
        Assert.True(Width(new(70, 100)) > Width(new(700_000, 1_000_000)));
    }
}
