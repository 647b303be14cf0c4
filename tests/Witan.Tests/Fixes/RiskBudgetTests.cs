using Witan.Fixes;

namespace Witan.Tests.Fixes;

public sealed class RiskBudgetTests
{
    private const double Budget = 0.05;
    private const int Runs = 1_000;

    // The promise is 10 %. Of 1,000 runs of a rule that breaks it just that often, 116 or more do in one of twenty.
    private const double MostBroken = 0.115;

    public static MatrixTheoryData<string, int> Worlds => new(ScoreShape.Names, [50, 200, 2_000]);

    [Theory]
    [InlineData(44, 0, null)] // 0.95^44 is 0.1047
    [InlineData(45, 0, 0.90)] // 0.95^45 is 0.0994
    [InlineData(76, 1, null)] // 0.95^76 + 76 * 0.05 * 0.95^75 is 0.1014
    [InlineData(77, 1, 0.90)] // 0.0973
    public void A_threshold_is_kept_when_the_binomial_tail_is_at_most_delta(int labels, int failures, double? threshold)
    {
        var chosen = Choose([.. Enumerable.Range(0, labels).Select(i => (0.905, i >= failures)), .. Enumerable.Repeat((0.55, false), 50)]);

        Assert.Equal(threshold, chosen.Threshold);
        if (threshold is not null)
            Assert.Equal((labels + 50, labels, failures), (chosen.Labels, chosen.Above, chosen.Failures));
    }

    [Fact]
    public void A_score_equal_to_the_threshold_counts_as_above_it()
    {
        var chosen = Choose([.. Enumerable.Repeat((0.57, true), 60), .. Enumerable.Repeat((0.569, false), 60)]);

        Assert.Equal((0.57, 60), (chosen.Threshold, chosen.Above));
    }

    [Fact]
    public void The_first_threshold_that_fails_ends_the_sequence()
    {
        // All 1,330 together would keep the budget again; the 330 with a score of at least 0.75 do not.
        var chosen = Choose([.. Enumerable.Repeat((0.955, true), 300), .. Enumerable.Repeat((0.755, false), 30), .. Enumerable.Repeat((0.60, true), 1_000)]);

        Assert.Equal((0.95, 1_330, 300, 0), (chosen.Threshold, chosen.Labels, chosen.Above, chosen.Failures));
    }

    [Fact]
    public void With_many_labels_one_failure_at_the_top_does_not_end_the_matter()
    {
        // Of the strictest 46 one failed, which is too many by themselves.
        var chosen = Choose([(0.99, false), .. Enumerable.Repeat((0.99, true), 45), .. Enumerable.Repeat((0.80, true), 954)]);

        Assert.Equal((0.80, 1_000, 1), (chosen.Threshold, chosen.Above, chosen.Failures));
    }

    [Fact]
    public void With_few_labels_it_says_how_many_are_missing()
    {
        var chosen = Choose([.. Enumerable.Repeat((0.9, true), 30), .. Enumerable.Repeat((0.4, true), 500)]);

        Assert.Null(chosen.Threshold);
        Assert.Equal("30 known outcomes have a score of at least 0.50; 15 more are needed to certify a failure rate of at most 5%", chosen.Reason);
        Assert.Equal((530, 30, 0), (chosen.Labels, chosen.Above, chosen.Failures));
    }

    [Fact]
    public void With_too_few_successes_it_says_how_many_are_missing()
    {
        Assert.Equal(
            "1 of 60 known outcomes with a score of at least 0.90 failed; 17 more without a failure are needed to certify a failure rate of at most 5%",
            Choose([(0.9, false), .. Enumerable.Repeat((0.9, true), 59)]).Reason);
        Assert.Equal(
            "6 of 60 known outcomes with a score of at least 0.90 failed, which is more than 5%",
            Choose([.. Enumerable.Repeat((0.9, false), 6), .. Enumerable.Repeat((0.9, true), 54)]).Reason);
    }

    [Fact]
    public void A_chosen_threshold_is_explained() => Assert.Equal(
        "0 of 60 known outcomes with a score of at least 0.90 failed: with 90% confidence at most 5% of their like do",
        Choose([.. Enumerable.Repeat((0.9, true), 60), .. Enumerable.Repeat((0.895, false), 60)]).Reason);

    [Fact]
    public void Nothing_known_gives_no_threshold() => Assert.Equal(
        new(null, 0, 0, 0, "0 known outcomes have a score of at least 0.50; 45 more are needed to certify a failure rate of at most 5%"), Choose([]));

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        Assert.Throws<ArgumentException>(() => RiskBudget.Choose([0.5], [], Budget));
        Assert.Throws<ArgumentOutOfRangeException>(() => RiskBudget.Choose([double.NaN], [true], Budget));
        Assert.Throws<ArgumentOutOfRangeException>(() => RiskBudget.Choose([1.1], [true], Budget));
        Assert.Throws<ArgumentOutOfRangeException>(() => RiskBudget.Choose([0.5], [true], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => RiskBudget.Choose([0.5], [true], Budget, 1));
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void The_budget_is_broken_with_the_promised_probability_at_most(string shape, int labels)
    {
        var truth = ScoreShape.Of(shape);

        var broken = Simulation.Share(Runs, random => Choose(truth.Draw(random, labels)).Threshold is { } threshold && truth.FailureRateFrom(threshold) > Budget);

        Assert.True(broken <= MostBroken, $"{broken}");
    }

    [Theory]
    [InlineData("calibrated", 200, 0.10)]
    [InlineData("calibrated", 2_000, 0.45)] // the best threshold that keeps the budget would apply 57 %
    [InlineData("underconfident", 2_000, 0.45)]
    [InlineData("good whatever the score", 2_000, 0.65)]
    public void With_good_fixes_and_enough_labels_a_good_share_is_applied(string shape, int labels, double share)
    {
        var truth = ScoreShape.Of(shape);
        var applied = 0.0;
        for (var seed = 0; seed < 200; seed++)
            applied += (Choose(truth.Draw(new Random(seed), labels)).Threshold is { } threshold ? truth.ShareFrom(threshold) : 0) / 200;

        Assert.True(applied >= share, $"{applied}");
    }

    [Theory]
    [InlineData("calibrated")]
    [InlineData("overconfident")]
    [InlineData("useless")]
    public void Choosing_what_looks_good_on_the_labels_breaks_the_budget_far_more_often(string shape)
    {
        var truth = ScoreShape.Of(shape);

        var broken = Simulation.Share(Runs, random => Naive(truth.Draw(random, 500)) is { } threshold && truth.FailureRateFrom(threshold) > Budget);

        Assert.True(broken > 0.3, $"{broken}");
    }

    private static RiskThreshold Choose((double Score, bool Succeeded)[] outcomes) =>
        RiskBudget.Choose([.. outcomes.Select(o => o.Score)], [.. outcomes.Select(o => o.Succeeded)], Budget);

    private static double? Naive((double Score, bool Succeeded)[] outcomes)
    {
        for (var threshold = 0.50; threshold < 0.995; threshold += 0.01)
        {
            var above = outcomes.Where(o => o.Score >= threshold).ToList();
            if (above.Count > 0 && above.Count(o => !o.Succeeded) <= Budget * above.Count)
                return threshold;
        }
        return null;
    }
}
