using System.Globalization;
using Dapper;
using Witan.Client;
using Witan.Server.Storage;
using Witan.Server.Tests.Collaborations;

namespace Witan.Server.Tests.Stats;

/// <summary>Each summary equals what counting the lists one by one says.</summary>
public sealed class SummaryTests : IClassFixture<BusyFleet>
{
    private readonly WitanServer _server;
    private readonly BusyFleet _fleet;

    public SummaryTests(BusyFleet fleet) => (_server, _fleet) = (fleet.Server, fleet);

    [Fact]
    public async Task Everything_at_a_glance()
    {
        var stats = (await _server.GetAsync("/stats")).As<StatsSummary>();

        Assert.Equal((_fleet.Fixes.Count, _fleet.Fixes.Count(f => f.Success is not null), _fleet.Fixes.Count(f => f.Success == true)), (stats.Fixes, stats.FixOutcomes, stats.FixSuccesses));
        Assert.Equal((double)stats.FixSuccesses / stats.FixOutcomes, stats.FixSuccessRate!.Value, 12);
        Assert.Equal(_fleet.Fixes.Average(f => f.Confidence)!.Value, stats.MeanConfidence!.Value, 9);
        Assert.Equal((await _server.WalkAsync("/agents", "agents")).Count, stats.Agents);
        Assert.Equal((_fleet.Learnings.Count, _fleet.Learnings.Count(l => l.ValidatedAt is not null)), (stats.Learnings, stats.LearningsValidated));
        Assert.Equal((_fleet.Collaborations.Count, _fleet.Collaborations.Count(c => c.Status <= CollaborationState.Testing), _fleet.Collaborations.Count(c => c.Outcome == CollaborationOutcome.Success)),
            (stats.Collaborations, stats.CollaborationsOpen, stats.CollaborationSuccesses));
        Assert.Equal(_fleet.Votes.Count, stats.Votes);
        Assert.True(stats.LearningsValidated > 0 && stats.CollaborationSuccesses > 0 && stats.FixSuccessRate < 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(200)]
    public async Task Fixes_by_agent_and_strategy(int limit)
    {
        var expected = _fleet.Fixes.GroupBy(f => (f.AgentId, f.FixStrategy)).OrderBy(g => g.Key.AgentId, StringComparer.Ordinal).ThenBy(g => g.Key.FixStrategy, StringComparer.Ordinal)
            .Select(g => (g.Key, g.Count(), g.Count(f => f.Success is not null), g.Count(f => f.Success == true), Rate(g.Count(f => f.Success == true), g.Count(f => f.Success is not null)),
                Round(g.Average(f => f.Confidence)), Round(g.Average(f => f.DurationMs)), g.Min(f => f.ProposedAt), g.Max(f => f.ProposedAt)));
        var told = (await _server.WalkAsync("/stats/fixes", "fixes", limit)).Select(item => System.Text.Json.JsonSerializer.Deserialize<FixStat>(item, WitanJson.Default.Options)!);

        Assert.Equal(expected, told.Select(s => ((s.AgentId, s.FixStrategy), (int)s.Total, (int)s.Outcomes, (int)s.Successful, Round(s.SuccessRate), Round(s.MeanConfidence), Round(s.MeanDurationMs), s.First, s.Last)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(200)]
    public async Task Collaborations_by_type_and_leader(int limit)
    {
        var expected = _fleet.Collaborations.GroupBy(c => (Type: c.Type.ToString().ToLowerInvariant(), c.Leader)).OrderBy(g => g.Key.Type, StringComparer.Ordinal).ThenBy(g => g.Key.Leader, StringComparer.Ordinal)
            .Select(g => (g.Key, g.Count(), g.Count(c => c.Status == CollaborationState.Complete), g.Count(c => c.Outcome == CollaborationOutcome.Success),
                Rate(g.Count(c => c.Outcome == CollaborationOutcome.Success), g.Count(c => c.Status == CollaborationState.Complete)),
                Round(g.Average(c => c.Progress)), Round(g.Average(c => (c.EndedAt - c.CreatedAt)?.TotalMilliseconds))));
        var told = (await _server.WalkAsync("/stats/collaborations", "collaborations", limit)).Select(item => System.Text.Json.JsonSerializer.Deserialize<CollaborationStat>(item, WitanJson.Default.Options)!);

        Assert.Equal(expected, told.Select(s => ((s.Type, s.Leader), (int)s.Total, (int)s.Completed, (int)s.Successful, Round(s.SuccessRate), Round(s.MeanProgress), Round(s.MeanDurationMs))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(200)]
    public async Task Learnings_by_domain(int limit)
    {
        var expected = _fleet.Learnings.SelectMany(l => l.AgentDomains.Select(domain => (domain, l))).GroupBy(x => x.domain, x => x.l).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => (g.Key, g.Count(), Round(g.Average(l => l.Confidence)), g.Select(l => l.DiscoveredBy).Distinct().Count(), g.Min(l => l.CreatedAt), g.Max(l => l.CreatedAt)));
        var told = (await _server.WalkAsync("/stats/domains", "domains", limit)).Select(item => System.Text.Json.JsonSerializer.Deserialize<DomainStat>(item, WitanJson.Default.Options)!);

        Assert.Equal(expected, told.Select(s => (s.Domain, (int)s.Patterns, Round(s.MeanConfidence), (int)s.Discoverers, s.First, s.Last)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(200)]
    public async Task Votes_by_collaboration(int limit)
    {
        var expected = _fleet.Collaborations.OrderBy(c => c.Id.ToString(), StringComparer.Ordinal).Select(c =>
        {
            var votes = _fleet.Votes.Where(v => v.CollaborationId == c.Id).ToList();
            var (approve, reject) = (Weight(votes, VoteKind.Approve), Weight(votes, VoteKind.Reject));
            return (c.Id, votes.Count, votes.Count(v => v.Kind == VoteKind.Approve), votes.Count(v => v.Kind == VoteKind.Reject), votes.Count(v => v.Kind == VoteKind.Abstain),
                Round(approve), Round(reject), approve + reject == 0 ? null : Round(approve / (approve + reject)), c.Decision);
        });
        var told = (await _server.WalkAsync("/stats/consensus", "consensus", limit)).Select(item => System.Text.Json.JsonSerializer.Deserialize<ConsensusStat>(item, WitanJson.Default.Options)!);

        Assert.Equal(expected, told.Select(s => (s.CollaborationId, (int)s.Votes, (int)s.Approve, (int)s.Reject, (int)s.Abstain, Round(s.ApproveWeight), Round(s.RejectWeight), Round(s.Share), s.Decision)));
    }

    [Theory]
    [InlineData("fix_statistics", "SELECT count(*) FROM (SELECT DISTINCT agent_id, fix_strategy FROM fixes) pairs")]
    [InlineData("collaboration_statistics", "SELECT count(*) FROM (SELECT DISTINCT type, leader FROM collaborations) pairs")]
    [InlineData("vote_consensus", "SELECT count(*) FROM collaborations")]
    [InlineData("overall_statistics", "SELECT 1")]
    public async Task A_view_has_one_row_for_each_group(string view, string groups)
    {
        await using var connection = await _server.Room<Database>().OpenAsync(TestContext.Current.CancellationToken);
        Assert.Equal(await connection.ExecuteScalarAsync<long>(groups), await connection.ExecuteScalarAsync<long>($"SELECT count(*) FROM {view}"));
    }

    [Theory]
    [InlineData("fixes", "fixes")]
    [InlineData("collaborations", "collaborations")]
    [InlineData("domains", "domains")]
    [InlineData("consensus", "consensus")]
    public Task Limits_and_cursors_are_held_to(string summary, string items) => _server.HasLimitsAsync($"/stats/{summary}", items);

    [Theory]
    [InlineData("hour", 1)]
    [InlineData("day", 24)]
    [InlineData("week", 168)]
    public async Task Fixes_over_time(string bucket, int hours)
    {
        var monday = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var (since, until) = (_fleet.Fixes.Min(f => f.ProposedAt).AddHours(30), _fleet.Fixes.Max(f => f.ProposedAt));
        foreach (var (query, fits) in new (string, Func<AutoFix, bool>)[]
                 {
                     ("", _ => true), ($"&since={WitanTime.Format(since)}", f => f.ProposedAt >= since), ($"&until={WitanTime.Format(until)}", f => f.ProposedAt < until),
                     ($"&since={WitanTime.Format(since)}&until={WitanTime.Format(until)}", f => f.ProposedAt >= since && f.ProposedAt < until),
                     ("&since=2026-11-23T10:00:00Z&until=2020-01-01T00:00:00Z", _ => false), ("&since=2100-01-01T00:00:00Z", _ => false),
                 })
        {
            var expected = _fleet.Fixes.Where(fits).GroupBy(f => monday + (TimeSpan.FromHours(hours) * Math.Floor((f.ProposedAt - monday) / TimeSpan.FromHours(hours)))).OrderBy(g => g.Key)
                .Select(g => new TimelineBucket(g.Key, g.Count(), g.Count(f => f.Success is not null), g.Count(f => f.Success == true), Rate(g.Count(f => f.Success == true), g.Count(f => f.Success is not null))));
            var timeline = (await _server.GetAsync($"/stats/timeline?bucket={bucket}{query}")).As<Timeline>();
            Assert.Equal(bucket, timeline.Bucket);
            Assert.Equal(expected, timeline.Buckets.Select(b => b with { SuccessRate = Round(b.SuccessRate) }));
        }
    }

    [Fact]
    public async Task A_day_is_the_bucket_where_none_is_given() =>
        Assert.Equal((await _server.GetAsync("/stats/timeline?bucket=day")).Text, (await _server.GetAsync("/stats/timeline")).Text);

    [Theory]
    [InlineData("bucket=month", "bucket")]
    [InlineData("bucket=", "bucket")]
    [InlineData("bucket=Day", "bucket")]
    [InlineData("since=yesterday", "since")]
    [InlineData("until=2026-11-23", "until")]
    [InlineData("limit=5", "limit")]
    public Task A_bad_question_is_400(string query, string field) => _server.RefusedAsync(400, "invalid_query", () => _server.GetAsync($"/stats/timeline?{query}"), field);

    private static double Weight(IEnumerable<Vote> votes, VoteKind kind) => votes.Where(v => v.Kind == kind).Sum(v => v.Expertise);

    private static double? Rate(int part, int whole) => whole == 0 ? null : Round((double)part / whole);

    private static double? Round(double? value) => value is null ? null : double.Parse(value.Value.ToString("G10", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
