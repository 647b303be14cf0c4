using Witan.Client;

namespace Witan.Server.Tests.Collaborations;

/// <summary>The lists of collaborations and of votes, newest first.</summary>
public sealed class CollaborationListTests(ListedCouncil listed) : IClassFixture<ListedCouncil>
{
    private readonly WitanServer _server = listed.Server;
    private readonly IReadOnlyList<Collaboration> _all = listed.Collaborations;
    private readonly IReadOnlyList<Vote> _votes = listed.Votes;
    private readonly IReadOnlyList<Vote> _history = listed.History;

    [Fact]
    public void Newest_come_first()
    {
        Assert.Equal(30, _all.Count);
        Assert.Equal(_all.OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id.ToString(), StringComparer.Ordinal).Select(c => c.Id), _all.Select(c => c.Id));
        Assert.Equal(_history.OrderByDescending(v => v.VotedAt).ThenByDescending(v => v.Id.ToString(), StringComparer.Ordinal).Select(v => v.Id), _history.Select(v => v.Id));
        Assert.True(_history.Count > _votes.Count);
        Assert.Equal(_history.Where(v => v.SupersededAt is null).Select(v => v.Id), _votes.Select(v => v.Id));
    }

    [Fact]
    public Task Every_filter_and_every_pair_finds_what_it_says() => _server.FindsAsync<Collaboration>("/collaborations", "collaborations", _all, c => c.Id.ToString(), item => item.GetProperty("id").GetString()!,
        ("type=fixing", c => c.Type == CollaborationType.Fixing),
        ("type=building", c => c.Type == CollaborationType.Building),
        ("leader=lead%201", c => c.Leader == "lead 1"),
        ("leader=lead", _ => false),
        ("status=planning", c => c.Status == CollaborationState.Planning),
        ("status=complete", c => c.Status == CollaborationState.Complete),
        ("status=cancelled", c => c.Status == CollaborationState.Cancelled),
        ("outcome=success", c => c.Outcome == CollaborationOutcome.Success),
        ("outcome=partial", c => c.Outcome == CollaborationOutcome.Partial),
        ("participant=p%2F2", c => c.Participants.Contains("p/2")),
        ("participant=lead%200", c => c.Participants.Contains("lead 0")),
        ("participant=p", _ => false));

    [Fact]
    public async Task So_do_those_of_votes()
    {
        var one = _all[3].Id;
        await _server.FindsAsync<Vote>("/votes", "votes", _votes, v => v.Id.ToString(), item => item.GetProperty("id").GetString()!,
            ($"collaborationId={one}", v => v.CollaborationId == one),
            ("voterId=p%2F1", v => v.VoterId == "p/1"),
            ("voterId=P%2F1", _ => false),
            ("vote=approve", v => v.Kind == VoteKind.Approve),
            ("vote=abstain", v => v.Kind == VoteKind.Abstain),
            ("history=false", _ => true));
        await _server.FindsAsync<Vote>("/votes", "votes", [.. _history.Where(v => v.VoterId == "p/1")], v => v.Id.ToString(), item => item.GetProperty("id").GetString()!,
            ("history=true&voterId=p%2F1", _ => true), ("history=true&voterId=p%2F1&vote=reject", v => v.Kind == VoteKind.Reject));
    }

    [Theory]
    [InlineData("/collaborations?type=dancing")]
    [InlineData("/collaborations?status=open")]
    [InlineData("/collaborations?outcome=null")]
    [InlineData("/collaborations?participant=")]
    [InlineData("/collaborations?vote=approve")]
    [InlineData("/votes?collaborationId=x")]
    [InlineData("/votes?vote=yes")]
    [InlineData("/votes?history=1")]
    public Task A_bad_filter_is_400(string path) => _server.RefusedAsync(400, "invalid_query", () => _server.GetAsync(path), path.Split('?', '=')[1]);

    [Fact]
    public async Task Limits_and_cursors_are_held_to()
    {
        await _server.HasLimitsAsync("/collaborations", "collaborations");
        await _server.HasLimitsAsync("/votes", "votes");
        var cursor = (await _server.GetAsync("/collaborations?limit=1"))["nextCursor"].GetString();
        Assert.Equal(400, (await _server.GetAsync($"/votes?cursor={cursor}")).Status);
        Assert.Equal(400, (await _server.GetAsync($"/collaborations?type=fixing&cursor={cursor}")).Status);
    }

    [Fact]
    public async Task An_empty_database_has_empty_lists()
    {
        await using var server = await WitanServer.StartAsync();

        Assert.Equal("""{"collaborations":[],"nextCursor":null}""", (await server.GetAsync("/collaborations")).Text);
        Assert.Equal("""{"votes":[],"nextCursor":null}""", (await server.GetAsync("/votes?history=true")).Text);
    }
}
