using Witan.Agents;
using Witan.Client;

namespace Witan.Server.Tests.Collaborations;

/// <summary>Who may vote, and what the vote weighs.</summary>
public sealed class VoteTests(OneServer one) : IClassFixture<OneServer>
{
    private readonly WitanServer _server = one.Server;

    [Fact]
    public async Task A_vote_is_stored_as_cast_with_its_weight()
    {
        await _server.KnowAsync(9, 1, "voter-a");
        var begun = await _server.BeginAsync(Council.On("lead", "voter-a"));
        var answer = await _server.VoteAsync(begun.Id, "voter-a", "approve", "use a lock", "it raced");

        Assert.Equal(201, answer.Status);
        var vote = answer.As<Vote>();
        Assert.Equal((begun.Id, "voter-a", "use a lock", VoteKind.Approve, "it raced", OneServer.Start), (vote.CollaborationId, vote.VoterId, vote.Solution, vote.Kind, vote.Reasoning, vote.VotedAt));
        Assert.Equal(answer.Text, (await _server.GetAsync($"/votes?collaborationId={begun.Id}"))["votes"][0].GetRawText());
        Assert.Contains("supersededAt", answer.Keys);
    }

    [Theory]
    [InlineData("nobody", 0, 0)]
    [InlineData("new", 4, 0)]
    [InlineData("able", 45, 5)]
    [InlineData("poor", 1, 19)]
    [InlineData("perfect", 60, 0)]
    public async Task Its_weight_is_the_lower_bound_of_what_the_voter_has_earned(string name, int successes, int failures)
    {
        var voter = $"earned-{name}";
        await _server.KnowAsync(successes, failures, voter);
        var begun = await _server.BeginAsync(Council.On("lead", voter));

        var vote = await _server.CastAsync(begun.Id, voter, "approve");

        Assert.Equal(new BetaPosterior(successes, successes + failures).Quantile(0.10), vote.Expertise, 12);
        Assert.InRange(vote.Expertise, 0, 1);
        Assert.Equal(successes + failures >= 5, vote.CountsForQuorum);
    }

    [Fact]
    public async Task It_is_that_of_the_domain_of_the_fix_where_the_voter_has_one_there()
    {
        await _server.KnowInAsync("d-backend", "specialist", 18, 2);
        await _server.KnowInAsync("d-frontend", "specialist", 1, 9);
        var (there, elsewhere, none) = (await OnFixAsync("d-backend"), await OnFixAsync("d-unknown"), await OnFixAsync(null));

        Assert.Equal(new BetaPosterior(18, 20).Quantile(0.10), (await _server.CastAsync(there, "specialist", "approve")).Expertise, 12);
        Assert.Equal(new BetaPosterior(19, 30).Quantile(0.10), (await _server.CastAsync(elsewhere, "specialist", "approve")).Expertise, 12);
        Assert.Equal(new BetaPosterior(19, 30).Quantile(0.10), (await _server.CastAsync(none, "specialist", "approve")).Expertise, 12);
    }

    [Fact]
    public async Task It_stays_what_it_was_when_the_record_grows()
    {
        await _server.KnowAsync(5, 0, "grows");
        var begun = await _server.BeginAsync(Council.On("lead", "grows", "x"));
        var vote = await _server.CastAsync(begun.Id, "grows", "approve");
        await _server.KnowAsync(0, 40, "grows");

        Assert.Equal(vote.Expertise, Assert.Single(await _server.VotesAsync(begun.Id)).Expertise);
        Assert.Equal(new BetaPosterior(5, 45).Quantile(0.10), (await _server.CastAsync(begun.Id, "grows", "reject")).Expertise, 12);
    }

    [Fact]
    public async Task A_rolled_back_success_weighs_no_more()
    {
        await _server.KnowAsync(5, 0, "reverted");
        var fix = await _server.ProposeAsync(Some.Success("reverted"));
        await _server.ReportAsync(fix.Id, new { rolledBack = true });
        var begun = await _server.BeginAsync(Council.On("lead", "reverted"));

        Assert.Equal(new BetaPosterior(5, 6).Quantile(0.10), (await _server.CastAsync(begun.Id, "reverted", "approve")).Expertise, 12);
    }

    [Fact]
    public async Task Nobody_votes_on_their_own_proposal()
    {
        var fix = await _server.ProposeAsync(Some.Fix("own-proposer"));
        var begun = await _server.BeginAsync(Council.On("own-lead", "own-proposer", "x") with { FixId = fix.Id });
        await _server.RefusedAsync(403, "own_proposal", () => _server.VoteAsync(begun.Id, "own-proposer", "approve"));
        Assert.Equal(201, (await _server.VoteAsync(begun.Id, "own-lead", "approve")).Status); // leads, but another proposed

        var without = await _server.BeginAsync(Council.On("own-lead", "x"));
        await _server.RefusedAsync(403, "own_proposal", () => _server.VoteAsync(without.Id, "own-lead", "abstain"));
    }

