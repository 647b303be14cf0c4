using Witan.Server.Tests.Collaborations;

namespace Witan.Server.Tests.Platform.Telemetry;

/// <summary>What is counted of collaborations, votes and learnings.</summary>
[Collection(nameof(Metered))]
public sealed class CouncilMetricsTests(OneServer one) : IClassFixture<OneServer>
{
    private readonly WitanServer _server = one.Server;

    [Fact]
    public async Task Votes_are_counted_when_they_are_cast_or_changed()
    {
        var begun = await _server.BeginAsync(Council.On("leader", "a", "b", "c"));
        var (before, after) = await _server.AroundAsync(async () =>
        {
            await _server.CastAsync(begun.Id, "a", "approve");
            await _server.CastAsync(begun.Id, "a", "approve"); // the same again changes nothing
            await _server.CastAsync(begun.Id, "a", "reject");
            await _server.CastAsync(begun.Id, "b", "abstain");
            await _server.VoteAsync(begun.Id, "stranger", "approve");
        });

        Assert.Equal((1, 1, 1), (after.Since(before, "agent_votes_total", ("vote", "approve")), after.Since(before, "agent_votes_total", ("vote", "reject")), after.Since(before, "agent_votes_total", ("vote", "abstain"))));
        Assert.Equal(3, after.Since(before, "agent_votes_total"));
    }

    [Theory]
    [InlineData("complete", "success", "success", 1)]
    [InlineData("complete", "failure", "failure", 0)]
    [InlineData("cancelled", null, "cancelled", 0)]
    public async Task A_collaboration_is_counted_when_it_ends(string status, string? outcome, string counted, int successes)
    {
        var begun = await _server.BeginAsync(Council.On("leader", "a"));
        var (before, after) = await _server.AroundAsync(() => _server.EndAsync(begun.Id, status, outcome));

        Assert.Equal((1, 1), (after.Since(before, "agent_collaborations_ended_total"), after.Since(before, "agent_collaborations_ended_total", ("type", "fixing"), ("outcome", counted))));
        Assert.Equal(successes, after.Since(before, "agent_collaboration_success_total", ("type", "fixing")));
    }

    [Fact]
    public async Task A_collaboration_that_runs_out_of_time_is_counted_once()
    {
        await _server.SweepAsync(one.Clock.GetUtcNow().AddYears(1));
        await _server.BeginAsync(Council.On("leader", "a"));
        var (before, after) = await _server.AroundAsync(async () =>
        {
            await _server.SweepAsync(one.Clock.GetUtcNow().AddYears(1));
            await _server.SweepAsync(one.Clock.GetUtcNow().AddYears(1));
        });
        Assert.Equal((1, 1), (after.Since(before, "agent_collaborations_ended_total"), after.Since(before, "agent_collaborations_ended_total", ("outcome", "expired"))));
    }

    [Fact]
    public async Task Learnings_are_as_many_as_are_known()
    {
        var (before, after) = await _server.AroundAsync(async () =>
        {
            await _server.LearnAsync(Council.Lesson("one"));
            await _server.LearnAsync(Council.Lesson("two"));
            await _server.LearnAsync(Council.Lesson("one", by: "another"));
        });
        Assert.Equal(2, after.Value("agent_learning_patterns_total") - before.Value("agent_learning_patterns_total"));
    }
}

/// <summary>A collaboration on its way to its end.</summary>
internal static class Endings
{
    public static async Task EndAsync(this WitanServer server, Guid id, string status, string? outcome)
    {
        string[] steps = status == "complete" ? ["executing", "testing"] : [];
        foreach (var step in steps)
            Assert.Equal(200, (await server.ChangeAsync(id, new { status = step })).Status);
        var end = await server.PatchAsync($"/collaborations/{id}", outcome is null ? $$"""{"status":"{{status}}"}""" : $$"""{"status":"{{status}}","outcome":"{{outcome}}"}""");
        Assert.True(end.Status == 200, end.Text);
    }
}
