using Witan.Client;
using Witan.Fixes;

namespace Witan.Server.Tests.Policies;

/// <summary>The policy in force, as it is shown and as it decides.</summary>
public sealed class PolicyTests
{
    private static readonly Policy Own = new()
    {
        AutoApply = 0.9, Review = 0.3, MaxChangedLines = 11, MaxRecentAttempts = 2, MinComparableOutcomes = 0, MaxOpenVotes = 7, ProtectedPaths = new(["core/**"]), LockFiles = new(["*.freeze"]),
        Overrides =
        [
            new("performance", null, 0.2, 0.1), new(null, "big/repo", 0.99999, 0.5), new("performance", "big/repo", 0.4, 0.05), new(null, "half/repo", null, 0.99 * 0.9), new("config_update", null, 0.99, null),
        ],
    };

    [Fact]
    public async Task Without_settings_it_is_that_of_the_contract()
    {
        await using var server = await WitanServer.StartAsync();
        var policy = (await server.GetAsync("/policy")).As<PolicyDocument>();

        Assert.Equal((0.85, 0.60, 400, 3, 30, 100), (policy.AutoApply, policy.Review, policy.MaxChangedLines, policy.MaxRecentAttempts, policy.MinComparableOutcomes, policy.MaxOpenVotes));
        Assert.Empty(policy.Overrides!);
        Assert.Equal(PathGlobs.DefaultProtected, policy.ProtectedPaths);
        Assert.Equal(PathGlobs.DefaultLockFiles, policy.LockFiles);
    }

    [Fact]
    public async Task It_is_shown_as_it_was_set()
    {
        await using var server = await WitanServer.StartAsync(change: settings => settings with { Policy = Own });
        var answer = await server.GetAsync("/policy");
        var policy = answer.As<PolicyDocument>();

        Assert.Equal((0.9, 0.3, 11, 2, 0, 7), (policy.AutoApply, policy.Review, policy.MaxChangedLines, policy.MaxRecentAttempts, policy.MinComparableOutcomes, policy.MaxOpenVotes));
        Assert.Equal(["core/**"], policy.ProtectedPaths);
        Assert.Equal(["*.freeze"], policy.LockFiles);
        Assert.Equal(Own.Overrides.Select(o => (o.Strategy, o.Repository, o.AutoApply, o.Review)), policy.Overrides!.Select(o => (o.Strategy, o.Repository, o.AutoApply, o.Review)));
        Assert.Equal(304, (await server.GetAsync("/policy", answer.ETag)).Status);
    }

    [Theory]
    [InlineData("code_patch", null, 0.9, 0.3)]
    [InlineData("code_patch", "some/repo", 0.9, 0.3)]
    [InlineData("performance", "some/repo", 0.2, 0.1)]
    [InlineData("performance", null, 0.2, 0.1)]
    [InlineData("code_patch", "big/repo", 0.99999, 0.5)]
    [InlineData("performance", "big/repo", 0.4, 0.05)]
    [InlineData("performance", "half/repo", 0.9, 0.891)]
    [InlineData("config_update", "BIG/REPO", 0.99, 0.3)]
    public async Task The_most_specific_thresholds_decide(string strategy, string? repository, double autoApply, double review)
    {
        await using var server = await WitanServer.StartAsync(change: settings => settings with { Policy = Own });
        await server.TeachAsync("able", successes: 11, failures: 9);
        var proposal = Some.Fix("able", strategy: strategy) with { Repository = repository };

        foreach (var answer in new[] { await server.AskAsync(proposal), await server.ProposeAsync(proposal) })
        {
            Assert.Equal((autoApply, review), (answer.Thresholds!.AutoApply, Math.Round(answer.Thresholds.Review, 12)));
            Assert.Equal(answer.Confidence >= autoApply ? FixDecision.AutoApply : answer.Confidence >= review ? FixDecision.Review : FixDecision.Escalate, answer.Decision);
        }
    }

    [Fact]
    public async Task It_cannot_be_changed_over_HTTP()
    {
        await using var server = await WitanServer.StartAsync();
        var answer = await server.PostAsync("/policy", """{"autoApply":0}""");

        Assert.Equal((405, "method_not_allowed"), (answer.Status, answer.Code));
    }
}
