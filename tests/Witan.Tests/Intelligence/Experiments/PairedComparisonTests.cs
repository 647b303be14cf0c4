using Witan.Intelligence.Experiments;

namespace Witan.Tests.Intelligence.Experiments;

public sealed class PairedComparisonTests
{
    [Fact]
    public void Without_outcomes_everything_is_open()
    {
        var nothing = new ArmFigures(0, null, null);

        Assert.Equal(new(ComparisonVerdict.NoVerdict, null, -1, 1, nothing, nothing), new PairedComparison(0).Result);
    }

    [Fact]
    public void The_figures_are_those_computed_by_hand()
    {
        var comparison = new PairedComparison();
        comparison.Add(0.8, 0.5, true);
        comparison.Add(0.8, 0.5, false);
        comparison.Add(1.0, 0.5, false); // certain and wrong: the log loss is cut off at 1e-12

        var result = comparison.Result;

        Assert.Equal((0.04 + 0.64 + 1) / 3, result.First.Brier!.Value, 1e-12);
        Assert.Equal(0.25, result.Second.Brier!.Value, 1e-12);
        Assert.Equal(((0.04 + 0.64 + 1) / 3) - 0.25, result.Difference!.Value, 1e-12);
        Assert.Equal(-(Math.Log(0.8) + Math.Log(0.2) + Math.Log(1e-12)) / 3, result.First.LogLoss!.Value, 1e-9);
        Assert.Equal(Math.Log(2), result.Second.LogLoss!.Value, 1e-12);
        Assert.Equal((3, 3), (result.First.Outcomes, result.Second.Outcomes));
    }

