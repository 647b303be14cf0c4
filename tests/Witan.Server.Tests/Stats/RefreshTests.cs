using Microsoft.Extensions.Time.Testing;
using Witan.Client;
#if POSTGRES
using Witan.Server.Stats;
using Witan.Server.Storage;
#endif
using Witan.Server.Tests.Collaborations;

namespace Witan.Server.Tests.Stats;

/// <summary><c>refreshedAt</c> is the last write that could have changed a summary, so its ETag holds still.</summary>
public sealed class RefreshTests : IAsyncLifetime
{
    private static readonly string[] All = ["", "/fixes", "/collaborations", "/domains", "/consensus", "/timeline", "/decisions"];

    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WitanServer.StartAsync(_clock);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task On_an_empty_database_there_is_nothing_and_nothing_divides_by_it()
    {
        Assert.All(await Task.WhenAll(All.Select(view => _server.GetAsync("/stats" + view))), answer =>
        {
            Assert.Equal(200, answer.Status);
            Assert.Equal(System.Text.Json.JsonValueKind.Null, answer["refreshedAt"].ValueKind);
        });
        var stats = (await _server.GetAsync("/stats")).As<StatsSummary>();
        Assert.Equal(new StatsSummary { Fixes = 0, FixOutcomes = 0, FixSuccesses = 0, Agents = 0, Learnings = 0, LearningsValidated = 0, Collaborations = 0, CollaborationsOpen = 0, CollaborationSuccesses = 0, Votes = 0 }, stats);
    }

    [Fact]
    public async Task Without_outcomes_and_durations_rates_and_means_are_null()
    {
        await _server.ProposeAsync(Some.Fix("a"));
        await _server.BeginAsync(Council.On("a", "b"));
        await _server.PostAsync("/stats/refresh", null);

        var fix = Assert.Single((await _server.GetAsync("/stats/fixes")).As<FixStats>().Fixes);
        Assert.Equal((1L, 0L, null, null, null), (fix.Total, fix.Outcomes, fix.SuccessRate, fix.MeanConfidence, fix.MeanDurationMs));
        var collaboration = Assert.Single((await _server.GetAsync("/stats/collaborations")).As<CollaborationStats>().Collaborations);
        Assert.Equal((0L, null, 0.0, null), (collaboration.Completed, collaboration.SuccessRate, collaboration.MeanProgress, collaboration.MeanDurationMs));
        var votes = Assert.Single((await _server.GetAsync("/stats/consensus")).As<ConsensusStats>().Consensus);
        Assert.Equal((0L, null, 0.0), (votes.Votes, votes.Share, votes.ApproveWeight));
        Assert.Null(Assert.Single((await _server.GetAsync("/stats/timeline")).As<Timeline>().Buckets).SuccessRate);
        Assert.Null((await _server.GetAsync("/stats")).As<StatsSummary>().FixSuccessRate);
    }

#if !POSTGRES // where summaries are as old as their last refresh
    [Fact]
    public async Task Each_write_refreshes_the_summaries_that_it_could_have_changed_and_no_other()
    {
        FixAnswer fix = null!;
        Collaboration begun = null!;
        await RefreshesAsync(["", "/fixes", "/timeline", "/decisions"], async () => fix = await _server.ProposeAsync(Some.Fix("a")));
        await RefreshesAsync(["", "/fixes", "/timeline", "/decisions"], () => _server.ReportAsync(fix.Id, new { success = true }));
        await RefreshesAsync(["", "/fixes", "/timeline", "/decisions"], () => _server.ReportAsync(fix.Id, new { rolledBack = true }));
        await RefreshesAsync(["", "/domains"], () => _server.LearnAsync(Council.Lesson("p")));
        await RefreshesAsync(["", "/domains"], () => _server.ApplyAsync("p", new { success = true }));
        await RefreshesAsync(["", "/collaborations", "/consensus"], async () => begun = await _server.BeginAsync(Council.On("a", "b", "c")));
        await RefreshesAsync(["", "/collaborations", "/consensus"], () => _server.ChangeAsync(begun.Id, new { progress = 5 }));
        await RefreshesAsync(["", "/consensus"], () => _server.CastAsync(begun.Id, "b", "approve"));
        await RefreshesAsync(["", "/collaborations", "/consensus"], () =>
        {
            _clock.Advance(TimeSpan.FromDays(2));
            return _server.SweepAsync(_clock.GetUtcNow());
        });
    }

    [Fact]
    public async Task What_stores_nothing_leaves_every_tag_as_it_was()
    {
        var fix = await _server.ProposeAsync(Some.Success("a"));
        await _server.LearnAsync(Council.Lesson("p"));
        var begun = await _server.BeginAsync(Council.On("a", "b"));
        await _server.CastAsync(begun.Id, "b", "approve");
        await RefreshesAsync([], async () =>
        {
            await _server.AskAsync(Some.Fix("asked"));
            await _server.ReportAsync(fix.Id, new { success = true });
            await _server.ReportAsync(fix.Id, new { success = false });
            await _server.CastAsync(begun.Id, "b", "approve");
            await _server.VoteAsync(begun.Id, "nobody", "approve");
            await _server.ChangeAsync(begun.Id, new { progress = 0 });
            await _server.PostAsync("/learnings", "{}");
            await _server.PostAsync("/auto-fixes", "{}");
            await _server.PostAsync("/policy/dry-run", """{"policy":{}}""");
            await _server.ApplyAsync("unknown", new { success = true });
            await _server.SweepAsync(_clock.GetUtcNow());
        });
    }

