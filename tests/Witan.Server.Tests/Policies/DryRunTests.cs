using Witan.Agents;
using Witan.Client;
using Witan.Server.Tests.Collaborations;

namespace Witan.Server.Tests.Policies;

/// <summary>What another policy would have decided on history. Nothing is stored.</summary>
public sealed class DryRunTests(DecidedHistory history) : IClassFixture<DecidedHistory>
{
    private readonly WitanServer _server = history.Server;
    private readonly IReadOnlyList<AutoFix> _fixes = history.Fixes;

    [Fact]
    public async Task The_policy_in_force_changes_nothing()
    {
        var policy = (await _server.GetAsync("/policy")).Json.GetRawText();
        foreach (var body in new[] { """{"policy":{}}""", $$"""{"policy":{{policy}}}""" })
        {
            var answer = await RunAsync(body);
            Assert.Equal(0, answer.Changed);
            foreach (var decision in answer.Decisions)
                Assert.Equal(_fixes.Count(f => f.Confidence is not null && f.Decision == decision.Decision), decision.Fixes);
        }
        Assert.Equal(3, _fixes.Where(f => f.Confidence is not null).Select(f => f.Decision).Distinct().Count());
    }

    [Theory]
    [InlineData(0.5, 0.3)]
    [InlineData(0.99999, 0.99)]
    [InlineData(0.8, 0.8)]
    [InlineData(1, 0)]
    [InlineData(0, 0)]
    public async Task Other_thresholds_decide_each_fix_by_the_confidence_it_got(double autoApply, double review)
    {
        var answer = await RunAsync(new { policy = new { autoApply, review, maxChangedLines = int.MaxValue, maxRecentAttempts = int.MaxValue, minComparableOutcomes = 0, protectedPaths = Array.Empty<string>() } });

        var scored = _fixes.Where(f => f.Confidence is not null).Select(f => (Fix: f, Decision: f.Confidence >= autoApply ? FixDecision.AutoApply : f.Confidence >= review ? FixDecision.Review : FixDecision.Escalate)).ToList();
        Assert.Equal(scored.Count(s => s.Decision != s.Fix.Decision), answer.Changed);
        Assert.Equal([FixDecision.AutoApply, FixDecision.Review, FixDecision.Escalate], answer.Decisions.Select(d => d.Decision));
        foreach (var told in answer.Decisions)
        {
            var of = scored.Where(s => s.Decision == told.Decision).Select(s => s.Fix).ToList();
            var (outcomes, successes) = (of.Count(f => f.Success is not null), of.Count(f => f.Success == true));
            Assert.Equal((of.Count, outcomes, successes), (told.Fixes, told.Outcomes, told.Successes));
            if (outcomes == 0)
                Assert.True(told.SuccessRate is null && told.Interval is null);
            else
                Assert.Equal((new BetaPosterior(successes, outcomes).Mean, new BetaPosterior(successes, outcomes).Interval), (told.SuccessRate!.Value, (told.Interval![0], told.Interval[1])));
        }
    }

    [Theory]
    [InlineData("""{"maxChangedLines":0}""")]
    [InlineData("""{"minComparableOutcomes":1000000}""")]
    [InlineData("""{"protectedPaths":["**"]}""")]
    [InlineData("""{"lockFiles":["src/**",".env"]}""")]
    [InlineData("""{"autoApply":1}""")]
    public async Task A_rule_that_objects_to_all_leaves_nothing_to_apply(string policy)
    {
        var answer = await RunAsync($$"""{"policy":{{policy}}}""");

        Assert.Equal(0, answer.Decisions.Single(d => d.Decision == FixDecision.AutoApply).Fixes);
        Assert.Equal(_fixes.Count(f => f.Decision == FixDecision.AutoApply), answer.Changed);
    }

    [Fact]
    public async Task Overrides_count_where_they_fit()
    {
        var answer = await RunAsync("""{"policy":{"overrides":[{"repository":"a/b","autoApply":1,"review":1}]}}""");

        Assert.Equal(_fixes.Count(f => f.Repository == "a/b" && f.Confidence is not null && f.Decision != FixDecision.Escalate), answer.Changed);
    }

    [Fact]
    public async Task What_cannot_be_judged_is_counted_with_the_reason()
    {
        var answer = await RunAsync("""{"policy":{}}""");

        Assert.Equal(_fixes.Count, answer.Fixes);
        Assert.Equal(_fixes.Count(f => f.Confidence is not null), answer.Judged);
        Assert.Equal(3, answer.NotJudged.Count);
        Assert.Equal(_fixes.Count(f => f.Decision is null), Gap("reported after the fact"));
        Assert.Equal(1, Gap("no outcome was known"));
        Assert.Equal(_fixes.Count(f => f.Confidence is not null && f.Success is null), Gap("outcome is not known"));

        long Gap(string reason) => answer.NotJudged.Single(g => g.Reason.Contains(reason, StringComparison.Ordinal)).Fixes;
    }

