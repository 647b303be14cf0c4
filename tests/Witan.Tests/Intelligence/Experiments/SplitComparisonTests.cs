using Witan.Intelligence.Experiments;

namespace Witan.Tests.Intelligence.Experiments;

public sealed class SplitComparisonTests
{
    [Fact]
    public void Without_a_round_that_is_over_everything_is_open()
    {
        var split = new SplitComparison(0);
        split.AddToFirst(0.9, true);
        split.AddToFirst(0.8, true);

        var result = split.Result;

        Assert.Equal((ComparisonVerdict.NoVerdict, null, -1, 1), (result.Verdict, result.Difference, result.Low, result.High));
        Assert.Equal((2, 0), (result.First.Outcomes, result.Second.Outcomes));
        Assert.Equal(0.025, result.First.Brier!.Value, 1e-12);
        Assert.Null(result.Second.Brier);
    }

    [Fact]
    public void The_difference_is_the_mean_over_the_rounds_that_are_over()
    {
        var split = new SplitComparison();
        split.AddToFirst(0.9, true); // 0.01
        split.AddToFirst(0.7, true); // 0.09
        split.AddToSecond(0.5, true); // 0.25, and the round gives 0.05 - 0.25
        split.AddToSecond(0.6, false); // 0.36
        split.AddToFirst(0.8, false); // 0.64, and the round gives 0.64 - 0.36
        split.AddToFirst(0.0, true); // a round that is not over

        Assert.Equal((-0.20 + 0.28) / 2, split.Result.Difference!.Value, 1e-12);
        Assert.Equal((0.01 + 0.09 + 0.64 + 1) / 4, split.Result.First.Brier!.Value, 1e-12);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(1.5)]
    public void What_is_no_probability_is_refused(double number)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SplitComparison().AddToFirst(number, true));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SplitComparison().AddToSecond(number, true));
    }

    [Fact]
    public void Each_arm_needs_the_least_number_of_outcomes()
    {
        var split = new SplitComparison(100);
        for (var i = 0; i < 99; i++)
        {
            split.AddToFirst(0.1, true);
            split.AddToFirst(0.1, true);
            split.AddToSecond(0.9, true);
        }
        Assert.Equal((ComparisonVerdict.NoVerdict, 198, 99), (split.Result.Verdict, split.Result.First.Outcomes, split.Result.Second.Outcomes));

        split.AddToSecond(0.9, true);

        Assert.Equal(ComparisonVerdict.SecondBetter, split.Result.Verdict);
    }

    [Theory]
    [InlineData(0.5, 1)]
    [InlineData(0.8, 1)]
    [InlineData(0.5, 4)]
    public void Of_equals_one_is_called_better_in_one_of_twenty_runs_at_most_however_often_one_looks(double share, double fixesPerIssue)
    {
        var world = Forecasts.Of(1, 1) with { FixesPerIssue = fixesPerIssue };

        Assert.True(Simulation.Share(1_000, random => FirstVerdict(world, share, random).Verdict != ComparisonVerdict.NoVerdict) <= 0.05);
    }

    [Theory]
    [InlineData(0.5, 1_000)]
    [InlineData(0.8, 1_700)]
    public void A_clearly_better_forecaster_is_found(double share, int half)
    {
        var world = Forecasts.Of(0, 1.5); // mean Brier scores of about 0.187 and 0.252

        Assert.True(Simulation.Median(200, random => FirstVerdict(world, share, random).Outcomes) <= half);
        Assert.True(Simulation.Share(200, random => FirstVerdict(world, share, random).Verdict == ComparisonVerdict.FirstBetter) >= 0.90);
    }

    private static (ComparisonVerdict Verdict, int Outcomes) FirstVerdict(Forecasts world, double share, Random random)
    {
        var (split, n) = (new SplitComparison(), 0);
        foreach (var fix in world.Draw(random, 3_000))
        {
            if (random.NextDouble() < share)
                split.AddToFirst(fix.First, fix.Succeeded);
            else
                split.AddToSecond(fix.Second, fix.Succeeded);
            if (++n % 10 == 0 && split.Result.Verdict is not ComparisonVerdict.NoVerdict and var verdict)
                return (verdict, n);
        }
        return (ComparisonVerdict.NoVerdict, int.MaxValue);
    }
}
