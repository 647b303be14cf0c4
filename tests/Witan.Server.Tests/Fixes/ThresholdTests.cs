using Witan.Client;
using Witan.Fixes;

namespace Witan.Server.Tests.Fixes;

/// <summary>The thresholds and limits of the policy are settings.</summary>
public sealed class ThresholdTests
{
    [Theory]
    [InlineData(0.7, 0.5, FixDecision.AutoApply)]
    [InlineData(0.9999, 0.5, FixDecision.Review)]
    [InlineData(0.9999, 0.9998, FixDecision.Escalate)]
    public async Task The_score_is_held_against_the_thresholds_in_force(double autoApply, double review, FixDecision decision)
    {
        await using var server = await StartAsync(new() { AutoApply = autoApply, Review = review });

        var answer = await server.ProposeAsync(Some.Fix("able"));

        Assert.Equal(decision, answer.Decision);
        Assert.Equal(new FixThresholds(autoApply, review), answer.Thresholds);
        Assert.Null(answer.Rule);
    }

    [Fact]
    public async Task A_score_on_a_threshold_has_reached_it()
    {
        double confidence;
        await using (var measure = await StartAsync(new()))
            confidence = (await measure.AskAsync(Some.Fix("able"))).Confidence!.Value;

        await using var apply = await StartAsync(new() { AutoApply = confidence, Review = 0.1 });
        Assert.Equal(FixDecision.AutoApply, (await apply.AskAsync(Some.Fix("able"))).Decision);

        await using var review = await StartAsync(new() { AutoApply = 0.99999, Review = confidence });
        Assert.Equal(FixDecision.Review, (await review.AskAsync(Some.Fix("able"))).Decision);

        await using var escalate = await StartAsync(new() { AutoApply = 0.99999, Review = Math.BitIncrement(confidence) });
        Assert.Equal(FixDecision.Escalate, (await escalate.AskAsync(Some.Fix("able"))).Decision);
    }

    [Fact]
    public async Task A_rule_never_makes_a_decision_bolder()
    {
        await using var server = await StartAsync(new());
        await server.TeachAsync("poor", successes: 2, failures: 60);

        var answer = await server.ProposeAsync(Some.Fix("poor") with { Changes = new() { Paths = [".env"], LinesAdded = 5000 } });

        Assert.Equal(FixDecision.Escalate, answer.Decision);
    }

    [Fact]
    public async Task Every_limit_of_the_policy_can_be_set()
    {
        await using var server = await StartAsync(new()
        {
            AutoApply = 0, Review = 0, MaxChangedLines = 10, MaxRecentAttempts = 0, MinComparableOutcomes = 41,
            ProtectedPaths = new(["core/**"]), LockFiles = new(["*.freeze"]),
        });

        Assert.Equal("few_comparable_outcomes", (await server.ProposeAsync(Some.Fix("able"))).Rule);
        await server.TeachAsync("able", successes: 1);
        Assert.Null((await server.ProposeAsync(Changing(paths: [".env"]))).Rule);
        Assert.Equal("protected_path", (await server.ProposeAsync(Changing(paths: ["core/a/b.cs"]))).Rule);
        Assert.Equal("protected_path", (await server.ProposeAsync(Changing(paths: ["x.freeze"]))).Rule);
        Assert.Equal("change_size", (await server.ProposeAsync(Changing(lines: 11))).Rule);
        Assert.Null((await server.ProposeAsync(Some.Fix("able", "once"))).Rule);
        Assert.Equal("recent_attempts", (await server.ProposeAsync(Some.Fix("able", "once"))).Rule);
    }

    private static FixProposal Changing(int? lines = null, string[]? paths = null) =>
        Some.Fix("able") with { Changes = new() { LinesAdded = lines, Paths = paths } };

    private static async Task<WitanServer> StartAsync(Policy policy)
    {
        var server = await WitanServer.StartAsync(change: settings => settings with { Policy = policy });
        await server.TeachAsync("able", successes: 38, failures: 2);
        return server;
    }
}
