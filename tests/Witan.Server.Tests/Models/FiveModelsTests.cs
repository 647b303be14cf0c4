using Witan.Client;
using Witan.Server.Tests.Experiments;

namespace Witan.Server.Tests.Models;

/// <summary>A training registers a model of each kind: one of them may answer, the others score beside it until the next training.</summary>
public sealed class FiveModelsTests(TrainedTwice trained) : IClassFixture<TrainedTwice>
{
    private static readonly string[] Kinds = ["boosted", "ensemble", "forest", "forest-25", "logistic"];

    private readonly WitanServer _server = trained.Server;

    [Fact]
    public async Task Each_training_registers_one_of_each_kind()
    {
        var models = await trained.ModelsAsync();

        Assert.Equal([.. Enumerable.Range(1, 10).Reverse().Select(i => $"model-{i}"), "track-record", "heuristic"], models.Select(m => m.Version));
        Assert.Equal(Kinds, models.Take(5).Select(m => m.Kind).Order(StringComparer.Ordinal));
        Assert.Equal(Kinds, models.Skip(5).Take(5).Select(m => m.Kind).Order(StringComparer.Ordinal));
        Assert.All(models.Take(5), m => Assert.Equal(600, m.Outcomes));
        Assert.Single(models.Take(5).Select(m => (m.DataHash, m.SchemaHash, Comparison: m.Comparison!.Value.GetRawText())).Distinct());
        Assert.All(models.Take(10), m => Assert.Equal(m.Kind, m.Metrics!.Value.GetProperty("scorer").GetString()));
    }

    [Fact]
    public async Task One_answers_the_others_score_in_shadow_and_the_challengers_of_before_are_retired_without_their_artefacts()
    {
        var models = await trained.ModelsAsync();

        Assert.Equal(["shadow", "shadow", "shadow", "shadow", "champion"], models.Take(5).Select(m => m.Status));
        Assert.All(models.Skip(5).Take(5), m => Assert.Equal("retired", m.Status));
        Assert.Equal("model-1,model-6,model-7,model-8,model-9,model-10", await _server.QueryAsync<string>("SELECT string_agg(version, ',') FROM (SELECT version FROM models WHERE artefact IS NOT NULL ORDER BY number) AS models"));
    }

    [Fact]
    public async Task Every_challenger_scores_the_proposals_that_come()
    {
        var fix = await _server.ProposeAsync(SimulatedFleet.Easy);

        Assert.Equal("model-6", fix.Scorer);
        foreach (var challenger in new[] { "model-7", "model-8", "model-9", "model-10" })
            Assert.InRange(await _server.ShadowAsync(fix.Id, challenger), 0.5, 1);
        await _server.ShadowAsync(fix.Id, "heuristic");
        Assert.Null(await _server.FindShadowAsync(fix.Id, "model-6"));
        Assert.Null(await _server.FindShadowAsync(fix.Id, "model-2"));
    }

    [Fact]
    public async Task An_earlier_champion_is_promoted_again_and_answers_and_back()
    {
        var earlier = await trained.PromoteAsync("model-1");
        Assert.Equal(("model-1", "champion", 450L), (earlier.Version, earlier.Status, earlier.Outcomes));
        Assert.Equal("model-1", (await _server.ProposeAsync(SimulatedFleet.Hard)).Scorer);
        Assert.Equal("retired", (await _server.GetAsync("/models/model-6"))["status"].GetString());

        await trained.PromoteAsync("model-6");
        Assert.Equal("model-6", (await _server.ProposeAsync(SimulatedFleet.Hard)).Scorer);
        Assert.Single(await trained.ModelsAsync(), m => m.Status == "champion");
    }

    [Fact]
    public async Task A_challenger_whose_artefact_was_discarded_cannot_be_promoted()
    {
        var answer = await _server.PostAsync("/models/model-3/promote", null);

        Assert.Equal((409, "model_unusable"), (answer.Status, answer.Code));
        Assert.Equal("model-3 was a challenger, and its artefact was discarded when it retired. Train again.", answer["detail"].GetString());
        Assert.Equal("retired", (await _server.GetAsync("/models/model-3"))["status"].GetString());
    }
}
