using Witan.Client;

namespace Witan.Server.Tests.Fixes;

/// <summary>Fixes reported after the fact: they teach, and get no decision.</summary>
public sealed class ReportTests(OneServer one) : IClassFixture<OneServer>
{
    private readonly WitanServer _server = one.Server;

    [Fact]
    public async Task A_report_after_the_fact_gets_no_decision_and_no_receipt()
    {
        var answer = await _server.PostAsync("/auto-fixes", """{"agentId":"reports","fixStrategy":"code_patch","outcome":{"success":true,"durationMs":41000}}""");

        Assert.Equal(201, answer.Status);
        Assert.Equal($"{Conversation.Prefix}/auto-fixes/{answer.Id}", answer.Location);
        var given = answer.As<FixAnswer>();
        Assert.Equal((null, null, null), (given.Decision, given.Confidence, given.Scorer));
        var fix = await _server.FixAsync(answer.Id);
        Assert.Equal((FixState.Succeeded, true, 41000L), (fix.Status, fix.Success, fix.DurationMs));
        Assert.Null(fix.Receipt);
        Assert.Null(fix.Decision);
    }

    [Fact]
    public async Task It_ended_after_its_duration_when_no_time_is_given()
    {
        var proposed = OneServer.Start.AddHours(-3);
        var timed = await _server.ProposeAsync(Some.Success("lasts") with { ProposedAt = proposed, Outcome = new() { Success = true, DurationMs = 90_000 } });
        var untimed = await _server.ProposeAsync(Some.Success("lasts") with { ProposedAt = proposed });
        var dated = await _server.ProposeAsync(Some.Success("lasts") with
        {
            ProposedAt = proposed,
            Outcome = new() { Success = true, DurationMs = 90_000, CompletedAt = proposed.AddHours(1) },
        });

        Assert.Equal(proposed.AddSeconds(90), (await _server.FixAsync(timed.Id)).CompletedAt);
        Assert.Equal(proposed, (await _server.FixAsync(untimed.Id)).CompletedAt);
        Assert.Equal(proposed.AddHours(1), (await _server.FixAsync(dated.Id)).CompletedAt);
    }

    [Theory]
    [InlineData("""{"success":true,"completedAt":"2026-11-23T09:59:59Z"}""", "outcome.completedAt")]
    [InlineData("""{"success":true,"durationMs":300001}""", "outcome.durationMs")]
    [InlineData("""{"success":true,"durationMs":1000000000000}""", "outcome.durationMs")]
    [InlineData("""{"success":true,"durationMs":9223372036854775807}""", "outcome.durationMs")]
    [InlineData("""{"success":true,"durationMs":-1}""", "outcome.durationMs")]
    [InlineData("""{"durationMs":1}""", "outcome.success")]
    public async Task It_cannot_end_before_its_proposal_nor_in_the_future(string outcome, string field)
    {
        var answer = await _server.PostAsync("/auto-fixes",
            $$"""{"agentId":"impossible","fixStrategy":"code_patch","proposedAt":"2026-11-23T10:00:00Z","outcome":{{outcome}}}""");

        Assert.Equal(400, answer.Status);
        Assert.Equal(field, answer["errors"][0].GetProperty("field").GetString());
    }

    [Fact]
    public async Task It_teaches_at_once()
    {
        await _server.TeachAsync("taught", successes: 12, failures: 3);

        var answer = await _server.ProposeAsync(Some.Fix("taught"));

        Assert.Equal(15, answer.Evidence!.AgentFixes);
        Assert.Equal((15, 12), ((await _server.AgentAsync("taught")).Overall.N, (await _server.AgentAsync("taught")).Overall.Successes));
    }

    [Fact]
    public async Task A_success_reported_as_rolled_back_is_a_failure_from_the_start()
    {
        var answer = await _server.ProposeAsync(Some.Fix("undone") with { Outcome = new() { Success = true, RolledBack = true } });

        var fix = await _server.FixAsync(answer.Id);
        Assert.Equal((FixState.RolledBack, false), (fix.Status, fix.Success));
        Assert.NotNull(fix.RolledBackAt);
        Assert.Equal((1, 0), ((await _server.AgentAsync("undone")).Overall.N, (await _server.AgentAsync("undone")).Overall.Successes));
    }

    [Fact]
    public async Task A_question_has_no_outcome() =>
        Assert.Equal(400, (await _server.PostAsync("/confidence", Some.Success("asks"))).Status);
}
