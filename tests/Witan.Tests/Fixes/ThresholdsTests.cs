using CsCheck;
using Witan.Fixes;
using Witan.Tests.Intelligence;

namespace Witan.Tests.Fixes;

public sealed class ThresholdsTests
{
    private static readonly Policy General = new();
    private static readonly ThresholdOverride ByStrategy = new("code_patch", null, 0.91, 0.61);
    private static readonly ThresholdOverride ByRepository = new(null, "org/app", 0.92, 0.62);
    private static readonly ThresholdOverride ByBoth = new("code_patch", "org/app", 0.93, 0.63);

    [Theory]
    [InlineData("code_patch", "org/app", 0.93, 0.63)]
    [InlineData("config_update", "org/app", 0.92, 0.62)]
    [InlineData("code_patch", "org/other", 0.91, 0.61)]
    [InlineData("code_patch", null, 0.91, 0.61)]
    [InlineData("config_update", "org/other", 0.85, 0.60)]
    [InlineData("config_update", null, 0.85, 0.60)]
    [InlineData("Code_Patch", "ORG/APP", 0.85, 0.60)] // keys are what they are, case and all
    public void The_closest_override_wins_in_whatever_order_they_stand(string strategy, string? repository, double autoApply, double review)
    {
        ThresholdOverride[][] orders = [[ByStrategy, ByRepository, ByBoth], [ByBoth, ByRepository, ByStrategy], [ByRepository, ByBoth, ByStrategy]];

        foreach (var overrides in orders)
            Assert.Equal((autoApply, review), (General with { Overrides = overrides }).ThresholdsOf(Attempt(strategy, repository)));
    }

    [Fact]
    public void An_override_of_one_threshold_keeps_the_general_other()
    {
        var policy = General with { Overrides = [ByRepository, new("code_patch", "org/app", null, 0.5)] };

        Assert.Equal((0.85, 0.5), policy.ThresholdsOf(Attempt("code_patch", "org/app")));
    }

    [Fact]
    public void Of_two_for_the_same_the_first_counts()
    {
        var policy = General with { Overrides = [ByBoth, ByBoth with { AutoApply = 0.99 }] };

        Assert.Equal(0.93, policy.ThresholdsOf(Attempt("code_patch", "org/app")).AutoApply);
    }

    [Theory]
    [InlineData(0.62, Decision.Escalate)]
    [InlineData(0.63, Decision.Review)]
    [InlineData(0.92, Decision.Review)]
    [InlineData(0.93, Decision.AutoApply)]
    public void A_decision_goes_by_the_thresholds_of_its_fix(double confidence, Decision decision) =>
        Assert.Equal(decision, (General with { Overrides = [ByBoth] }).Decide(Attempt("code_patch", "org/app"), confidence, 30, 0).Decision);

    [Fact]
    public void The_winner_names_the_repository_if_any_does_and_then_the_strategy()
    {
        var keys = Gen.OneOf<string?>(["a", "b", null]);
        var overrides = Gen.Select(keys, keys, Gen.Double[0, 1]).Where(o => o.Item1 is not null || o.Item2 is not null)
            .Select(o => new ThresholdOverride(o.Item1, o.Item2, o.Item3, 0)).List[0, 8];

        Gen.Select(overrides, Gen.OneOf(["a", "b", "c"]), Gen.OneOf(["a", "b", "c"])).Holds(c =>
        {
            var (all, strategy, repository) = c;
            var expected = all.Find(o => o.Strategy == strategy && o.Repository == repository)
                ?? all.Find(o => o.Strategy is null && o.Repository == repository)
                ?? all.Find(o => o.Strategy == strategy && o.Repository is null);
            Assert.Equal(expected?.AutoApply ?? 0.85, (General with { Overrides = all }).ThresholdsOf(Attempt(strategy, repository)).AutoApply);
        }, times: 1_000);
    }

    [Fact]
    public void Too_many_open_votes_are_a_review_that_names_the_rule_and_the_number()
    {
        var verdict = new Policy { MaxOpenVotes = 7 }.TooManyVotes;

        Assert.Equal((Decision.Review, "open_votes"), (verdict.Decision, verdict.Rule));
        Assert.Contains("7", verdict.Reason, StringComparison.Ordinal);
        Assert.Equal(100, new Policy().MaxOpenVotes);
    }

    private static Attempt Attempt(string strategy, string? repository) => Given.Attempt(repository: repository) with { Strategy = strategy };
}
