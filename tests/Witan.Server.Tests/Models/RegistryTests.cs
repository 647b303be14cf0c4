using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Tests.Models;

/// <summary>The registry of scorers, before anything is trained.</summary>
public sealed class RegistryTests
{
    [Fact]
    public async Task The_built_in_scorers_are_listed_and_the_track_record_answers()
    {
        await using var server = await WitanServer.StartAsync();

        var page = await server.GetAsync("/models");

        Assert.Equal(["models", "nextCursor"], page.Keys);
        var models = page.As<ModelPage>().Models;
        Assert.Equal([("track-record", "champion"), ("heuristic", "candidate")], models.Select(m => (m.Version, m.Status)));
        Assert.All(models, m => Assert.Null(m.Metrics));
        var one = await server.GetAsync("/models/heuristic");
        Assert.Equal(["comparison", "createdAt", "dataHash", "kind", "metrics", "outcomes", "schemaHash", "status", "version"], one.Keys.Order());
        Assert.Equal(JsonValueKind.Null, one["createdAt"].ValueKind);
    }

    [Fact]
    public async Task The_list_is_walked_newest_first()
    {
        await using var server = await WitanServer.StartAsync();
        for (var i = 0; i < 12; i++)
            await server.ExecuteAsync("INSERT INTO models (version, kind, status, outcomes) VALUES (@version, 'logistic', 'candidate', 0)", new { version = $"model-{i}" });

        var walked = await server.WalkAsync("/models", "models", limit: 5);

        Assert.Equal([.. Enumerable.Range(0, 12).Reverse().Select(i => $"model-{i}"), "track-record", "heuristic"], walked.Select(m => m.GetProperty("version").GetString()));
    }

    [Fact]
    public async Task A_built_in_scorer_can_be_promoted_and_back()
    {
        await using var server = await WitanServer.StartAsync();
        await server.TeachAsync("known", successes: 40);

        var promoted = await server.PostAsync("/models/heuristic/promote", null);
        Assert.Equal((200, "champion"), (promoted.Status, promoted["status"].GetString()));
        Assert.Equal("heuristic", (await server.ProposeAsync(Some.Fix("known"))).Scorer);
        Assert.Equal("candidate", (await server.GetAsync("/models/track-record"))["status"].GetString());

        await server.PostAsync("/models/track-record/promote", null);
        Assert.Equal("track-record", (await server.ProposeAsync(Some.Fix("known"))).Scorer);
    }

    [Fact]
    public async Task Promoting_the_champion_changes_nothing()
    {
        await using var server = await WitanServer.StartAsync();

        Assert.Equal(200, (await server.PostAsync("/models/track-record/promote", null)).Status);
        Assert.Equal(1, await server.QueryAsync<long>("SELECT count(*) FROM models WHERE status = 'champion'"));
    }
}