    [Fact]
    public async Task Only_participants_vote()
    {
        await _server.KnowAsync(50, 0, "expert-outside");
        var begun = await _server.BeginAsync(Council.On("lead", "inside"));

        await _server.RefusedAsync(403, "not_a_participant", () => _server.VoteAsync(begun.Id, "expert-outside", "approve"));
        await _server.RefusedAsync(403, "not_a_participant", () => _server.VoteAsync(begun.Id, "INSIDE", "approve"));
        await _server.RefusedAsync(403, "not_a_participant", () => _server.VoteAsync(begun.Id, "never-seen", "approve"));
    }

    [Theory]
    [InlineData("cancelled")]
    [InlineData("expired")]
    [InlineData("complete")]
    public async Task What_is_closed_takes_no_vote(string state)
    {
        var begun = await _server.BeginAsync(Council.On("lead", "v"));
        foreach (var step in state == "complete" ? ["executing", "testing", "complete"] : new[] { state })
            await _server.ChangeAsync(begun.Id, new { status = step });

        await _server.RefusedAsync(409, "collaboration_closed", () => _server.VoteAsync(begun.Id, "v", "approve"));
    }

    [Fact]
    public async Task A_changed_vote_replaces_the_one_before_and_history_is_kept()
    {
        var begun = await _server.BeginAsync(Council.On("lead", "changes", "x"));
        Assert.Equal(201, (await _server.VoteAsync(begun.Id, "changes", "approve")).Status);
        Assert.Equal(200, (await _server.VoteAsync(begun.Id, "changes", "reject")).Status);
        Assert.Equal(200, (await _server.VoteAsync(begun.Id, "changes", "abstain", "neither")).Status);

        var current = Assert.Single(await _server.VotesAsync(begun.Id));
        Assert.Equal((VoteKind.Abstain, "neither"), (current.Kind, current.Solution));
        Assert.Null(current.SupersededAt);
        var history = await _server.VotesAsync(begun.Id, history: true);
        Assert.Equal([VoteKind.Approve, VoteKind.Reject, VoteKind.Abstain], history.Select(v => v.Kind).Order());
        Assert.All(history.Where(v => v.Id != current.Id), v => Assert.NotNull(v.SupersededAt));
        Assert.Equal(["x"], (await _server.CollaborationAsync(begun.Id)).Participants.Except(["lead", "changes"]));
    }

    [Fact]
    public async Task The_same_vote_again_changes_nothing()
    {
        var begun = await _server.BeginAsync(Council.On("lead", "repeats", "x"));
        var first = await _server.VoteAsync(begun.Id, "repeats", "approve");
        var before = await _server.AllRowsAsync();
        var again = await _server.VoteAsync(begun.Id, "repeats", "approve");

        Assert.Equal((200, first.Text), (again.Status, again.Text));
        Assert.Equal(before, await _server.AllRowsAsync());
    }

    [Theory]
    [InlineData("expertise", "0.99")]
    [InlineData("weight", "1")]
    [InlineData("countsForQuorum", "true")]
    [InlineData("vote", "\"maybe\"")]
    [InlineData("vote", "0")]
    [InlineData("vote", "null")]
    [InlineData("voterId", "\"\"")]
    [InlineData("voterId", "\"a\\u0000\"")]
    [InlineData("solution", "\"\"")]
    [InlineData("solution", "null")]
    [InlineData("reasoning", "[\"a\"]")]
    public async Task Bad_input_names_its_field_and_changes_nothing(string field, string value)
    {
        var begun = await _server.BeginAsync(Council.On("lead", "careful"));
        var parts = new Dictionary<string, string> { ["voterId"] = "\"careful\"", ["solution"] = "\"s\"", ["vote"] = "\"approve\"", [field] = value };

        await _server.RefusedAsync(400, "validation_failed",
            () => _server.PostAsync($"/collaborations/{begun.Id}/votes", "{" + string.Join(',', parts.Select(p => $"\"{p.Key}\":{p.Value}")) + "}"), field);
    }

    private async Task<Guid> OnFixAsync(string? domain)
    {
        var fix = await _server.ProposeAsync(Some.Fix("proposes-there") with { Domain = domain });
        return (await _server.BeginAsync(Council.On("lead", "specialist", "x") with { FixId = fix.Id })).Id;
    }
}
