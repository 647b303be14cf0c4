using Witan.Fixes;

namespace Witan.Tests.Fixes;

public sealed class BudgetMonitorTests
{
    [Fact]
    public void Nothing_applied_is_no_evidence()
    {
        Assert.Equal(0, new BudgetMonitor(0, 0, 0.05).LogEvidence, 1e-9);
        Assert.False(new BudgetMonitor(0, 0, 0.05).IsBroken);
    }

    // Against the average over the rates above the budget, summed by hand.
    [Theory]
    [InlineData(1, 1, 0.05)]
    [InlineData(40, 0, 0.05)]
    [InlineData(100, 11, 0.05)]
    [InlineData(200, 4, 0.05)]
    [InlineData(60, 20, 0.20)]
    public void The_evidence_is_the_average_likelihood_of_rates_above_the_budget_over_that_of_the_budget(int applied, int failures, double budget)
    {
        const int steps = 200_000;
        var (sum, weights) = (0.0, 0.0);
        for (var i = 0; i < steps; i++)
        {
            var rate = budget + ((1 - budget) * (i + 0.5) / steps);
            var weight = Math.Pow(1 - rate, (1 / budget) - 1);
            weights += weight;
            sum += weight * Math.Exp((failures * Math.Log(rate / budget)) + ((applied - failures) * Math.Log((1 - rate) / (1 - budget))));
        }

        Assert.Equal(Math.Log(sum / weights), new BudgetMonitor(applied, failures, budget).LogEvidence, 1e-6);
    }

    [Theory]
    [InlineData(3, 3, false)]
    [InlineData(4, 4, true)]
    [InlineData(100, 10, false)]
    [InlineData(100, 13, true)]
    [InlineData(1_000, 50, false)]
    [InlineData(1_000, 90, true)]
    [InlineData(1_000_000, 1_000, false)]
    [InlineData(1_000_000, 60_000, true)]
    public void It_is_broken_when_chance_does_not_explain_the_failures(int applied, int failures, bool broken) =>
        Assert.Equal(broken, new BudgetMonitor(applied, failures, 0.05).IsBroken);

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.10)]
    public void A_budget_that_is_just_kept_is_called_broken_in_one_of_twenty_runs_at_most_however_often_one_looks(double budget)
    {
        var called = Simulation.Share(1_000, random => BrokenAfter(budget, _ => budget, 2_000, random) is not null);

        Assert.InRange(called, 0.001, 0.05);
    }

    [Fact]
    public void Failures_may_come_together_as_long_as_each_was_unlikely_before()
    {
        // The rate rises to the budget after a failure and falls below it otherwise.
        var called = Simulation.Share(1_000, random => BrokenAfter(0.05, afterFailure => afterFailure ? 0.05 : 0.04, 2_000, random) is not null);

        Assert.True(called <= 0.05, $"{called}");
    }

    [Fact]
    public void A_test_for_one_look_that_is_looked_at_after_every_outcome_would_fail_here()
    {
        var called = Simulation.Share(1_000, random =>
        {
            var failures = 0;
            for (var applied = 1; applied <= 1_000; applied++)
            {
                failures += random.NextDouble() < 0.05 ? 1 : 0;
                if (applied >= 20 && failures - (0.05 * applied) > 1.645 * Math.Sqrt(applied * 0.05 * 0.95))
                    return true;
            }
            return false;
        });

        Assert.True(called > 0.15, $"{called}");
    }

    [Theory]
    [InlineData(0.10, 150)]
    [InlineData(0.20, 40)]
    public void A_rate_of_twice_the_budget_or_more_is_noticed(double rate, int half)
    {
        Assert.True(Simulation.Median(500, random => BrokenAfter(0.05, _ => rate, 1_000, random) ?? int.MaxValue) <= half);
        Assert.True(Simulation.Share(500, random => BrokenAfter(0.05, _ => rate, 1_000, random) is not null) >= 0.99);
    }

    private static int? BrokenAfter(double budget, Func<bool, double> rate, int most, Random random)
    {
        var (failures, failed) = (0, false);
        for (var applied = 1; applied <= most; applied++)
        {
            failed = random.NextDouble() < rate(failed);
            failures += failed ? 1 : 0;
            if (failed && new BudgetMonitor(applied, failures, budget).IsBroken) // a success never breaks it
                return applied;
        }
        return null;
    }
}
