using Witan.Client;

namespace Witan.Server.Tests.Collaborations;

/// <summary>A vote that an escalation opened on a young fleet: who has earned a word since may join.</summary>
public sealed class JoinTests : IAsyncLifetime
{
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WitanServer.StartAsync(null, settings => settings with { Policy = Council.AlwaysEscalates });
        await _server.KnowAsync(1, 3, "proposer");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Agents_with_five_outcomes_join_by_voting_and_decide()
    {
        var vote = await _server.CollaborationAsync((await _server.ProposeAsync(Some.Fix("proposer", "i"))).CollaborationId);
        Assert.Equal(["proposer"], vote.Participants);
        await _server.RefusedAsync(403, "not_a_participant", () => _server.VoteAsync(vote.Id, "b", "approve"));

        await _server.KnowAsync(4, 1, "b", "c", "d");
        foreach (var voter in new[] { "b", "c", "d" })
            await _server.CastAsync(vote.Id, voter, "approve");

        Assert.Equal(ConsensusState.Approved, (await _server.ConsensusAsync(vote.Id)).Decision);
        Assert.Equal(["b", "c", "d", "proposer"], (await _server.CollaborationAsync(vote.Id)).Participants.Order());
    }

    [Fact]
    public async Task Nobody_joins_without_a_record_nor_the_proposer_nor_a_vote_among_invited_agents()
    {
        await _server.KnowAsync(9, 1, "expert", "proposer");
        var vote = await _server.ProposeAsync(Some.Fix("proposer", "i-2"));
        await _server.RefusedAsync(403, "not_a_participant", () => _server.VoteAsync(vote.CollaborationId, "unheard-of", "approve"));
        await _server.RefusedAsync(403, "own_proposal", () => _server.VoteAsync(vote.CollaborationId, "proposer", "approve"));

        var invited = await _server.BeginAsync(Council.On("leader", "friend"));
        await _server.RefusedAsync(403, "not_a_participant", () => _server.VoteAsync(invited.Id, "expert", "approve"));
    }
}
