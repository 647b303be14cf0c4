using System.Globalization;
using Witan.Client;
using Witan.Collaborations;

namespace Witan.Server.Tests.Collaborations;

/// <summary>Many votes at once.</summary>
public sealed class ParallelVoteTests(OneServer one) : IClassFixture<OneServer>
{
    private readonly WitanServer _server = one.Server;

    [Fact]
    public async Task A_voter_who_votes_many_times_at_once_has_one_current_vote()
    {
        var begun = await _server.BeginAsync(Council.On("lead", "hasty", "x"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => _server.VoteAsync(begun.Id, "hasty", i % 2 == 0 ? "approve" : "reject", $"solution {i}")));

        Assert.Equal(1, answers.Count(a => a.Status == 201));
        Assert.Equal(31, answers.Count(a => a.Status == 200));
        Assert.Single(await _server.VotesAsync(begun.Id));
        var history = await _server.VotesAsync(begun.Id, history: true);
        Assert.Equal(Enumerable.Range(0, 32).Select(i => $"solution {i}").Order(), history.Select(v => v.Solution).Order());
        Assert.Equal(31, history.Count(v => v.SupersededAt is not null));
    }

    [Fact]
    public async Task A_hundred_voters_at_once_lose_none()
    {
        string[] voters = [.. Enumerable.Range(0, 100).Select(i => string.Create(CultureInfo.InvariantCulture, $"hundred-{i:D3}"))];
        await _server.TeachAsync(voters.SelectMany((voter, i) => Enumerable.Range(0, 6).Select(o => o < i % 7 ? Some.Success(voter) : Some.Failure(voter))));
        var begun = await _server.BeginAsync(Council.On("lead", voters) with { Quorum = 100 });

        var answers = await Task.WhenAll(voters.Select((voter, i) => _server.VoteAsync(begun.Id, voter, i % 4 == 0 ? "reject" : i % 9 == 0 ? "abstain" : "approve")));

        Assert.All(answers, a => Assert.True(a.Status == 201, a.Text));
        var votes = await _server.VotesAsync(begun.Id);
        Assert.Equal(voters, votes.Select(v => v.VoterId).Order(StringComparer.Ordinal));
        var expected = Consensus.Of(votes.Select(v => new WeighedVote(v.VoterId, (Ballot)v.Kind, v.Expertise, v.CountsForQuorum)), 100, 100);
        Assert.NotEqual(ConsensusDecision.Pending, expected.Decision);
        Assert.Equal(new ConsensusAnswer((ConsensusState)expected.Decision, expected.Share, 100, 100, expected.ApproveWeight, expected.RejectWeight), await _server.ConsensusAsync(begun.Id));
        Assert.Equal((ConsensusState)expected.Decision, (await _server.CollaborationAsync(begun.Id)).Decision);
    }

    [Fact]
    public async Task Of_votes_at_once_those_after_the_decision_are_refused_and_the_decision_is_that_of_the_votes_before()
    {
        string[] voters = [.. Enumerable.Range(0, 20).Select(i => $"racing-{i}")];
        await _server.KnowAsync(8, 2, voters);
        var begun = await _server.BeginAsync(Council.On("lead", voters));

        var answers = await Task.WhenAll(voters.Select(voter => _server.VoteAsync(begun.Id, voter, "approve")));

        Assert.Equal(3, answers.Count(a => a.Status == 201));
        Assert.All(answers.Where(a => a.Status != 201), a => Assert.Equal((409, "vote_decided"), (a.Status, a.Code)));
        Assert.Equal(3, (await _server.VotesAsync(begun.Id)).Count);
        Assert.Equal((ConsensusState.Approved, 3), ((await _server.ConsensusAsync(begun.Id)).Decision, (await _server.ConsensusAsync(begun.Id)).Voters));
    }

    [Fact]
    public async Task The_same_key_at_once_votes_once()
    {
        var begun = await _server.BeginAsync(Council.On("lead", "keyed", "x"));
        var vote = new { voterId = "keyed", solution = "s", vote = "approve" };

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => _server.PostAsync($"/collaborations/{begun.Id}/votes", vote, "vote-key")));

        Assert.All(answers, a => Assert.Equal((201, answers[0].Text), (a.Status, a.Text)));
        Assert.Single(await _server.VotesAsync(begun.Id, history: true));
    }
}