    [Theory]
    [InlineData(-0.01)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    public void What_is_no_probability_is_refused(double number)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PairedComparison().Add(number, 0.5, true));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PairedComparison().Add(0.5, number, true));
    }

    [Fact]
    public void The_ends_of_the_interval_are_where_the_bets_would_have_won_forty_fold()
    {
        double[] bets = [0.9, 0.45, 0.225, 0.1125, 0.05625];
        var fixes = Forecasts.Of(0.2, 1).Draw(new Random(5), 700).ToList();
        var result = After(fixes).Result;

        var excess = fixes.Count * result.Low; // of the sum over what is to be expected where neither is better
        var shortfall = fixes.Count * -result.High;

        Assert.Equal(40, bets.Average(b => fixes.Aggregate(Math.Exp(-b * excess), (wealth, fix) => wealth * (1 + (b * fix.Difference)))), 1e-6);
        Assert.Equal(40, bets.Average(b => fixes.Aggregate(Math.Exp(-b * shortfall), (wealth, fix) => wealth * (1 - (b * fix.Difference)))), 1e-6);
    }

    [Fact]
    public void Exchanging_the_forecasters_mirrors_the_result()
    {
        var fixes = Forecasts.Of(0, 1).Draw(new Random(6), 900).ToList();
        var (result, mirrored) = (After(fixes).Result, After(fixes.Select(fix => fix with { First = fix.Second, Second = fix.First })).Result);

        Assert.Equal((ComparisonVerdict.FirstBetter, ComparisonVerdict.SecondBetter), (result.Verdict, mirrored.Verdict));
        Assert.Equal((-result.Difference, -result.High, -result.Low), (mirrored.Difference, mirrored.Low, mirrored.High));
        Assert.Equal((result.First, result.Second), (mirrored.Second, mirrored.First));
    }

    [Fact]
    public void There_is_no_verdict_below_the_least_number_of_outcomes()
    {
        var comparison = new PairedComparison();
        for (var i = 0; i < Comparison.DefaultMinimum - 1; i++)
            comparison.Add(0.9, 0.1, true);
        Assert.True(comparison.Result.High < 0);
        Assert.Equal(ComparisonVerdict.NoVerdict, comparison.Result.Verdict);

        comparison.Add(0.9, 0.1, true);

        Assert.Equal(ComparisonVerdict.FirstBetter, comparison.Result.Verdict);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(1.0)]
    public void Of_equals_one_is_called_better_in_one_of_twenty_runs_at_most_however_often_one_looks(double noise)
    {
        var called = Simulation.Share(1_000, random => EverDecided(Forecasts.Of(noise, noise).Draw(random, 3_000), everyNth: noise == 1 ? 1 : 10));

        Assert.InRange(called, 0.001, 0.05);
    }

    [Fact]
    public void A_test_for_one_look_that_is_looked_at_daily_would_fail_here()
    {
        var called = Simulation.Share(1_000, random =>
        {
            var (n, sum, squares, called) = (0, 0.0, 0.0, false);
            foreach (var fix in Forecasts.Of(1, 1).Draw(random, 3_000))
            {
                (n, sum, squares) = (n + 1, sum + fix.Difference, squares + (fix.Difference * fix.Difference));
                called |= n >= 200 && n % 10 == 0 && Math.Abs(sum) > 1.96 * Math.Sqrt(squares - (sum * sum / n));
            }
            return called;
        });

        Assert.True(called > 0.20, $"{called}");
    }

    [Fact]
    public void Fixes_on_one_issue_may_share_their_fate()
    {
        var world = Forecasts.Of(1, 1) with { FixesPerIssue = 4, SharedFate = true };

        Assert.True(Simulation.Share(1_000, random => EverDecided(world.Draw(random, 3_000), everyNth: 10)) <= 0.05);
    }

    [Fact]
    public void The_interval_holds_the_true_mean_while_forecasters_get_better_and_worse()
    {
        var world = new Forecasts { First = n => n / 500 % 2, Second = n => 0.5 + (n / 3_000.0), FixesPerIssue = 3 };

        var missed = Simulation.Share(1_000, random =>
        {
            var (comparison, n, expected, missed) = (new PairedComparison(), 0, 0.0, false);
            foreach (var fix in world.Draw(random, 3_000))
            {
                comparison.Add(fix.First, fix.Second, fix.Succeeded);
                (n, expected) = (n + 1, expected + fix.ExpectedDifference);
                if (n % 10 == 0)
                {
                    var result = comparison.Result;
                    missed |= expected / n < result.Low || expected / n > result.High;
                }
            }
            return missed;
        });

        Assert.InRange(missed, 0.001, 0.05);
    }

    [Fact]
    public void Where_issues_share_fate_and_errors_one_outcome_of_each_counts()
    {
        var world = Forecasts.Of(1, 1) with { FixesPerIssue = 3, SharedFate = true, SharedErrors = true };

        Assert.True(Simulation.Share(1_000, random => EverDecided(world.Draw(random, 3_000).Where(fix => fix.FirstOnIssue), everyNth: 10)) <= 0.05);
        Assert.True(Simulation.Share(200, random => EverDecided(world.Draw(random, 3_000), everyNth: 10)) > 0.20);
    }

    [Theory]
    [InlineData(0.0, 1.0, 350)] // mean Brier scores of about 0.188 and 0.223
    [InlineData(0.0, 0.5, 1_100)] // 0.188 and 0.197
    [InlineData(0.5, 1.0, 750)]
    public void A_better_forecaster_is_found_long_before_three_thousand_outcomes(double better, double worse, int half)
    {
        Assert.True(Simulation.Median(200, random => FirstVerdict(Forecasts.Of(better, worse).Draw(random, 3_000)).Outcomes) <= half);
        Assert.True(Simulation.Share(200, random => FirstVerdict(Forecasts.Of(better, worse).Draw(random, 3_000)).Verdict == ComparisonVerdict.FirstBetter) >= 0.95);
    }

    private static PairedComparison After(IEnumerable<JudgedFix> fixes)
    {
        var comparison = new PairedComparison();
        foreach (var fix in fixes)
            comparison.Add(fix.First, fix.Second, fix.Succeeded);
        return comparison;
    }

    private static bool EverDecided(IEnumerable<JudgedFix> fixes, int everyNth) => FirstVerdict(fixes, everyNth).Verdict != ComparisonVerdict.NoVerdict;

    private static (ComparisonVerdict Verdict, int Outcomes) FirstVerdict(IEnumerable<JudgedFix> fixes, int everyNth = 10)
    {
        var (comparison, n) = (new PairedComparison(), 0);
        foreach (var fix in fixes)
        {
            comparison.Add(fix.First, fix.Second, fix.Succeeded);
            if (++n % everyNth == 0 && comparison.Result.Verdict is not ComparisonVerdict.NoVerdict and var verdict)
                return (verdict, n);
        }
        return (ComparisonVerdict.NoVerdict, int.MaxValue);
    }
}
