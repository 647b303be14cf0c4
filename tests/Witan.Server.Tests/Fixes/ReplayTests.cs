using Microsoft.Extensions.Time.Testing;
using Witan.Client;

namespace Witan.Server.Tests.Fixes;

/// <summary>Proposals judged as of a moment long past.</summary>
public sealed class ReplayTests(OneServer one) : IClassFixture<OneServer>
{
    private static readonly DateTimeOffset Then = OneServer.Start.AddDays(-10);

    private readonly WitanServer _server = one.Server;

    [Theory]
    [InlineData(0, false)]
    [InlineData(-300_000, false)]
    [InlineData(-300_001, true)]
    [InlineData(300_000, false)]
    public async Task A_proposal_more_than_five_minutes_old_is_a_replay_and_says_so(int milliseconds, bool replay)
    {
        var answer = await _server.ProposeAsync(Some.Fix("dates") with { ProposedAt = OneServer.Start.AddMilliseconds(milliseconds) });

        Assert.Equal(replay, answer.Replay);
        Assert.Equal(replay, (await _server.FixAsync(answer.Id)).Replay);
        if (replay)
            Assert.Null(answer.CollaborationId);
    }

    [Fact]
    public async Task Only_outcomes_completed_at_or_before_it_enter()
    {
        await _server.TeachAsync(new[] { -2, -1, 0, 1, 2 }.Select(seconds => Some.Success("looks-back") with
        {
            ProposedAt = Then.AddDays(-1),
            Outcome = new() { Success = true, CompletedAt = Then.AddSeconds(seconds) },
        }));

        Assert.Equal(0, await KnownAsync("looks-back", Then.AddDays(-1)));
        Assert.Equal(2, await KnownAsync("looks-back", Then.AddSeconds(-1)));
        Assert.Equal(2, await KnownAsync("looks-back", Then.AddTicks(-10)));
        Assert.Equal(3, await KnownAsync("looks-back", Then));
        Assert.Equal(5, await KnownAsync("looks-back", Then.AddDays(1)));
    }

    [Fact]
    public async Task As_of_before_a_rollback_the_fix_was_still_a_success()
    {
        var fix = await _server.ProposeAsync(Some.Fix("reverts", "issue-r") with { ProposedAt = Then });
        await _server.ReportAsync(fix.Id, new { success = true, completedAt = Then.AddMinutes(1) });
        var question = Some.Fix("reverts", "issue-r") with { ProposedAt = Then.AddMinutes(2) };
        var before = await _server.AskAsync(question);

        await _server.ReportAsync(fix.Id, new { rolledBack = true, completedAt = Then.AddMinutes(10) });

        Assert.Equal(before.Confidence, (await _server.AskAsync(question)).Confidence);
        Assert.Equal(before.Evidence, (await _server.AskAsync(question)).Evidence);
        var after = await _server.AskAsync(question with { ProposedAt = Then.AddMinutes(10) });
        Assert.True(after.Confidence < before.Confidence);
        Assert.Equal((1, 1), (after.Evidence!.IssueAttempts, after.Evidence.SimilarFailures));
    }

    [Fact]
    public async Task Before_the_first_outcome_of_the_fleet_there_is_no_number_even_now()
    {
        await _server.TeachAsync("later", successes: 3);

        var answer = await _server.ProposeAsync(Some.Fix("later") with { ProposedAt = new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero) });

        Assert.Equal(("none", FixDecision.Review, true), (answer.Scorer, answer.Decision, answer.Replay));
        Assert.Null(answer.Confidence);
    }

    [Fact]
    public async Task A_replay_does_not_move_an_agents_last_sight_backwards()
    {
        await _server.ProposeAsync(Some.Fix("seen"));
        await _server.ProposeAsync(Some.Fix("seen") with { ProposedAt = Then });

        var agent = await _server.AgentAsync("seen");
        Assert.Equal((Then, OneServer.Start), (agent.FirstSeen, agent.LastSeen));
    }

    private async Task<int> KnownAsync(string agent, DateTimeOffset moment) =>
        (await _server.AskAsync(Some.Fix(agent) with { ProposedAt = moment })).Evidence!.AgentFixes;
}
