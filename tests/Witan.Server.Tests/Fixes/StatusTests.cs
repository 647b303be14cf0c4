using Witan.Client;

namespace Witan.Server.Tests.Fixes;

/// <summary>What was done with a decided fix.</summary>
public sealed class StatusTests(OneServer one) : IClassFixture<OneServer>
{
    private const string Applied = """{"status":"applied","by":"ci"}""";
    private const string Rejected = """{"status":"rejected","by":"ada","reason":"wrong layer"}""";
    private const string Succeeded = """{"success":true}""";
    private const string Failed = """{"success":false}""";
    private const string RolledBack = """{"rolledBack":true}""";

    private readonly WitanServer _server = one.Server;

    [Fact]
    public async Task A_fix_is_rejected_with_who_and_why()
    {
        var id = (await _server.ProposeAsync(Some.Fix("refused"))).Id;

        var fix = (await _server.SetStatusAsync(id, Rejected)).As<AutoFix>();

        Assert.Equal((FixState.Rejected, "ada", "wrong layer", OneServer.Start), (fix.Status, fix.StatusBy, fix.StatusReason, fix.StatusAt));
        Assert.Null(fix.Success);
        Assert.Equal(FixState.Rejected, (await _server.FixAsync(id)).Status);
    }

    [Fact]
    public async Task A_fix_that_was_applied_still_has_its_outcome_to_come()
    {
        var id = (await _server.ProposeAsync(Some.Fix("applies"))).Id;

        Assert.Equal(FixState.Applied, (await _server.SetStatusAsync(id, Applied)).As<AutoFix>().Status);
        var fix = (await _server.ReportAsync(id, Succeeded)).As<AutoFix>();

        Assert.Equal((FixState.Succeeded, "ci"), (fix.Status, fix.StatusBy));
    }

    [Theory]
    [InlineData(Applied)]
    [InlineData(Rejected)]
    public async Task The_same_status_again_changes_nothing(string status)
    {
        var id = (await _server.ProposeAsync(Some.Fix("again"))).Id;
        var first = await _server.SetStatusAsync(id, status);
        var second = await _server.SetStatusAsync(id, status);

        Assert.Equal((200, first.Text), (second.Status, second.Text));
    }

    [Theory]
    [InlineData(Rejected, Applied)]
    [InlineData(Applied, Rejected)]
    [InlineData(Succeeded, Applied)]
    [InlineData(Succeeded, Rejected)]
    [InlineData(Failed, Applied)]
    [InlineData(RolledBack, Rejected)]
    [InlineData(Rejected, """{"status":"rejected","by":"eve","reason":"wrong layer"}""")]
    public async Task A_settled_fix_does_not_change_its_status(string first, string then)
    {
        var id = (await _server.ProposeAsync(Some.Fix("settled"))).Id;
        var settled = first.Contains("status", StringComparison.Ordinal) ? await _server.SetStatusAsync(id, first) : await _server.ReportAsync(id, first);
        Assert.Equal(200, settled.Status);

        var answer = await _server.SetStatusAsync(id, then);

        Assert.Equal(409, answer.Status);
        Assert.Equal("illegal_transition", answer.Code);
        Assert.Equal(settled["status"].GetString(), (await _server.GetAsync($"/auto-fixes/{id}"))["status"].GetString());
    }

    [Theory]
    [InlineData(Succeeded)]
    [InlineData(Failed)]
    [InlineData(RolledBack)]
    public async Task A_rejected_fix_has_no_outcome(string outcome)
    {
        var id = (await _server.ProposeAsync(Some.Fix("void"))).Id;
        await _server.SetStatusAsync(id, Rejected);

        var answer = await _server.ReportAsync(id, outcome);

        Assert.Equal(409, answer.Status);
        Assert.Equal("fix_rejected", answer.Code);
        Assert.Equal(0, (await _server.AgentAsync("void")).Overall.N);
    }

    [Theory]
    [InlineData("""{"status":"succeeded","by":"ci"}""", "status")]
    [InlineData("""{"status":"decided","by":"ci"}""", "status")]
    [InlineData("""{"status":"merged","by":"ci"}""", "status")]
    [InlineData("""{"status":"applied"}""", "by")]
    public async Task Only_applied_and_rejected_may_be_said_and_by_whom(string status, string field)
    {
        var id = (await _server.ProposeAsync(Some.Fix("said"))).Id;

        var answer = await _server.SetStatusAsync(id, status);

        Assert.Equal(400, answer.Status);
        Assert.Equal(field, answer["errors"][0].GetProperty("field").GetString());
    }

    [Fact]
    public async Task An_unknown_fix_has_no_status() =>
        Assert.Equal(404, (await _server.SetStatusAsync(Guid.CreateVersion7(), Applied)).Status);
}
