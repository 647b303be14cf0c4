using Microsoft.Extensions.Time.Testing;
using Witan.Client;

namespace Witan.Server.Tests.Fixes;

/// <summary>More than 3 open or failed attempts of an agent on an issue in 24 hours are reviewed.</summary>
public sealed class RecentAttemptsTests : IAsyncLifetime
{
    private const string Rule = "recent_attempts";
    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WitanServer.StartAsync(_clock, settings => settings with { Policy = new() { AutoApply = 0, Review = 0 } });
        await _server.TeachAsync("tries", successes: 40);
        _clock.Advance(TimeSpan.FromMinutes(1));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Three_open_attempts_are_not_too_many_and_four_are()
    {
        await TryAsync(3);
        Assert.Null(await RuleAsync());

        await TryAsync(1);
        Assert.Equal(Rule, await RuleAsync());
    }

    [Theory]
    [InlineData("""{"success":false}""", Rule)]
    [InlineData("""{"success":true,"rolledBack":true}""", Rule)]
    [InlineData("""{"success":true}""", null)]
    public async Task Failed_and_reverted_attempts_count_and_successes_do_not(string outcome, string? rule)
    {
        foreach (var id in await TryAsync(4))
            Assert.Equal(200, (await _server.ReportAsync(id, outcome)).Status);

        Assert.Equal(rule, await RuleAsync());
    }

    [Theory]
    [InlineData("""{"status":"applied","by":"ci"}""", Rule)]
    [InlineData("""{"status":"rejected","by":"ada"}""", null)]
    public async Task Applied_attempts_are_open_and_rejected_ones_are_not(string status, string? rule)
    {
        foreach (var id in await TryAsync(4))
            Assert.Equal(200, (await _server.SetStatusAsync(id, status)).Status);

        Assert.Equal(rule, await RuleAsync());
    }

    [Fact]
    public async Task Open_and_failed_attempts_count_together()
    {
        var ids = await TryAsync(5);
        await _server.ReportAsync(ids[0], """{"success":false}""");
        await _server.ReportAsync(ids[1], """{"success":false}""");
        await _server.ReportAsync(ids[2], """{"success":true}""");
        Assert.Equal(Rule, await RuleAsync());

        await _server.SetStatusAsync(ids[3], """{"status":"rejected","by":"ada"}""");
        Assert.Null(await RuleAsync());
    }

    [Fact]
    public async Task A_reverted_success_counts_from_its_rollback_on()
    {
        var ids = await TryAsync(4);
        foreach (var id in ids)
            await _server.ReportAsync(id, """{"success":true}""");
        Assert.Null(await RuleAsync());

        foreach (var id in ids)
            await _server.ReportAsync(id, """{"rolledBack":true}""");
        Assert.Equal(Rule, await RuleAsync());
    }

    [Fact]
    public async Task Failures_reported_after_the_fact_count()
    {
        await _server.TeachAsync(Enumerable.Range(0, 4).Select(_ => Some.Failure("tries", "stubborn")));

        Assert.Equal(Rule, await RuleAsync());
    }

    [Fact]
    public async Task Attempts_older_than_24_hours_do_not_count()
    {
        await TryAsync(4);
        _clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        Assert.Equal(Rule, await RuleAsync());

        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await RuleAsync());
    }

    [Fact]
    public async Task Other_agents_other_issues_and_no_issue_do_not_count()
    {
        await _server.TeachAsync("neighbour", successes: 40);
        for (var i = 0; i < 4; i++)
        {
            await _server.ProposeAsync(Some.Fix("neighbour", "stubborn"));
            await _server.ProposeAsync(Some.Fix("tries", "other"));
            await _server.ProposeAsync(Some.Fix("tries"));
        }

        Assert.Null(await RuleAsync());
        Assert.Null((await _server.AskAsync(Some.Fix("tries"))).Rule);
    }

    [Fact]
    public async Task A_replay_counts_what_was_open_at_its_moment()
    {
        var ids = await TryAsync(4);
        var then = _clock.GetUtcNow();
        _clock.Advance(TimeSpan.FromHours(1));
        foreach (var id in ids)
            await _server.ReportAsync(id, """{"success":true}""");

        Assert.Null(await RuleAsync());
        Assert.Equal(Rule, (await _server.AskAsync(Some.Fix("tries", "stubborn") with { ProposedAt = then })).Rule);
        Assert.Null((await _server.AskAsync(Some.Fix("tries", "stubborn") with { ProposedAt = then.AddSeconds(-1) })).Rule);
    }

    private async Task<List<Guid?>> TryAsync(int times)
    {
        var ids = new List<Guid?>();
        for (var i = 0; i < times; i++)
            ids.Add((await _server.ProposeAsync(Some.Fix("tries", "stubborn"))).Id);
        return ids;
    }

    private async Task<string?> RuleAsync() => (await _server.AskAsync(Some.Fix("tries", "stubborn"))).Rule;
}
