using Witan.Client;

namespace Witan.Server.Tests.Fixes;

/// <summary>How a fix ended: reported once.</summary>
public sealed class OutcomeTests(OneServer one) : IClassFixture<OneServer>
{
    private const string Told = """{"success":true,"durationMs":41000,"errorMessage":"flaky once","completedAt":"2026-11-23T10:02:00Z"}""";

    private readonly WitanServer _server = one.Server;

    [Fact]
    public async Task An_outcome_completes_the_fix()
    {
        var id = (await _server.ProposeAsync(Some.Fix("ends"))).Id;

        var answer = await _server.ReportAsync(id, Told);

        Assert.Equal(200, answer.Status);
        var fix = answer.As<AutoFix>();
        Assert.Equal(id, fix.Id);
        Assert.Equal(FixState.Succeeded, fix.Status);
        Assert.True(fix.Success);
        Assert.Equal(41000, fix.DurationMs);
        Assert.Equal("flaky once", fix.ErrorMessage);
        Assert.Equal(OneServer.Start.AddMinutes(2), fix.CompletedAt);
        Assert.Null(fix.RolledBackAt);
        Assert.Equal(FixState.Succeeded, (await _server.FixAsync(id)).Status);
    }

    [Fact]
    public async Task A_failure_is_an_outcome_too_and_ends_now_when_no_time_is_given()
    {
        var id = (await _server.ProposeAsync(Some.Fix("fails"))).Id;

        var fix = (await _server.ReportAsync(id, """{"success":false,"errorMessage":"tests fail"}""")).As<AutoFix>();

        Assert.Equal((FixState.Failed, false, OneServer.Start), (fix.Status, fix.Success, fix.CompletedAt));
    }

    [Theory]
    [InlineData(Told)]
    [InlineData("""{"success":true}""")]
    [InlineData("""{"success":true,"durationMs":41000}""")]
    [InlineData("""{"success":true,"errorMessage":"flaky once","rolledBack":false}""")]
    [InlineData("""{"success":true,"durationMs":null,"completedAt":"2026-11-23T11:02:00+01:00"}""")]
    public async Task The_same_outcome_again_changes_nothing(string again)
    {
        var id = (await _server.ProposeAsync(Some.Fix("repeats"))).Id;
        var first = await _server.ReportAsync(id, Told);
        var before = await _server.AgentAsync("repeats");

        var second = await _server.ReportAsync(id, again);

        Assert.Equal(200, second.Status);
        Assert.Equal(first.Text, second.Text);
        Assert.Equal(before.Overall.N, (await _server.AgentAsync("repeats")).Overall.N);
    }

    [Theory]
    [InlineData("""{"success":false}""", "success")]
    [InlineData("""{"success":true,"durationMs":41001}""", "durationMs")]
    [InlineData("""{"success":true,"errorMessage":"another"}""", "errorMessage")]
    [InlineData("""{"success":true,"completedAt":"2026-11-23T10:02:00.000001Z"}""", "completedAt")]
    public async Task A_contradicting_outcome_is_refused_and_names_the_field(string again, string field)
    {
        var id = (await _server.ProposeAsync(Some.Fix("contradicts"))).Id;
        var first = await _server.ReportAsync(id, Told);

        var second = await _server.ReportAsync(id, again);

        Assert.Equal(409, second.Status);
        Assert.Equal("outcome_contradicts", second.Code);
        Assert.Contains(field, second["detail"].GetString(), StringComparison.Ordinal);
        Assert.Equal(first.Text, (await _server.ReportAsync(id, Told)).Text);
    }

    [Fact]
    public async Task A_field_that_was_not_told_at_first_cannot_be_added_later()
    {
        var id = (await _server.ProposeAsync(Some.Fix("adds"))).Id;
        await _server.ReportAsync(id, """{"success":true}""");

        Assert.Equal(409, (await _server.ReportAsync(id, """{"success":true,"durationMs":5}""")).Status);
    }

    [Fact]
    public async Task A_fix_cannot_end_before_it_is_proposed()
    {
        var id = (await _server.ProposeAsync(Some.Fix("early"))).Id;

        var answer = await _server.ReportAsync(id, """{"success":true,"completedAt":"2026-11-23T09:59:59.999999Z"}""");

        Assert.Equal(400, answer.Status);
        Assert.Equal("completedAt", answer["errors"][0].GetProperty("field").GetString());
        Assert.Equal(FixState.Decided, (await _server.FixAsync(id)).Status);
        Assert.Equal(200, (await _server.ReportAsync(id, """{"success":true,"completedAt":"2026-11-23T10:00:00Z"}""")).Status);
    }

    [Fact]
    public async Task A_fix_proposed_by_a_clock_ahead_ends_at_the_earliest_when_it_was_proposed()
    {
        var ahead = OneServer.Start.AddMinutes(3);
        var id = (await _server.ProposeAsync(Some.Fix("ahead") with { ProposedAt = ahead })).Id;

        Assert.Equal(ahead, (await _server.ReportAsync(id, """{"success":true}""")).As<AutoFix>().CompletedAt);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("9223372036854775807")]
    [InlineData("9223372036854775808")]
    [InlineData("1.5")]
    public async Task A_duration_is_a_number_of_milliseconds_within_reason(string durationMs)
    {
        var id = (await _server.ProposeAsync(Some.Fix("lasts"))).Id;

        var answer = await _server.ReportAsync(id, $$"""{"success":true,"durationMs":{{durationMs}}}""");

        Assert.Equal(400, answer.Status);
        Assert.Equal("durationMs", answer["errors"][0].GetProperty("field").GetString());
    }

    [Fact]
    public async Task An_unknown_fix_has_no_outcome()
    {
        var answer = await _server.ReportAsync(Guid.CreateVersion7(), """{"success":true}""");

        Assert.Equal(404, answer.Status);
        Assert.Equal("not_found", answer.Code);
    }
}
