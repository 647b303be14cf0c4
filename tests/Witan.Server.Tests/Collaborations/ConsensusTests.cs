using Witan.Client;
using Witan.Collaborations;

namespace Witan.Server.Tests.Collaborations;

/// <summary>What a vote comes to.</summary>
public sealed class ConsensusTests(OneServer one) : IClassFixture<OneServer>, IAsyncLifetime
{
    private readonly WitanServer _server = one.Server;

    public async ValueTask InitializeAsync()
    {
        if ((await _server.GetAsync("/agents/strong-1")).Status == 404)
        {
            await _server.KnowAsync(38, 2, "strong-1", "strong-2", "strong-3", "strong-4");
            await _server.KnowAsync(5, 15, "weak-1", "weak-2");
            await _server.KnowAsync(4, 0, "novice-1", "novice-2", "novice-3");
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("strong-1+ strong-2+ strong-3+", ConsensusState.Approved)]
    [InlineData("strong-1- strong-2- strong-3-", ConsensusState.Rejected)]
    [InlineData("strong-1+ strong-2+ weak-1-", ConsensusState.Approved)]
    [InlineData("strong-1- strong-2- weak-1+", ConsensusState.Rejected)]
    [InlineData("strong-1+ strong-2+", ConsensusState.Pending)]
    [InlineData("strong-1+ strong-2+ novice-1+ novice-2+ novice-3+", ConsensusState.Pending)]
    [InlineData("novice-1+ novice-2+ novice-3+", ConsensusState.Pending)]
    [InlineData("strong-1+ strong-2+ strong-3?", ConsensusState.Approved)]
    [InlineData("strong-1+ strong-2? strong-3?", ConsensusState.Pending)]
    [InlineData("strong-1? strong-2? strong-3?", ConsensusState.Pending)]
    [InlineData("strong-1? strong-2? strong-3? strong-4? weak-1? weak-2? novice-1? novice-2? novice-3?", ConsensusState.Pending)]
    [InlineData("strong-1+ strong-2- strong-3? strong-4? weak-1? weak-2?", ConsensusState.Pending)]
    [InlineData("strong-1+ strong-2- strong-3? strong-4? weak-1? weak-2? novice-1? novice-2? novice-3?", ConsensusState.Split)]
    public async Task Weight_decides_once_the_quorum_is_there(string ballots, ConsensusState expected)
    {
        var begun = await _server.BeginAsync(Council.On("lead", "strong-1", "strong-2", "strong-3", "strong-4", "weak-1", "weak-2", "novice-1", "novice-2", "novice-3"));
        foreach (var ballot in ballots.Split(' '))
            await _server.CastAsync(begun.Id, ballot[..^1], ballot[^1] switch { '+' => "approve", '-' => "reject", _ => "abstain" });

        var consensus = await _server.ConsensusAsync(begun.Id);
        Assert.Equal((expected, 3), (consensus.Decision, consensus.Quorum));
        Assert.Equal(await RecomputedAsync(begun), consensus);
        var stored = await _server.CollaborationAsync(begun.Id);
        Assert.Equal(expected == ConsensusState.Pending ? null : expected, stored.Decision);
        Assert.Equal(expected == ConsensusState.Pending, stored.DecidedAt is null);
        Assert.Equal(CollaborationState.Planning, stored.Status);
    }

    [Fact]
    public async Task Before_the_first_vote_it_is_pending_without_a_share()
    {
        var begun = await _server.BeginAsync(Council.On("lead", "strong-1"));

        Assert.Equal(new ConsensusAnswer(ConsensusState.Pending, null, 3, 0, 0, 0), await _server.ConsensusAsync(begun.Id));
        Assert.Contains("\"share\":null", (await _server.GetAsync($"/collaborations/{begun.Id}/consensus")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_vote_never_decides()
    {
        var begun = await _server.BeginAsync(Council.On("lead", "strong-1") with { Quorum = 2 });
        await _server.CastAsync(begun.Id, "strong-1", "approve");
        Assert.Equal(ConsensusState.Pending, (await _server.ConsensusAsync(begun.Id)).Decision);

        var other = await _server.BeginAsync(Council.On("lead", "strong-1", "strong-2") with { Quorum = 2 });
        await _server.CastAsync(other.Id, "strong-2", "abstain");
        await _server.CastAsync(other.Id, "strong-1", "reject");
        Assert.Equal(ConsensusState.Pending, (await _server.ConsensusAsync(other.Id)).Decision);
    }

    [Fact]
    public async Task A_smaller_quorum_is_enough_where_it_was_asked_for()
    {
        var begun = await _server.BeginAsync(Council.On("lead", "strong-1", "strong-2", "strong-3") with { Quorum = 2 });
        await _server.CastAsync(begun.Id, "strong-1", "approve");
        await _server.CastAsync(begun.Id, "strong-2", "approve");

        Assert.Equal(ConsensusState.Approved, (await _server.ConsensusAsync(begun.Id)).Decision);
    }

    [Fact]
    public async Task A_changed_vote_counts_as_it_is_now()
    {
        var begun = await _server.BeginAsync(Council.On("lead", "strong-1", "strong-2", "strong-3"));
        await _server.CastAsync(begun.Id, "strong-1", "reject");
        await _server.CastAsync(begun.Id, "strong-1", "approve");
        await _server.CastAsync(begun.Id, "strong-2", "approve");
        Assert.Equal((2, 0.0), ((await _server.ConsensusAsync(begun.Id)).Voters, (await _server.ConsensusAsync(begun.Id)).RejectWeight));
        await _server.CastAsync(begun.Id, "strong-3", "approve");

        Assert.Equal((ConsensusState.Approved, 1.0), ((await _server.ConsensusAsync(begun.Id)).Decision, (await _server.ConsensusAsync(begun.Id)).Share));
    }

    [Fact]
    public async Task A_decision_does_not_change_after()
    {
        var begun = await DecidedAsync("approve");
        var (before, collaboration) = (await _server.ConsensusAsync(begun.Id), await _server.GetAsync($"/collaborations/{begun.Id}"));

        await _server.RefusedAsync(409, "vote_decided", () => _server.VoteAsync(begun.Id, "strong-4", "reject"));
        await _server.RefusedAsync(409, "vote_decided", () => _server.VoteAsync(begun.Id, "strong-1", "reject"));
        await _server.KnowAsync(0, 3, "strong-4");
        Assert.Equal(before, await _server.ConsensusAsync(begun.Id));
        Assert.Equal(collaboration.Text, (await _server.GetAsync($"/collaborations/{begun.Id}")).Text);
        await _server.ChangeAsync(begun.Id, new { status = "executing", progress = 10 });
        await _server.ChangeAsync(begun.Id, new { status = "cancelled" });
        Assert.Equal(before, await _server.ConsensusAsync(begun.Id));
        Assert.Equal(ConsensusState.Approved, (await _server.CollaborationAsync(begun.Id)).Decision);
    }

    [Theory]
    [InlineData("approve", FixState.Approved)]
    [InlineData("reject", FixState.Rejected)]
    public async Task The_status_of_the_fix_follows_and_its_receipt_does_not_change(string vote, FixState status)
    {
        var fix = await _server.ProposeAsync(Some.Fix("votes-proposer", "voted-on"));
        var receipt = (await _server.GetAsync($"/auto-fixes/{fix.Id}"))["receipt"].GetRawText();
        var begun = await DecidedAsync(vote, fix.Id);

        var followed = await _server.FixAsync(fix.Id);
        Assert.Equal((status, "vote"), (followed.Status, followed.StatusBy));
        Assert.Contains(begun.Id.ToString(), followed.StatusReason, StringComparison.Ordinal);
        Assert.Equal(OneServer.Start, followed.StatusAt);
        Assert.Equal(fix.Decision, followed.Decision);
        Assert.Equal(receipt, (await _server.GetAsync($"/auto-fixes/{fix.Id}"))["receipt"].GetRawText());
        Assert.Equal(status == FixState.Approved ? 200 : 409, (await _server.SetStatusAsync(fix.Id, new { status = "applied", by = "agent" })).Status); // applied by an agent still
    }

    [Fact]
    public async Task What_was_said_about_the_fix_before_stands()
    {
        var fix = await _server.ProposeAsync(Some.Fix("votes-proposer", "voted-on"));
        await _server.SetStatusAsync(fix.Id, new { status = "applied", by = "hasty" });
        await DecidedAsync("reject", fix.Id);

        Assert.Equal((FixState.Applied, "hasty"), ((await _server.FixAsync(fix.Id)).Status, (await _server.FixAsync(fix.Id)).StatusBy));
    }

    [Fact]
    public async Task A_decided_vote_that_expires_leaves_the_fix_as_decided()
    {
        var fix = await _server.ProposeAsync(Some.Fix("votes-proposer", "voted-on"));
        await DecidedAsync("approve", fix.Id);
        await _server.SweepAsync(OneServer.Start.AddHours(25));

        Assert.Equal(FixState.Approved, (await _server.FixAsync(fix.Id)).Status);
    }

    private async Task<Collaboration> DecidedAsync(string vote, Guid? fixId = null)
    {
        var begun = await _server.BeginAsync(Council.On("lead", "strong-1", "strong-2", "strong-3", "strong-4") with { FixId = fixId });
        foreach (var voter in new[] { "strong-1", "strong-2", "strong-3" })
            await _server.CastAsync(begun.Id, voter, vote);
        Assert.NotNull((await _server.CollaborationAsync(begun.Id)).Decision);
        return begun;
    }

    private async Task<ConsensusAnswer> RecomputedAsync(Collaboration collaboration)
    {
        var votes = (await _server.VotesAsync(collaboration.Id)).Select(v => new WeighedVote(v.VoterId, (Ballot)v.Kind, v.Expertise, v.CountsForQuorum));
        var c = Consensus.Of(votes, collaboration.Quorum, collaboration.Participants.Count - 1);
        return new((ConsensusState)c.Decision, c.Share, c.Quorum, c.Voters, c.ApproveWeight, c.RejectWeight);
    }
}
