using Microsoft.Extensions.Time.Testing;

namespace Witan.Server.Tests.Models;

/// <summary>Two servers on one database: what one learns the other knows.</summary>
public sealed class SecondProcessTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _first = null!;
    private WitanServer _second = null!;

    public async ValueTask InitializeAsync()
    {
        _first = await WitanServer.StartAsync(_clock);
        _second = await WitanServer.StartAsync(_clock, settings => settings with { Database = _first.Database });
    }

    public async ValueTask DisposeAsync()
    {
        await _second.DisposeAsync();
        await _first.DisposeAsync();
    }

    [Fact]
    public async Task Outcomes_that_another_process_took_enter_the_next_proposal()
    {
        var fix = await _first.ProposeAsync(Some.Fix("shared", "issue"));
        await _second.TeachAsync("shared", successes: 20, failures: 5);
        Assert.Equal(25, (await _first.ProposeAsync(Some.Fix("shared"))).Evidence!.AgentFixes);

        await _second.ReportAsync(fix.Id, """{"success":true}""");
        Assert.Equal(1, (await _first.ProposeAsync(Some.Fix("shared", "issue"))).Evidence!.IssueAttempts);
        await _first.ReportAsync(fix.Id, """{"rolledBack":true}""");
        Assert.Equal(1, (await _second.ProposeAsync(Some.Fix("shared", "issue"))).Evidence!.SimilarFailures);
        Assert.Equal(26, (await _first.AgentAsync("shared")).Overall.N);
    }

    [Fact]
    public async Task A_question_notices_them_within_a_heartbeat()
    {
        await _second.TeachAsync("asked", successes: 7);

        var known = 0;
        for (var beats = 0; known == 0 && beats < 10_000; beats++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            known = (await _first.AskAsync(Some.Fix("asked"))).Evidence!.AgentFixes;
        }
        Assert.Equal(7, known);
    }

    [Fact]
    public async Task A_model_that_another_process_trained_answers_and_goes_when_it_goes()
    {
        await _second.TeachAsync(SimulatedFleet.Reports(420));
        Assert.Equal("track-record", (await _first.ProposeAsync(SimulatedFleet.Hard)).Scorer);

        var version = await _second.TrainAsync();
        await _second.PostAsync($"/models/{version}/promote", null);
        Assert.Equal(version, (await _first.ProposeAsync(SimulatedFleet.Hard)).Scorer);

        await _second.PostAsync("/models/track-record/promote", null);
        Assert.Equal("track-record", (await _first.ProposeAsync(SimulatedFleet.Hard)).Scorer);
    }

    [Fact]
    public async Task Both_may_write_at_once_and_nothing_is_lost_or_doubled()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i =>
            (i % 2 == 0 ? _first : _second).PostAsync("/auto-fixes", Some.Success("both") with { ExternalId = $"{i / 4}" })));

        Assert.All(answers, a => Assert.True(a.Status is 200 or 201, a.Text));
        Assert.Equal(10, answers.Count(a => a.Status == 201));
        Assert.Equal(10, answers.Select(a => a.Id).Distinct().Count());
        foreach (var server in new[] { _first, _second })
            Assert.Equal(10, (await server.ProposeAsync(Some.Fix("both"))).Evidence!.AgentFixes);
    }
}