    [Fact]
    public async Task It_looks_only_between_the_given_times()
    {
        var (since, until) = (OneServer.Start.AddHours(2), OneServer.Start.AddHours(5));
        var answer = await RunAsync(new { policy = new { }, since, until });

        Assert.Equal(_fixes.Count(f => f.ProposedAt >= since && f.ProposedAt < until), answer.Fixes);
        Assert.True(answer.Fixes is > 3 and < 60);
        Assert.Equal(0, (await RunAsync(new { policy = new { }, since = until, until = since })).Fixes);
    }

    [Fact]
    public async Task Nothing_is_stored()
    {
        var before = await _server.AllRowsAsync();
        var policy = await _server.GetAsync("/policy");
        await RunAsync("""{"policy":{"autoApply":0,"review":0}}""");

        Assert.Equal(before, await _server.AllRowsAsync());
        Assert.Equal(policy.Text, (await _server.GetAsync("/policy")).Text);
    }

    [Theory]
    [InlineData("""{"autoApply":1.7}""", "policy.autoApply")]
    [InlineData("""{"review":-0.1}""", "policy.review")]
    [InlineData("""{"autoApply":"0.5"}""", "policy.autoApply")]
    [InlineData("""{"autoApply":0.3}""", "policy.review")]
    [InlineData("""{"autoApply":0.5,"review":0.6}""", "policy.review")]
    [InlineData("""{"maxChangedLines":-1}""", "policy.maxChangedLines")]
    [InlineData("""{"maxRecentAttempts":2.5}""", "policy.maxRecentAttempts")]
    [InlineData("""{"minComparableOutcomes":99999999999}""", "policy.minComparableOutcomes")]
    [InlineData("""{"maxOpenVotes":-1}""", "policy.maxOpenVotes")]
    [InlineData("""{"riskBudget":0}""", "policy.riskBudget")]
    [InlineData("""{"riskBudget":0.6}""", "policy.riskBudget")]
    [InlineData("""{"riskBudget":"x"}""", "policy.riskBudget")]
    [InlineData("""{"riskBudget":0.05,"autoApply":0.9}""", "policy.riskBudget")]
    [InlineData("""{"riskBudget":0.05,"riskGate":{"threshold":0.9,"labels":1,"above":1,"failures":0,"reason":"","chosenAt":"2026-01-01T00:00:00Z","applied":0,"appliedFailures":0,"broken":false}}""", "policy.riskGate")]
    [InlineData("""{"riskGate":{}}""", "policy.riskGate")]
    [InlineData("""{"protectedPaths":[""]}""", "policy.protectedPaths[0]")]
    [InlineData("""{"protectedPaths":[null]}""", "policy.protectedPaths[0]")]
    [InlineData("""{"lockFiles":"*.lock"}""", "policy.lockFiles")]
    [InlineData("""{"overrides":[{"autoApply":0.9}]}""", "policy.overrides[0]")]
    [InlineData("""{"overrides":[{"strategy":"x"},{"repository":"r","review":2}]}""", "policy.overrides[1].review")]
    [InlineData("""{"overrides":[{"strategy":"x","autoApply":0.1,"review":0.2}]}""", "policy.overrides[0].review")]
    [InlineData("""{"overrides":[{"strategy":"x","autoApply":0.1}]}""", "policy.overrides[0]")]
    [InlineData("""{"overrides":[{"strategy":"x","review":0.95}]}""", "policy.overrides[0]")]
    [InlineData("""{"overrides":[null]}""", "policy.overrides[0]")]
    [InlineData("""{"thresholds":{}}""", "policy.thresholds")]
    [InlineData("null", "policy")]
    public async Task A_bad_policy_is_refused_by_the_name_of_its_field(string policy, string field)
    {
        var answer = await _server.RefusedAsync(400, "validation_failed", () => _server.PostAsync("/policy/dry-run", $$"""{"policy":{{policy}}}"""));

        Assert.Contains(answer["errors"].EnumerateArray(), e => e.GetProperty("field").GetString()!.StartsWith(field, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fixes_reviewed_because_too_many_votes_were_open_stay_reviewed()
    {
        await using var server = await WitanServer.StartAsync(change: settings => settings with { Policy = Council.AlwaysEscalates with { MaxOpenVotes = 1 } });
        await server.TeachAsync("a", 5, 5);
        await server.ProposeAsync(Some.Fix("a", "i-1"));
        Assert.Equal("open_votes", (await server.ProposeAsync(Some.Fix("a", "i-2"))).Rule);

        var answer = (await server.PostAsync("/policy/dry-run", """{"policy":{}}""")).As<DryRunAnswer>();
        Assert.Equal((0L, 1L, 1L), (answer.Changed, answer.Decisions[1].Fixes, answer.Decisions[2].Fixes));
    }

    private async Task<DryRunAnswer> RunAsync(object body)
    {
        var answer = await _server.PostAsync("/policy/dry-run", body);
        Assert.True(answer.Status == 200, answer.Text);
        return answer.As<DryRunAnswer>();
    }
}
