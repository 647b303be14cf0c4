using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Tests.Client;

/// <summary>Every call against a real server.</summary>
public sealed class RoundTripTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Then = new(2026, 1, 1, 12, 30, 0, 123, 456, TimeSpan.Zero);

    private WitanServer _server = null!;

    private WitanClient Client => _server.Client;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await WitanServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_fix_comes_back_as_it_was_proposed()
    {
        var proposal = new FixProposal
        {
            AgentId = "a/ü 😀", FixStrategy = "code_patch", ExternalId = "x", Issue = "i", Repository = "r/r", Domain = "backend", Layers = [3, 1], Error = "boom\n\"quoted\"",
            Family = "f", Model = "m", ProposedAt = Then, Changes = new() { Files = 1, LinesAdded = 0, LinesDeleted = 7, Paths = ["src/ä.cs"] },
            Attributes = new Dictionary<string, JsonElement> { ["x"] = JsonElement.Parse("1.5"), ["y"] = JsonElement.Parse("true") },
        };
        var answer = await Client.ProposeAsync(proposal, Cancel);
        Assert.True(answer.Replay);
        var fix = await Client.GetFixAsync(answer.Id!.Value, Cancel);

        Assert.Equal((proposal.AgentId, proposal.FixStrategy, "x", "i", "r/r"), (fix.AgentId, fix.FixStrategy, fix.ExternalId!, fix.Issue!, fix.Repository!));
        Assert.Equal(("backend", proposal.Error, "f", "m", Then), (fix.Domain!, fix.Error!, fix.Family!, fix.Model!, fix.ProposedAt));
        Assert.Equal([3, 1], fix.Layers);
        Assert.Equal((1, 0, 7), (fix.Changes!.Files!.Value, fix.Changes.LinesAdded!.Value, fix.Changes.LinesDeleted!.Value));
        Assert.Equal(["src/ä.cs"], fix.Changes.Paths!);
        Assert.Equal(1.5, fix.Attributes["x"].GetDouble());
        Assert.True(fix.Attributes["y"].GetBoolean());
        Assert.Equal(JsonSerializer.Serialize(answer, WitanJson.Default.FixAnswer), JsonSerializer.Serialize(fix.Receipt!.Answer, WitanJson.Default.FixAnswer));
    }

    [Fact]
    public async Task A_fix_lives_through_its_calls()
    {
        var proposal = new FixProposal { AgentId = "a", FixStrategy = "code_patch" };
        Assert.Null((await Client.AskAsync(proposal, Cancel)).Id);
        var id = (await Client.ProposeAsync(proposal, Cancel)).Id!.Value;
        var applied = await Client.ReportStatusAsync(id, new() { Status = FixState.Applied, By = "me", Reason = "fine" }, Cancel);
        Assert.Equal((FixState.Applied, "me", "fine"), (applied.Status, applied.StatusBy!, applied.StatusReason!));
        var succeeded = await Client.ReportOutcomeAsync(id, new() { Success = true, DurationMs = 41000 }, Cancel);
        Assert.Equal((FixState.Succeeded, true, 41000L), (succeeded.Status, succeeded.Success!.Value, succeeded.DurationMs!.Value));
        var reverted = await Client.ReportOutcomeAsync(id, new() { RolledBack = true, ErrorMessage = "broke" }, Cancel);
        Assert.Equal((FixState.RolledBack, false), (reverted.Status, reverted.Success!.Value));
        Assert.NotNull(reverted.RolledBackAt);

        var agent = await Client.GetAgentAsync("a", Cancel);
        Assert.Equal((1L, 0L), (agent.Overall.N, agent.Overall.Successes));
        Assert.Equal("outcome_contradicts", (await Assert.ThrowsAsync<WitanException>(() => Client.ReportOutcomeAsync(id, new() { Success = true, DurationMs = 5 }, Cancel))).Problem.Code);
    }

    [Fact]
    public async Task A_batch_is_answered_line_by_line()
    {
        var good = new FixProposal { AgentId = "b", FixStrategy = "code_patch", ExternalId = "1", Error = "two\nlines", Outcome = new() { Success = true } };
        var answer = await Client.ProposeBatchAsync([good, good with { AgentId = "" }, good], Cancel);
        Assert.Equal([(1, 201), (2, 400), (3, 200)], answer.Results.Select(r => (r.Line, r.Status)));
        Assert.Equal(answer.Results[0].Id, answer.Results[2].Id);
        Assert.Contains("agentId", answer.Results[1].Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_are_filtered_and_paged()
    {
        await Client.ProposeBatchAsync(Enumerable.Range(0, 5).Select(i => new FixProposal
        {
            AgentId = $"lister-{i}", FixStrategy = "performance", Issue = "list me", Repository = "r", Domain = "d", ProposedAt = Then.AddMinutes(i),
            Outcome = new() { Success = i % 2 == 0 },
        }), Cancel);
        var filter = new FixFilter { Issue = "list me", FixStrategy = "performance", Success = true, Status = FixState.Succeeded, Repository = "r", Domain = "d", Since = Then, Until = Then.AddMinutes(4), Q = "LIST", Limit = 1 };
        var first = await Client.ListFixesAsync(filter, Cancel);
        var second = await Client.ListFixesAsync(filter with { Cursor = first.NextCursor }, Cancel);
        Assert.Equal(["lister-2", "lister-0"], first.AutoFixes.Concat(second.AutoFixes).Select(f => f.AgentId));
        Assert.Null(second.NextCursor);
        Assert.Empty((await Client.ListFixesAsync(new() { AgentId = "lister-1", Decision = FixDecision.AutoApply }, Cancel)).AutoFixes);

        var agents = await Client.ListAgentsAsync(2, cancel: Cancel);
        Assert.Equal(2, agents.Agents.Count);
        Assert.Equal(["lister-2", "lister-3"], (await Client.ListAgentsAsync(2, agents.NextCursor, Cancel)).Agents.Select(a => a.Id));
    }

    [Fact]
    public async Task Experiments_are_shown_listed_and_changed()
    {
        Assert.Equal((ExperimentMode.Shadow, 0), (await Client.GetExperimentAsync("ml-vs-heuristic", Cancel)) is var e ? (e.Mode, e.OutcomesUsed) : default);
        Assert.Equal((ExperimentMode.Live, 0.2), (await Client.ChangeExperimentAsync("track-record-vs-heuristic", new() { Mode = ExperimentMode.Live, Share = 0.2 }, Cancel)) is var live ? (live.Mode, live.Share!.Value) : default);
        Assert.Equal("experiment_running", (await Assert.ThrowsAsync<WitanException>(() => Client.ChangeExperimentAsync("ml-vs-heuristic", new() { Mode = ExperimentMode.Live }, Cancel))).Problem.Code);

        var first = await Client.ListExperimentsAsync(1, cancel: Cancel);
        var second = await Client.ListExperimentsAsync(1, first.NextCursor, Cancel);
        Assert.Equal(["ml-vs-heuristic", "track-record-vs-heuristic"], first.Experiments.Concat(second.Experiments).Select(e => e.Name));
        Assert.Null(second.NextCursor);
    }

    [Fact]
    public async Task Models_are_listed_trained_and_promoted()
    {
        var models = await Client.ListModelsAsync(1, cancel: Cancel);
        Assert.Single((await Client.ListModelsAsync(1, models.NextCursor, Cancel)).Models);
        Assert.Equal("champion", (await Client.PromoteAsync("heuristic", Cancel)).Status);
        Assert.Equal("champion", (await Client.GetModelAsync("heuristic", Cancel)).Status);
        Assert.Equal("champion", (await Client.PromoteAsync("track-record", Cancel)).Status);

        var training = await Client.TrainAsync(Cancel);
        while (training.Status == "running")
            training = await Client.GetTrainingAsync(training.Id, Cancel);
        Assert.Equal("refused", training.Status);
        Assert.NotEmpty(training.Message!);
        Assert.Equal([training], (await Client.ListTrainingsAsync(1, cancel: Cancel)).Trainings);
        Assert.Equal("training_not_running", (await Assert.ThrowsAsync<WitanException>(() => Client.CancelTrainingAsync(training.Id, Cancel))).Problem.Code);
        Assert.Equal("not_found", (await Assert.ThrowsAsync<WitanException>(() => Client.GetModelCurvesAsync("heuristic", Cancel))).Problem.Code);
    }
}
