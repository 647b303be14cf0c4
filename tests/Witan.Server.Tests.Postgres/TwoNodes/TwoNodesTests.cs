using Dapper;
using Witan.Client;
using Witan.Server.Fixes;
using Witan.Server.Storage;
using Witan.Server.Tests.Collaborations;
using Witan.Server.Tests.Models;
using Witan.Server.Tests.Resilience;

namespace Witan.Server.Tests.TwoNodes;

/// <summary>Two nodes that are asked the same at once act as one.</summary>
public sealed class TwoNodesTests : TwoNodes
{
    [Fact]
    public async Task What_both_were_told_at_once_of_one_agent_and_issue_both_know_alike()
    {
        await First.TeachAsync("shared", successes: 20, failures: 15, issue: "issue");
        var before = await Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
        {
            var (here, there) = (Node(i), Node(i + 1));
            var fix = await here.ProposeAsync(Some.Fix("shared", i % 3 == 0 ? "issue" : $"issue-{i % 4}"));
            Assert.Equal(200, (await there.ReportAsync(fix.Id, new OutcomeReport { Success = i % 5 > 0, DurationMs = i })).Status);
            if (i % 10 == 1)
                Assert.Equal(200, (await here.ReportAsync(fix.Id, new OutcomeReport { RolledBack = true })).Status);
            return (Reported: fix.Id!.Value, After: (await here.ProposeAsync(Some.Fix("shared", "issue"))).Id!.Value);
        }));

        await using var database = Connect();
        Assert.Empty(await Promises.ContradictionsAsync(database));
        Assert.Equal(35 + 60 + 6, await database.ExecuteScalarAsync<long>("SELECT max(seq) FROM outcomes"));
        Assert.Equal((35L + 60, 20L + 48), await database.QuerySingleAsync<(long, long)>(
            "SELECT outcomes, successes + (SELECT count(*) FROM outcomes WHERE kind = 'rollback') FROM agent_records WHERE agent_id = 'shared' AND scope = 'overall'"));
        // A proposal knows every outcome that was acknowledged before it was sent, by whichever node.
        foreach (var (reported, after) in before)
        {
            var outcome = await database.ExecuteScalarAsync<long>("SELECT seq FROM outcomes WHERE fix_id = @reported AND kind = 'outcome'", new { reported });
            Assert.InRange((await First.FixAsync(after)).Receipt!.Sequence, outcome, long.MaxValue);
        }
        await KnowAlikeAsync(Some.Fix("shared", "issue"), Some.Fix("shared", "issue-1"), Some.Fix("shared"), Some.Fix("other", "issue"), Some.Fix("other"));
    }

    /// <summary>A proposal that comes in while its node is reading what the other wrote.</summary>
    [Fact]
    public async Task What_was_scored_while_the_log_was_being_read_is_scored_anew()
    {
        var token = TestContext.Current.CancellationToken;
        await Second.TeachAsync("early", successes: 35);
        await CatchUpAsync(Both);
        await First.TeachAsync("agent", successes: 7);
        await using var database = Connect();
        await database.OpenAsync(token);
        await using var inTheWay = await database.BeginTransactionAsync(token);
        await database.ExecuteAsync("LOCK TABLE outcomes IN ACCESS EXCLUSIVE MODE");
        var (writes, intake) = (Second.Room<WriteQueue>(), Second.Room<FixIntake>());
        var before = writes.CatchUps;

        var reading = CatchUpAsync(Second);
        while (await database.ExecuteScalarAsync<int>("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'outcomes'::regclass") == 0)
            await Task.Yield();
        var arrived = intake.Arrive(new FixChecks(Clock.GetUtcNow()).Draft(Some.Fix("agent"))!);
        var proposing = writes.RunAsync(intake.Single, arrived);
        await inTheWay.RollbackAsync(token);
        await reading;

        Assert.Equal(7, (await proposing).Answer!.Evidence!.AgentFixes);
        Assert.InRange(writes.CatchUps, before + 1, int.MaxValue);
    }

    [Fact]
    public async Task Batches_and_single_reports_at_both_at_once_are_counted_once_each()
    {
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => i % 3 == 0
            ? Node(i).TeachAsync(Enumerable.Range(0, 300).Select(line => Some.Success($"agent-{line % 3}", $"issue-{line % 7}") with { ExternalId = $"{i / 6}-{line}" }))
            : Node(i).TeachAsync("agent-1", successes: 5, failures: 2)));

        await using var database = Connect();
        Assert.Empty(await Promises.ContradictionsAsync(database));
        Assert.Equal((2 * 300) + (8 * 7), await database.ExecuteScalarAsync<long>("SELECT count(*) FROM outcomes"));
        await KnowAlikeAsync(Some.Fix("agent-1", "issue-1"), Some.Fix("agent-2"), Some.Fix("stranger"));
    }

    [Fact]
    public async Task One_key_sent_to_both_at_once_has_one_effect_and_one_answer()
    {
        await First.TeachAsync("keyed", successes: 30);
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Node(i).PostAsync("/auto-fixes", Some.Fix("keyed", "issue"), "one-key")));

        Assert.All(answers, answer => Assert.Equal((201, answers[0].Text, answers[0].Location), (answer.Status, answer.Text, answer.Location)));
        Assert.Equal(1, await First.QueryAsync<long>("SELECT count(*) FROM fixes WHERE issue = 'issue'"));

        var ends = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Node(i).ReportAsync(answers[0].Id, new { success = true, durationMs = 7 }, "end-key")));
        Assert.All(ends, answer => Assert.Equal((200, ends[0].Text), (answer.Status, answer.Text)));
        Assert.Equal(31, (await Second.AgentAsync("keyed")).Overall.N);

        var other = await Second.PostAsync("/auto-fixes", Some.Fix("keyed", "another body"), "one-key");
        Assert.Equal((422, "idempotency_key_reused"), (other.Status, other.Code));
    }

    [Fact]
    public async Task One_external_id_sent_to_both_at_once_is_one_fix()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Node(i).PostAsync("/auto-fixes", Some.Fix("external", "issue") with { ExternalId = "mine" })));

        Assert.Single(answers, answer => answer.Status == 201);
        Assert.All(answers, answer => Assert.Equal((answers[0].Id, true), (answer.Id, answer.Status is 200 or 201)));
        Assert.Equal(1, await First.QueryAsync<long>("SELECT count(*) FROM fixes"));
    }

    [Fact]
    public async Task Success_and_failure_told_to_both_at_once_are_one_outcome_and_contradictions()
    {
        var id = (await First.ProposeAsync(Some.Fix("torn"))).Id;

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Node(i).ReportAsync(id, new OutcomeReport { Success = i % 2 == 0 })));

        Assert.Equal((8, 8), (answers.Count(a => a.Status == 200), answers.Count(a => a.Status == 409)));
        foreach (var node in Both)
            Assert.Equal(1, (await node.AgentAsync("torn")).Overall.N);
    }

    [Fact]
    public async Task A_second_vote_at_the_other_node_replaces_the_first()
    {
        await First.KnowAsync(8, 2, "b", "c");
        var begun = await First.BeginAsync(Council.On("lead", "b", "c"));

        Assert.Equal(201, (await First.VoteAsync(begun.Id, "b", "approve")).Status);
        Assert.Equal(200, (await Second.VoteAsync(begun.Id, "b", "reject")).Status);

        foreach (var node in Both)
        {
            Assert.Equal(VoteKind.Reject, Assert.Single(await node.VotesAsync(begun.Id)).Kind);
            Assert.Equal(2, (await node.VotesAsync(begun.Id, history: true)).Count);
            var consensus = await node.ConsensusAsync(begun.Id);
            Assert.Equal((1, 0.0), (consensus.Voters, consensus.ApproveWeight));
        }
    }

    [Fact]
    public async Task Votes_at_both_at_once_decide_once_and_those_after_are_refused()
    {
        string[] voters = [.. Enumerable.Range(0, 20).Select(i => $"voter-{i}")];
        await First.KnowAsync(8, 2, voters);
        var begun = await Second.BeginAsync(Council.On("lead", voters));

        var answers = await Task.WhenAll(voters.Select((voter, i) => Node(i).VoteAsync(begun.Id, voter, "approve")));

        Assert.Equal((3, 17), (answers.Count(a => a.Status == 201), answers.Count(a => a.Status == 409 && a.Code == "vote_decided")));
        Assert.Equal((await First.CollaborationAsync(begun.Id)).DecidedAt, (await Second.CollaborationAsync(begun.Id)).DecidedAt);
    }

    [Fact]
    public async Task Escalations_of_one_issue_at_both_at_once_open_one_vote()
    {
        await using var first = await WitanServer.StartAsync(Clock, settings => settings with { Database = First.Database, Policy = Council.AlwaysEscalates });
        await using var second = await WitanServer.StartAsync(Clock, settings => settings with { Database = First.Database, Policy = Council.AlwaysEscalates });
        await first.TeachAsync("known", successes: 20, failures: 20);

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => (i % 2 == 0 ? first : second).ProposeAsync(Some.Fix($"agent-{i}", "burning"))));

        Assert.Single(answers.Select(answer => Assert.NotNull(answer.CollaborationId)).Distinct());
        Assert.Equal(1, await first.QueryAsync<long>("SELECT count(*) FROM collaborations"));
    }

    [Fact]
    public async Task What_one_node_learned_the_other_offers_with_its_next_answer()
    {
        await First.TeachAsync("finder", successes: 40, issue: "leak");
        await First.LearnAsync(Council.Lesson("mend-leak", "finder", problem: "leak"));
        var fix = await Second.ProposeAsync(Some.Fix("finder", "leak") with { Domain = "backend" });
        Assert.Contains(fix.Learnings!, learning => learning.Pattern == "mend-leak");

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Node(i).ApplyAsync("mend-leak", new { success = i % 4 > 0 })));
        Assert.Equal((20L, 15L, 5L), await LearnedAsync("mend-leak"));
        await KnowAlikeAsync(Some.Fix("finder", "leak") with { Domain = "backend" });
    }

    [Fact]
    public async Task A_promotion_at_one_node_answers_at_the_other()
    {
        await First.TeachAsync(SimulatedFleet.Reports(420));
        var version = await Second.TrainAsync();
        await First.PostAsync($"/models/{version}/promote", null);

        Assert.Equal(version, (await Second.ProposeAsync(SimulatedFleet.Hard)).Scorer);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Node(i).PostAsync($"/models/{(i < 5 ? version : "heuristic")}/promote", null)));
        Assert.Equal(1, await First.QueryAsync<long>("SELECT count(*) FROM models WHERE status = 'champion'"));
        await KnowAlikeAsync(SimulatedFleet.Hard, SimulatedFleet.Easy);
    }

    [Fact]
    public async Task One_experiment_is_live_although_both_start_one_at_once()
    {
        await First.TeachAsync(SimulatedFleet.Reports(420));
        await First.PostAsync($"/models/{await First.TrainAsync()}/promote", null);
        await CatchUpAsync(Both);

        var answers = await Task.WhenAll(
            First.PostAsync("/experiments/ml-vs-heuristic", new { mode = "live", share = 0.5 }),
            Second.PostAsync("/experiments/ml-vs-track-record", new { mode = "live", share = 0.5 }));

        Assert.True(answers.Count(a => a.Status == 200) == 1 && answers.Count(a => a.Status == 409 && a.Code == "experiment_running") == 1, string.Join('\n', answers.Select(a => $"{a.Status} {a.Text}")));
    }

    // Each node gives, to the byte, the answer of a node that has just read everything.
    private async Task KnowAlikeAsync(params FixProposal[] questions)
    {
        await using var fresh = await AnotherAsync();
        await CatchUpAsync([.. Both, fresh]);
        foreach (var question in questions)
        {
            var answers = await Task.WhenAll(new[] { fresh, First, Second }.Select(node => node.PostAsync("/confidence", question)));
            Assert.All(answers, answer => Assert.Equal((200, answers[0].Text), (answer.Status, answer.Text)));
        }
    }

    private async Task<(long, long, long)> LearnedAsync(string pattern)
    {
        var learnings = await Task.WhenAll(Both.Select(node => node.LearningAsync(pattern)));
        Assert.Equal(learnings[0], learnings[1] with { RelatedPatterns = learnings[0].RelatedPatterns, AgentDomains = learnings[0].AgentDomains, EsaLayers = learnings[0].EsaLayers });
        return (learnings[0].TimesApplied, learnings[0].Successes, learnings[0].Failures);
    }
}
