using Witan.Client;
using Witan.Intelligence.Models;
using Witan.Server.Tests.Retraining;

namespace Witan.Server.Tests.Models;

/// <summary>A champion that cannot be used is replaced by the track record, visibly; Witan goes on answering, and trains another.</summary>
public sealed class UnusableModelTests : IAsyncLifetime
{
    private WitanServer _first = null!;
    private string _version = "";

    public async ValueTask InitializeAsync()
    {
        _first = await WitanServer.StartAsync();
        await _first.TeachAsync(SimulatedFleet.Reports(420));
        _version = await _first.TrainAsync();
        await _first.PostAsync($"/models/{_version}/promote", null);
    }

    public ValueTask DisposeAsync() => _first.DisposeAsync();

    /// <summary>One after the other on one trained database: training is what takes long.</summary>
    [Fact]
    public async Task A_corrupt_champion_degrades_the_server_and_does_not_stop_it()
    {
        await _first.ExecuteAsync("CREATE TABLE whole AS SELECT version, status, artefact FROM models");
        foreach (var (artefact, word) in new[]
        {
            ("substr(artefact, 1, length(artefact) / 2)", "truncated"),
            ("replace(artefact, '\"kind\":\"', '\"kind\":\"oracle of ')", "checksum"),
            ("replace(artefact, '\"outcomes\":420', '\"outcomes\":421')", "checksum"),
            ("replace(artefact, '\"format\":\"witan-model\"', '\"format\":\"weather\"')", "\"weather\""),
            ("replace(artefact, '\"formatVersion\":2', '\"formatVersion\":3')", "format 3"),
            ("'{\"formatVersion\":9,\"of\":\"another age\"}'", "format 9"),
            ("'{}'", "something else"),
            ("''", "truncated"),
        })
        {
            await _first.ExecuteAsync($"UPDATE models SET artefact = {artefact} WHERE artefact IS NOT NULL");

            await AssertDegradedAsync(word);

            await _first.ExecuteAsync("UPDATE models SET status = 'candidate' WHERE status = 'champion'");
            await _first.ExecuteAsync("UPDATE models SET (status, artefact) = (SELECT w.status, w.artefact FROM whole w WHERE w.version = models.version)");
        }
    }

    [Fact]
    public async Task A_champion_with_features_that_this_version_does_not_make_is_not_used()
    {
        var artefact = await ArtefactAsync();
        foreach (var other in new[] { artefact with { Features = [.. artefact.Features, "core.new"] }, artefact with { SchemaHash = "0123456789abcdef" } })
        {
            await _first.ExecuteAsync("UPDATE models SET artefact = @json WHERE version = @version", new { json = other.ToJson(), version = _version });
            await AssertDegradedAsync("features that this version of Witan does not make");
            await _first.ExecuteAsync("UPDATE models SET status = 'candidate' WHERE version = 'track-record'");
            await _first.ExecuteAsync("UPDATE models SET status = 'champion' WHERE version = @version", new { version = _version });
        }
    }

    [Fact]
    public async Task A_corrupt_model_is_not_promoted()
    {
        await _first.PostAsync("/models/track-record/promote", null);
        await _first.ExecuteAsync("UPDATE models SET artefact = 'x' WHERE artefact IS NOT NULL");

        var answer = await _first.PostAsync($"/models/{_version}/promote", null);

        Assert.Equal((409, "model_unusable"), (answer.Status, answer.Code));
        Assert.Equal("track-record", (await _first.ProposeAsync(SimulatedFleet.Hard)).Scorer);
    }

    [Fact]
    public async Task The_schedule_trains_another_at_once()
    {
        await _first.ExecuteAsync("UPDATE models SET artefact = 'x' WHERE version = @version", new { version = _version });
        await using var second = await Scheduled.StartAsync(settings => settings with { Database = _first.Database });

        var training = await second.CheckAsync();

        Assert.StartsWith($"the champion cannot be used: {_version}: The model is not a complete JSON text", training!.Reason, StringComparison.Ordinal);
        Assert.Equal("succeeded", training.Status);
        Assert.Equal("ready", (await second.Server.SendAsync(new(HttpMethod.Get, "/health/ready")))["status"].GetString());
        Assert.Null(await second.CheckAsync());
    }

    [Fact]
    public async Task Where_nothing_is_better_than_the_track_record_that_is_the_champion_from_then_on()
    {
        await using var server = await Scheduled.StartAsync();
        await server.Server.TeachAsync(Coins(250));
        await server.Server.ExecuteAsync("UPDATE models SET status = 'candidate' WHERE status = 'champion'");
        await server.Server.ExecuteAsync($"INSERT INTO models (version, kind, status, outcomes, artefact, created_at) VALUES ('model-1', 'logistic', 'champion', 250, 'x', {Engine.LongAgo})");
        await server.Server.ProposeAsync(Some.Fix("anyone")); // the writer notices that another has written

        var training = await server.CheckAsync();

        Assert.StartsWith("model-2 was trained and scores in shadow, and the track-record answers from now on: nothing that was trained is better", training!.Message, StringComparison.Ordinal);
        Assert.Equal("champion", (await server.Server.GetAsync("/models/track-record"))["status"].GetString());
        Assert.Equal("ready", (await server.Server.SendAsync(new(HttpMethod.Get, "/health/ready")))["status"].GetString());
        await server.Server.TeachAsync("anyone", successes: 1);
        Assert.Null(await server.CheckAsync()); // or it would train on after each outcome, for ever
    }

    private static IEnumerable<FixProposal> Coins(int count)
    {
        var random = new Random(3);
        return Enumerable.Range(0, count).Select(i => Some.Fix($"agent-{i % 3}", $"issue-{i}") with
        {
            ProposedAt = OneServer.Start.AddHours(i - count), Outcome = new() { Success = random.Next(2) == 0, DurationMs = 60_000 },
        });
    }

    private async Task<ModelArtefact> ArtefactAsync() =>
        ModelArtefact.TryParse((await _first.QueryAsync<string>($"SELECT artefact FROM models WHERE version = '{_version}'"))!, out _)!;

    private async Task AssertDegradedAsync(string word)
    {
        await using var second = await WitanServer.StartAsync(change: settings => settings with { Database = _first.Database });
        var ready = await second.SendAsync(new(HttpMethod.Get, "/health/ready"));
        Assert.Equal((200, "degraded"), (ready.Status, ready["status"].GetString()));
        var model = ready["dependencies"].GetProperty("model");
        Assert.Equal("degraded", model.GetProperty("status").GetString());
        Assert.StartsWith($"{_version}: ", model.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains(word, model.GetProperty("detail").GetString(), StringComparison.Ordinal);

        Assert.Equal("track-record", (await second.ProposeAsync(SimulatedFleet.Hard)).Scorer);
        Assert.Equal(200, (await second.GetAsync("/models")).Status);
        Assert.Equal(200, (await second.PostAsync("/models/track-record/promote", null)).Status);
        Assert.Equal("ready", (await second.SendAsync(new(HttpMethod.Get, "/health/ready")))["status"].GetString());
    }
}