    [Fact]
    public async Task A_refresh_has_nothing_to_do_and_says_how_fresh_each_summary_is()
    {
        await _server.ProposeAsync(Some.Fix("a"));
        var answer = (await _server.PostAsync("/stats/refresh", null)).As<RefreshAnswer>();
        Assert.Equal(["fix_statistics", "overall_statistics"], answer.Summaries.Where(s => s.RefreshedAt == _clock.GetUtcNow()).Select(s => s.Summary));
        Assert.Equal(5, answer.Summaries.Count);
    }

    private async Task RefreshesAsync(string[] views, Func<Task> write)
    {
        var before = await Task.WhenAll(All.Select(view => _server.GetAsync("/stats" + view)));
        _clock.Advance(TimeSpan.FromMinutes(1));
        await write();
        for (var i = 0; i < All.Length; i++)
        {
            var after = await _server.GetAsync("/stats" + All[i], before[i].ETag);
            if (views.Contains(All[i]))
            {
                Assert.Equal((200, All[i]), (after.Status, All[i]));
                Assert.Equal(_clock.GetUtcNow(), after["refreshedAt"].GetDateTimeOffset());
            }
            else
            {
                Assert.Equal((304, All[i]), (after.Status, All[i]));
            }
        }
    }
#else
    [Fact]
    public async Task Summaries_stand_until_they_are_refreshed_and_say_when_that_was()
    {
        await _server.ProposeAsync(Some.Fix("a"));
        Assert.Equal(0, (await _server.GetAsync("/stats")).As<StatsSummary>().Fixes);

        _clock.Advance(TimeSpan.FromSeconds(30));
        var at = _clock.GetUtcNow();
        var answer = (await _server.PostAsync("/stats/refresh", null)).As<RefreshAnswer>();
        Assert.Equal(["fix_statistics", "collaboration_statistics", "learning_domains", "vote_consensus", "overall_statistics"], answer.Summaries.Select(s => s.Summary));
        Assert.All(answer.Summaries, s => Assert.Equal((at, true), (s.RefreshedAt, s.DurationMs > 0)));
        _clock.Advance(TimeSpan.FromSeconds(30));
        await _server.ProposeAsync(Some.Fix("a"));

        Assert.Equal((1L, at), ((await _server.GetAsync("/stats")).As<StatsSummary>() is var stats ? (stats.Fixes, stats.RefreshedAt) : default));
        foreach (var view in All.Except(["/timeline", "/decisions"]))
            Assert.Equal(at, (await _server.GetAsync("/stats" + view))["refreshedAt"].GetDateTimeOffset());
        var ready = await _server.SendAsync(new(HttpMethod.Get, "/health/ready"));
        Assert.Equal(at, ready["dependencies"].GetProperty("summaries").GetProperty("refreshedAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task Every_15_minutes_one_node_of_two_refreshes_them()
    {
        await using var second = await WitanServer.StartAsync(_clock, settings => settings with { Database = _server.Database });
        await _server.PostAsync("/stats/refresh", null);
        var mine = await Task.WhenAll(new[] { _server, second }.Select(server => server.Room<Duties>().AreMineAsync(TestContext.Current.CancellationToken)));
        Assert.Single(mine, held => held);
        var leader = mine[0] ? _server : second;
        var other = mine[0] ? second : _server;
        var at = _clock.GetUtcNow();

        _clock.SetUtcNow(at.AddMinutes(14));
        await leader.Room<SummaryRefresh>().CheckAsync(TestContext.Current.CancellationToken);
        Assert.Equal(at, (await _server.GetAsync("/stats"))["refreshedAt"].GetDateTimeOffset());
        _clock.SetUtcNow(at.AddMinutes(16));
        await other.Room<SummaryRefresh>().CheckAsync(TestContext.Current.CancellationToken);
        await leader.Room<SummaryRefresh>().CheckAsync(TestContext.Current.CancellationToken);
        Assert.Equal(at.AddMinutes(16), (await _server.GetAsync("/stats"))["refreshedAt"].GetDateTimeOffset());
    }

    [Fact]
    public async Task Summaries_that_nobody_refreshes_make_the_server_degraded_and_still_ready()
    {
        await _server.PostAsync("/stats/refresh", null);
        var at = _clock.GetUtcNow();
        await using var late = await WitanServer.StartAsync(new FakeTimeProvider(at.AddMinutes(46)), settings => settings with { Database = _server.Database });
        var ready = await late.SendAsync(new(HttpMethod.Get, "/health/ready"));
        Assert.Equal((200, "degraded"), (ready.Status, ready["status"].GetString()));
        Assert.Contains("46 minutes ago", ready["dependencies"].GetProperty("summaries").GetProperty("detail").GetString(), StringComparison.Ordinal);
    }
#endif
}
