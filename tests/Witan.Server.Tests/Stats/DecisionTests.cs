using Witan.Client;
using Witan.Server.Tests.Collaborations;

namespace Witan.Server.Tests.Stats;

/// <summary>What became of decisions is what counting the fixes one by one says.</summary>
public sealed class DecisionTests(BusyFleet fleet) : IClassFixture<BusyFleet>
{
    private static readonly string[] Words = ["auto_apply", "review", "escalate"];

    private readonly WitanServer _server = fleet.Server;

    [Fact]
    public async Task Each_decision_is_counted_as_the_lists_of_its_fixes_have_them()
    {
        var told = (await StatsAsync("")).Decisions;

        Assert.Equal([FixDecision.AutoApply, FixDecision.Review, FixDecision.Escalate], told.Select(stat => stat.Decision));
        for (var i = 0; i < Words.Length; i++)
        {
            var listed = (await _server.GetAsync($"/auto-fixes?decision={Words[i]}&limit=200")).As<AutoFixPage>().AutoFixes;
            AssertCounts(listed, told[i]);
        }
        Assert.Equal(30, told.Sum(stat => stat.Fixes)); // the 70 that were reported after the fact got none
        Assert.Contains(told, stat => stat.Outcomes > 0 && stat.Outcomes < stat.Fixes && stat.Successes > 0 && stat.Successes < stat.Outcomes);
    }

    [Fact]
    public async Task The_mean_confidence_is_that_of_the_fixes_whose_outcome_is_known()
    {
        var stat = (await StatsAsync("")).Decisions.MaxBy(one => one.Fixes)!;
        var fixes = fleet.Fixes.Where(fix => fix.Decision == stat.Decision).ToList();

        Assert.Equal(fixes.Where(fix => fix.Success is not null).Average(fix => fix.Confidence)!.Value, stat.MeanConfidence!.Value, 9);
        Assert.True(Math.Abs(fixes.Average(fix => fix.Confidence)!.Value - stat.MeanConfidence.Value) > 1e-6); // all of them say something else
    }

    [Fact]
    public async Task It_may_be_asked_of_one_agent_and_of_a_span()
    {
        var decided = fleet.Fixes.Where(fix => fix.Decision is not null).ToList();
        var (since, until) = (decided.Min(fix => fix.ProposedAt).AddDays(3), decided.Max(fix => fix.ProposedAt).AddDays(-3));
        foreach (var (query, fits) in new (string, Func<AutoFix, bool>)[]
                 {
                     ("agentId=agent%204", fix => fix.AgentId == "agent 4"), ("agentId=nobody", _ => false),
                     ($"since={WitanTime.Format(since)}", fix => fix.ProposedAt >= since), ($"until={WitanTime.Format(until)}", fix => fix.ProposedAt < until),
                     ($"agentId=agent%201&since={WitanTime.Format(since)}&until={WitanTime.Format(until)}", fix => fix.AgentId == "agent 1" && fix.ProposedAt >= since && fix.ProposedAt < until),
                 })
        {
            var told = (await StatsAsync(query)).Decisions;
            foreach (var stat in told)
                AssertCounts([.. decided.Where(fits).Where(fix => fix.Decision == stat.Decision)], stat);
            Assert.True(told.Sum(stat => stat.Fixes) < decided.Count, query);
        }
    }

    [Fact]
    public async Task Fixes_over_time_may_be_those_of_one_agent()
    {
        foreach (var agent in new[] { "agent 0", "agent 4", "nobody" })
        {
            var own = fleet.Fixes.Where(fix => fix.AgentId == agent).ToList();
            var buckets = (await _server.GetAsync($"/stats/timeline?bucket=day&agentId={Uri.EscapeDataString(agent)}")).As<Timeline>().Buckets;

            Assert.Equal(
                own.GroupBy(fix => new DateTimeOffset(fix.ProposedAt.UtcDateTime.Date, TimeSpan.Zero)).OrderBy(day => day.Key)
                    .Select(day => (day.Key, (long)day.Count(), (long)day.Count(fix => fix.Success is not null), (long)day.Count(fix => fix.Success == true))),
                buckets.Select(bucket => (bucket.Start, bucket.Fixes, bucket.Outcomes, bucket.Successes)));
            Assert.Equal(agent == "nobody", buckets.Count == 0);
        }
        var all = (await _server.GetAsync("/stats/timeline?bucket=week")).As<Timeline>().Buckets.Sum(bucket => bucket.Fixes);
        Assert.Equal(fleet.Fixes.Count, all);
    }

