using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Tests.Models;

/// <summary>Training on what is known.</summary>
public sealed class TrainingTests
{
    [Fact]
    public async Task With_too_few_outcomes_training_is_refused_and_says_what_is_missing()
    {
        await using var server = await WitanServer.StartAsync();
        await server.TeachAsync("few", successes: 100, failures: 99);

        var started = await server.PostAsync("/models/train", "{}");
        Assert.Equal((202, "running"), (started.Status, started["status"].GetString()));
        Assert.Equal($"{Conversation.Prefix}/models/trainings/{started.Id}", started.Location);
        var training = await server.EndOfTrainingAsync(started.Location!);

        Assert.Equal("refused", training.Status);
        Assert.Contains("200", training.Message, StringComparison.Ordinal);
        Assert.Contains("199", training.Message, StringComparison.Ordinal);
        Assert.Null(training.Version);
        Assert.Equal(started.As<Training>().StartedAt, training.StartedAt);
        Assert.True(training.FinishedAt >= training.StartedAt);
        Assert.Equal(2, (await server.WalkAsync("/models", "models")).Count);
        Assert.Equal("track-record", (await server.ProposeAsync(Some.Fix("few"))).Scorer);
    }

    [Fact]
    public async Task A_trained_model_is_registered_with_its_metrics_and_answers()
    {
        await using var server = await WitanServer.StartAsync();
        await server.TeachAsync(SimulatedFleet.Reports(600));

        var version = await server.TrainAsync();

        var model = (await server.GetAsync($"/models/{version}")).As<Model>();
        Assert.Equal(("champion", 600L), (model.Status, model.Outcomes));
        Assert.Equal(model.Kind, model.Metrics!.Value.GetProperty("scorer").GetString());
        Assert.NotNull(model.SchemaHash);
        Assert.NotNull(model.DataHash);
        Assert.NotNull(model.CreatedAt);
        Assert.All(["auc", "brier", "logLoss", "ece"], name => Assert.True(Figure(model, name, "low") <= Figure(model, name, "value") && Figure(model, name, "value") <= Figure(model, name, "high"), name));
        Assert.True(Figure(model, "auc", "value") > 0.75);
        Assert.InRange(model.Metrics.Value.GetProperty("n").GetInt32(), 355, 360); // the newer 60 %
        Assert.Contains("track-record", model.Comparison!.Value.EnumerateArray().Select(r => r.GetProperty("scorer").GetString()));
        Assert.Equal("candidate", (await server.GetAsync("/models/track-record"))["status"].GetString());

        var (hard, easy) = (await server.ProposeAsync(SimulatedFleet.Hard), await server.ProposeAsync(SimulatedFleet.Easy));
        Assert.Equal((version, version), (hard.Scorer, easy.Scorer));
        Assert.True(easy.Confidence - hard.Confidence > 0.4);
        Assert.Contains(easy.Factors, f => f.Feature == "attribute hard");
    }

    [Fact]
    public async Task A_receipt_of_a_trained_model_names_its_features_and_survives_the_next_training()
    {
        await using var server = await WitanServer.StartAsync();
        await server.TeachAsync(SimulatedFleet.Reports(450));
        var version = await server.TrainAsync();
        var id = (await server.ProposeAsync(SimulatedFleet.Hard)).Id;
        var before = (await server.GetAsync($"/auto-fixes/{id}"))["receipt"].GetRawText();

        var receipt = (await server.FixAsync(id)).Receipt!;
        Assert.Equal((await server.GetAsync($"/models/{version}"))["schemaHash"].GetString(), receipt.SchemaHash);
        Assert.Equal(Math.Log(2), receipt.Features["attribute.hard"], 1e-12);

        await server.TeachAsync(SimulatedFleet.Reports(300, seed: 6));
        Assert.NotEqual(version, await server.TrainAsync());
        Assert.Equal(before, (await server.GetAsync($"/auto-fixes/{id}"))["receipt"].GetRawText());
    }

    [Fact]
    public async Task A_model_is_promoted_and_back()
    {
        await using var server = await WitanServer.StartAsync();
        await server.TeachAsync(SimulatedFleet.Reports(600));
        var version = await server.TrainAsync();

        Assert.Equal(200, (await server.PostAsync("/models/track-record/promote", null)).Status);
        Assert.Equal("track-record", (await server.ProposeAsync(SimulatedFleet.Hard)).Scorer);
        Assert.Equal("retired", (await server.GetAsync($"/models/{version}"))["status"].GetString());

        Assert.Equal(200, (await server.PostAsync($"/models/{version}/promote", null)).Status);
        Assert.Equal(version, (await server.ProposeAsync(SimulatedFleet.Hard)).Scorer);
    }

    [Fact]
    public async Task One_training_runs_at_a_time()
    {
        await using var server = await WitanServer.StartAsync();
        await server.TeachAsync(SimulatedFleet.Reports(1500));

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => server.PostAsync("/models/train", "{}")));

        var started = Assert.Single(answers, a => a.Status == 202);
        Assert.All(answers.Where(a => a != started), a => Assert.Equal((409, "training_running"), (a.Status, a.Code)));
        Assert.Equal("succeeded", (await server.EndOfTrainingAsync(started.Location!)).Status);
        Assert.Equal(7, (await server.WalkAsync("/models", "models")).Count);
    }

    [Fact]
    public async Task The_same_outcomes_give_the_same_model_in_whichever_order_they_came()
    {
        var artefacts = new List<string?>();
        foreach (var reports in new[] { SimulatedFleet.Reports(450), SimulatedFleet.Reports(450).Reverse() })
        {
            await using var server = await WitanServer.StartAsync();
            await server.TeachAsync(reports);
            await server.TrainAsync();
            artefacts.Add(await server.QueryAsync<string>("SELECT artefact FROM models WHERE artefact IS NOT NULL"));
        }

        Assert.Equal(artefacts[0], artefacts[1]);
    }

    private static double Figure(Model model, string name, string bound) => model.Metrics!.Value.GetProperty(name).GetProperty(bound).GetDouble();
}
