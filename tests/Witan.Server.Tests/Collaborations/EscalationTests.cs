using Microsoft.Extensions.Time.Testing;
using Witan.Client;

namespace Witan.Server.Tests.Collaborations;

/// <summary>A fix that is not trusted is put to a vote: one per issue, two open at the most.</summary>
public sealed class EscalationTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WitanServer.StartAsync(_clock, settings => settings with { Policy = Council.AlwaysEscalates with { MaxOpenVotes = 2 } });
        await _server.KnowAsync(9, 1, "b", "c", "d");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task It_opens_a_collaboration_led_by_the_proposer()
    {
        var answer = await _server.ProposeAsync(Some.Fix("proposer", "i-1"));

        Assert.Equal(FixDecision.Escalate, answer.Decision);
        var vote = await _server.CollaborationAsync(answer.CollaborationId);
        Assert.Equal(("proposer", "i-1", answer.Id, CollaborationState.Planning), (vote.Leader, vote.Issue, vote.FixId, vote.Status));
        Assert.Equal((3, OneServer.Start.AddHours(24)), (vote.Quorum, vote.Deadline));
        Assert.Equal(["b", "c", "d", "proposer"], vote.Participants.Order());
        Assert.Equal(answer.CollaborationId, (await _server.FixAsync(answer.Id)).Receipt!.Answer.CollaborationId);
        Assert.Equal("proposer", (await _server.AgentAsync("proposer")).Id);
    }

    [Fact]
    public async Task The_issues_open_vote_is_reused()
    {
        var first = await _server.ProposeAsync(Some.Fix("proposer", "i-1"));
        var asked = await _server.AskAsync(Some.Fix("other", "i-1"));
        var second = await _server.ProposeAsync(Some.Fix("other", "i-1"));

        Assert.Equal(first.CollaborationId, asked.CollaborationId);
        Assert.Equal(first.CollaborationId, second.CollaborationId);
        Assert.Single(await _server.WalkAsync("/collaborations", "collaborations"));
        Assert.Equal(first.Id, (await _server.CollaborationAsync(first.CollaborationId)).FixId);
    }

    [Fact]
    public async Task Escalations_of_an_issue_at_once_open_one()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => _server.ProposeAsync(Some.Fix($"rushing-{i}", "i-1"))));

        Assert.NotNull(Assert.Single(answers.Select(a => a.CollaborationId).Distinct()));
        Assert.Single(await _server.WalkAsync("/collaborations", "collaborations"));
    }

    [Theory]
    [InlineData("decided")]
    [InlineData("cancelled")]
    [InlineData("complete")]
    [InlineData("swept")]
    [InlineData("late")]
    public async Task After_its_end_a_new_one_is_opened(string end)
    {
        var first = await _server.ProposeAsync(Some.Fix("proposer", "i-1"));
        await EndAsync(first.CollaborationId!.Value, end);
        var second = await _server.ProposeAsync(Some.Fix("proposer", "i-1"));

        Assert.NotNull(second.CollaborationId);
        Assert.NotEqual(first.CollaborationId, second.CollaborationId);
        Assert.Equal(second.Id, (await _server.CollaborationAsync(second.CollaborationId)).FixId);
    }

    [Theory]
    [InlineData("cancelled")]
    [InlineData("complete")]
    [InlineData("swept")]
    [InlineData("decided")]
    public async Task Beyond_the_most_open_votes_it_is_reviewed_until_one_ends(string end)
    {
        var first = await _server.ProposeAsync(Some.Fix("proposer", "i-1"));
        await _server.ProposeAsync(Some.Fix("proposer", "i-2"));

        var asked = await _server.AskAsync(Some.Fix("proposer", "i-3"));
        var third = await _server.ProposeAsync(Some.Fix("proposer", "i-3"));
        foreach (var answer in new[] { asked, third })
        {
            Assert.Equal((FixDecision.Review, "open_votes"), (answer.Decision!.Value, answer.Rule));
            Assert.Null(answer.CollaborationId);
        }
        Assert.Equal(FixDecision.Review, (await _server.FixAsync(third.Id)).Decision);
        Assert.Equal(first.CollaborationId, (await _server.ProposeAsync(Some.Fix("other", "i-1"))).CollaborationId); // joins an open one

        await EndAsync(first.CollaborationId!.Value, end);
        Assert.Equal(FixDecision.Escalate, (await _server.ProposeAsync(Some.Fix("proposer", "i-3"))).Decision);
    }

    [Fact]
    public async Task A_fix_without_an_issue_is_voted_on_by_itself()
    {
        var first = await _server.ProposeAsync(Some.Fix("proposer"));
        var second = await _server.ProposeAsync(Some.Fix("proposer"));

        Assert.NotEqual(first.CollaborationId, second.CollaborationId);
        Assert.Null((await _server.CollaborationAsync(second.CollaborationId)).Issue);
    }

    [Fact]
    public async Task A_replay_opens_none()
    {
        await _server.TeachAsync([Some.Success("old") with { ProposedAt = OneServer.Start.AddDays(-9) }]);
        var answer = await _server.ProposeAsync(Some.Fix("proposer", "i-1") with { ProposedAt = OneServer.Start.AddDays(-1) });

        Assert.Equal((FixDecision.Escalate, true), (answer.Decision!.Value, answer.Replay));
        Assert.Null(answer.CollaborationId);
        Assert.Empty(await _server.WalkAsync("/collaborations", "collaborations"));
    }

    [Fact]
    public async Task A_question_stores_nothing()
    {
        var before = await _server.AllRowsAsync();
        var answer = await _server.AskAsync(Some.Fix("curious", "i-1"));

        Assert.Equal(FixDecision.Escalate, answer.Decision);
        Assert.Null(answer.CollaborationId);
        Assert.Equal(before, await _server.AllRowsAsync());
    }

    [Fact]
    public async Task The_same_external_id_again_opens_nothing_new()
    {
        var proposal = Some.Fix("proposer") with { ExternalId = "pr-1" };
        var first = await _server.ProposeAsync(proposal);
        var again = await _server.PostAsync("/auto-fixes", proposal);

        Assert.Equal((200, first.CollaborationId), (again.Status, again.As<FixAnswer>().CollaborationId));
        Assert.Single(await _server.WalkAsync("/collaborations", "collaborations"));
    }

    [Fact]
    public async Task A_report_after_the_fact_opens_none()
    {
        await _server.ProposeAsync(Some.Failure("proposer", "i-1"));

        Assert.Empty(await _server.WalkAsync("/collaborations", "collaborations"));
    }

    [Fact]
    public async Task Lines_of_a_batch_are_put_to_votes_too()
    {
        await _server.TeachAsync([Some.Fix("proposer", "i-1"), Some.Fix("other", "i-1"), Some.Fix("proposer", "i-2"), Some.Fix("proposer", "i-3")]);

        Assert.Equal(["i-1", "i-2"], (await _server.WalkAsync("/collaborations", "collaborations")).Select(c => c.GetProperty("issue").GetString()).Order());
        Assert.Equal(FixDecision.Review, (await _server.GetAsync("/auto-fixes?issue=i-3")).As<AutoFixPage>().AutoFixes.Single().Decision);
    }

    private async Task EndAsync(Guid id, string end)
    {
        switch (end)
        {
            case "decided":
                foreach (var voter in new[] { "b", "c", "d" })
                    await _server.CastAsync(id, voter, "approve");
                Assert.Equal(ConsensusState.Approved, (await _server.CollaborationAsync(id)).Decision);
                break;
            case "complete":
                foreach (var step in new[] { "executing", "testing", "complete" })
                    await _server.ChangeAsync(id, new { status = step });
                break;
            case "swept" or "late":
                _clock.SetUtcNow((await _server.CollaborationAsync(id)).Deadline);
                if (end == "swept")
                    await _server.SweepAsync(_clock.GetUtcNow());
                break;
            default:
                Assert.Equal(200, (await _server.ChangeAsync(id, new { status = end })).Status);
                break;
        }
    }
}
