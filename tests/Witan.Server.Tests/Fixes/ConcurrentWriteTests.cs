using Witan.Client;

namespace Witan.Server.Tests.Fixes;

/// <summary>Writes that arrive together share a transaction, and each gets its own answer.</summary>
public sealed class ConcurrentWriteTests
{
    [Fact]
    public async Task Sixty_four_proposals_at_once_are_all_answered_and_stored()
    {
        await using var server = await WitanServer.StartAsync();
        await server.TeachAsync("crowd", successes: 30);

        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => server.PostAsync("/auto-fixes", Some.Fix("crowd", $"issue-{i}"))));

        Assert.All(answers, a => Assert.Equal(201, a.Status));
        Assert.Equal(64, answers.Select(a => a.Id).Distinct().Count());
        for (var i = 0; i < 64; i++)
            Assert.Equal($"issue-{i}", (await server.FixAsync(answers[i].Id)).Issue);
        Assert.Equal(64, await server.QueryAsync<long>("SELECT count(*) FROM receipts"));
    }

    [Fact]
    public async Task One_that_fails_fails_alone_and_leaves_nothing_behind()
    {
        await using var server = await WitanServer.StartAsync();
        await server.ExecuteAsync(Engine.IsPostgres
            ? "ALTER TABLE fixes ADD CONSTRAINT poison CHECK (issue <> 'poison')"
            : "CREATE TRIGGER poison BEFORE INSERT ON fixes WHEN NEW.issue = 'poison' BEGIN SELECT RAISE(ABORT, 'poison'); END");

        var answers = await Task.WhenAll(Enumerable.Range(0, 65).Select(i =>
            server.PostAsync("/auto-fixes", Some.Success(i == 40 ? "victim" : "crowd", i == 40 ? "poison" : $"issue-{i}"))));

        Assert.Equal(500, answers[40].Status);
        Assert.Equal("internal_error", answers[40].Code);
        Assert.DoesNotContain("poison", answers[40].Text, StringComparison.Ordinal);
        Assert.Equal(64, answers.Count(a => a.Status == 201));
        Assert.Equal(64, await server.QueryAsync<long>("SELECT count(*) FROM outcomes"));
        Assert.Equal(404, (await server.GetAsync("/agents/victim")).Status);
        Assert.Equal((64, 64), ((await server.AgentAsync("crowd")).Overall.N, (await server.AskAsync(Some.Fix("crowd"))).Evidence!.AgentFixes));
    }

    [Fact]
    public async Task Outcomes_reported_at_once_are_counted_once_each()
    {
        await using var server = await WitanServer.StartAsync();
        var fixes = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => server.ProposeAsync(Some.Fix("many"))));

        var answers = await Task.WhenAll(fixes.Concat(fixes).Select(fix => server.ReportAsync(fix.Id, """{"success":true}""")));

        Assert.All(answers, a => Assert.Equal(200, a.Status));
        Assert.Equal((32, 32), ((await server.AgentAsync("many")).Overall.N, (await server.AgentAsync("many")).Overall.Successes));
        Assert.Equal(32, (await server.AskAsync(Some.Fix("many"))).Evidence!.AgentFixes);
    }

    [Fact]
    public async Task Success_and_failure_reported_at_once_give_one_outcome_and_one_contradiction()
    {
        await using var server = await WitanServer.StartAsync();
        var id = (await server.ProposeAsync(Some.Fix("torn"))).Id;

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => server.ReportAsync(id, new OutcomeReport { Success = i % 2 == 0 })));

        Assert.Equal(8, answers.Count(a => a.Status == 200));
        Assert.Equal(8, answers.Count(a => a.Status == 409));
        Assert.Equal(1, (await server.AgentAsync("torn")).Overall.N);
    }
}
