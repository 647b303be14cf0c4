using Witan.Client;

namespace Witan.Server.Tests.Fixes;

/// <summary>A success that is reverted later: a second, dated event.</summary>
public sealed class RollbackTests(OneServer one) : IClassFixture<OneServer>
{
    private static readonly DateTimeOffset Completed = OneServer.Start.AddMinutes(1);

    private readonly WitanServer _server = one.Server;

    [Theory]
    [InlineData("""{"rolledBack":true}""")]
    [InlineData("""{"success":true,"rolledBack":true}""")]
    [InlineData("""{"success":false,"rolledBack":true}""")]
    public async Task A_success_that_is_rolled_back_is_false_from_then_on(string rollback)
    {
        var id = await SucceededAsync("reverts");

        var answer = await _server.ReportAsync(id, rollback);

        Assert.Equal(200, answer.Status);
        var fix = await _server.FixAsync(id);
        Assert.Equal((FixState.RolledBack, false), (fix.Status, fix.Success));
        Assert.Equal(Completed, fix.CompletedAt);
        Assert.Equal(Completed, fix.RolledBackAt);
    }

    [Fact]
    public async Task Completion_and_rollback_are_two_dated_entries_of_the_log()
    {
        var id = await SucceededAsync("dated");
        await _server.ReportAsync(id, """{"rolledBack":true,"errorMessage":"broke the build","completedAt":"2026-11-23T10:03:00Z"}""");

        var fix = await _server.FixAsync(id);
        Assert.Equal(Completed, fix.CompletedAt);
        Assert.Equal(OneServer.Start.AddMinutes(3), fix.RolledBackAt);
        Assert.Equal("broke the build", fix.ErrorMessage);
        Assert.Equal("outcome:1,rollback:0", await _server.QueryAsync<string>(
            $"SELECT string_agg(kind || ':' || CASE WHEN success THEN 1 ELSE 0 END, ',') FROM (SELECT * FROM outcomes WHERE fix_id = '{id}' ORDER BY seq) AS entries"));
    }

    [Theory]
    [InlineData("""{"rolledBack":true}""")]
    [InlineData("""{"success":true,"rolledBack":true}""")]
    [InlineData("""{"success":false,"rolledBack":true,"completedAt":"2026-11-23T10:03:00Z","durationMs":7}""")]
    [InlineData("""{"success":false}""")]
    [InlineData("""{"success":false,"completedAt":"2026-11-23T10:01:00Z"}""")]
    public async Task A_repeated_rollback_changes_nothing(string again)
    {
        var id = await SucceededAsync("twice");
        var first = await _server.ReportAsync(id, """{"rolledBack":true,"completedAt":"2026-11-23T10:03:00Z"}""");
        var record = await _server.AgentAsync("twice");

        var second = await _server.ReportAsync(id, again);

        Assert.Equal(200, second.Status);
        Assert.Equal(first.Text, second.Text);
        Assert.Equal(record.Overall.Successes, (await _server.AgentAsync("twice")).Overall.Successes);
    }

    [Theory]
    [InlineData("""{"success":true}""", "success")]
    [InlineData("""{"success":false,"rolledBack":false}""", "rolledBack")]
    [InlineData("""{"rolledBack":true,"completedAt":"2026-11-23T10:04:00Z"}""", "completedAt")]
    [InlineData("""{"rolledBack":true,"durationMs":8}""", "durationMs")]
    public async Task What_contradicts_a_rollback_is_refused(string again, string field)
    {
        var id = await SucceededAsync("denies");
        await _server.ReportAsync(id, """{"rolledBack":true,"completedAt":"2026-11-23T10:03:00Z"}""");

        var answer = await _server.ReportAsync(id, again);

        Assert.Equal(409, answer.Status);
        Assert.Contains(field, answer["detail"].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_cannot_be_rolled_back()
    {
        var id = (await _server.ProposeAsync(Some.Fix("failed"))).Id;
        await _server.ReportAsync(id, """{"success":false}""");

        var answer = await _server.ReportAsync(id, """{"rolledBack":true}""");

        Assert.Equal(409, answer.Status);
        Assert.Equal(FixState.Failed, (await _server.FixAsync(id)).Status);
    }

    [Fact]
    public async Task A_rollback_does_not_come_before_the_completion()
    {
        var id = await SucceededAsync("backwards");

        var answer = await _server.ReportAsync(id, """{"rolledBack":true,"completedAt":"2026-11-23T10:00:59Z"}""");

        Assert.Equal(400, answer.Status);
        Assert.Equal("completedAt", answer["errors"][0].GetProperty("field").GetString());
        Assert.True((await _server.FixAsync(id)).Success);
    }

    [Fact]
    public async Task A_report_after_the_fact_may_be_rolled_back_as_well()
    {
        var report = await _server.ProposeAsync(Some.Success("after"));
        await _server.ReportAsync(report.Id, """{"rolledBack":true}""");

        Assert.Equal(FixState.RolledBack, (await _server.FixAsync(report.Id)).Status);
        Assert.Equal(0, (await _server.AgentAsync("after")).Overall.Successes);
    }

    private async Task<Guid?> SucceededAsync(string agent)
    {
        var id = (await _server.ProposeAsync(Some.Fix(agent))).Id;
        var answer = await _server.ReportAsync(id, """{"success":true,"durationMs":7,"completedAt":"2026-11-23T10:01:00Z"}""");
        Assert.Equal(200, answer.Status);
        return id;
    }
}