    [Fact]
    public async Task The_interval_is_that_of_a_posterior_from_a_uniform_prior()
    {
        await using var server = await WitanServer.StartAsync();
        await server.TeachAsync("a", successes: 40);
        var fix = await server.ProposeAsync(Some.Fix("a"));
        Assert.Equal(FixDecision.AutoApply, fix.Decision);
        await server.ReportAsync(fix.Id, new { success = true });

        var stat = (await server.Client.GetDecisionStatsAsync("a", cancel: TestContext.Current.CancellationToken)).Decisions[0];

        Assert.Equal((1L, 1L, 1L, 1.0, fix.Confidence), (stat.Fixes, stat.Outcomes, stat.Successes, stat.SuccessRate, stat.MeanConfidence));
        Assert.Equal(Math.Sqrt(0.05), stat.Interval![0], 4); // of Beta(2, 1), whose distribution function is x²
        Assert.Equal(Math.Sqrt(0.95), stat.Interval[1], 4);
    }

    [Fact]
    public async Task Where_nothing_was_decided_all_three_are_there_and_nothing_divides_by_it()
    {
        await using var server = await WitanServer.StartAsync();

        var stats = await server.Client.GetDecisionStatsAsync(cancel: TestContext.Current.CancellationToken);

        Assert.Null(stats.RefreshedAt);
        Assert.Equal([FixDecision.AutoApply, FixDecision.Review, FixDecision.Escalate], stats.Decisions.Select(stat => stat.Decision));
        Assert.All(stats.Decisions, stat => Assert.Equal(new DecisionStat(stat.Decision, 0, 0, 0, null, null, null), stat));
    }

    [Theory]
    [InlineData("decisions?since=yesterday", "since")]
    [InlineData("decisions?until=2026-11-23", "until")]
    [InlineData("decisions?agentId=", "agentId")]
    [InlineData("decisions?bucket=day", "bucket")]
    [InlineData("decisions?limit=5", "limit")]
    [InlineData("timeline?agentId=", "agentId")]
    [InlineData("timeline?agentId=a&agentId=b", "agentId")]
    public Task A_bad_question_is_400(string query, string field) => _server.RefusedAsync(400, "invalid_query", () => _server.GetAsync($"/stats/{query}"), field);

    private async Task<DecisionStats> StatsAsync(string query)
    {
        var answer = await _server.GetAsync($"/stats/decisions?{query}");
        Assert.True(answer.Status == 200, answer.Text);
        return answer.As<DecisionStats>();
    }

    private static void AssertCounts(IReadOnlyCollection<AutoFix> fixes, DecisionStat stat)
    {
        var known = fixes.Where(fix => fix.Success is not null).ToList();
        Assert.Equal((fixes.Count, known.Count, known.Count(fix => fix.Success == true)), (stat.Fixes, stat.Outcomes, stat.Successes));
        if (known.Count == 0)
        {
            Assert.Equal((null, null, null), (stat.SuccessRate, stat.Interval, stat.MeanConfidence));
            return;
        }
        Assert.Equal((double)known.Count(fix => fix.Success == true) / known.Count, stat.SuccessRate!.Value, 12);
        Assert.Equal(known.Average(fix => fix.Confidence)!.Value, stat.MeanConfidence!.Value, 9);
        Assert.True(stat.Interval is [var low, var high] && 0 < low && low < high && high < 1);
    }
}
