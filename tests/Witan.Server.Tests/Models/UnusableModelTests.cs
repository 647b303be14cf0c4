using Witan.Client;
using Witan.Intelligence.Models;

namespace Witan.Server.Tests.Models;

/// <summary>A champion that cannot be used is replaced by the track record, visibly; Witan goes on answering.</summary>
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

    [Theory]
    [InlineData("substr(artefact, 1, length(artefact) / 2)")]
    [InlineData("replace(artefact, '\"kind\":\"', '\"kind\":\"oracle of ')")]
    [InlineData("replace(artefact, '\"outcomes\":420', '\"outcomes\":421')")]
    [InlineData("'{}'")]
    [InlineData("''")]
    public async Task A_corrupt_champion_degrades_the_server_and_does_not_stop_it(string artefact)
    {
        await _first.ExecuteAsync($"UPDATE models SET artefact = {artefact} WHERE artefact IS NOT NULL");

        await AssertDegradedAsync();
    }

    [Fact]
    public async Task A_champion_with_features_that_this_version_does_not_make_is_not_used()
    {
        var json = await _first.QueryAsync<string>("SELECT artefact FROM models WHERE artefact IS NOT NULL");
        var artefact = ModelArtefact.TryParse(json!, out _)!;
        var other = artefact with { Features = [.. artefact.Features, "core.new"] };
        await _first.ExecuteAsync("UPDATE models SET artefact = @json WHERE artefact IS NOT NULL", new { json = other.ToJson() });

        await AssertDegradedAsync();
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

    private async Task AssertDegradedAsync()
    {
        await using var second = await WitanServer.StartAsync(change: settings => settings with { Database = _first.Database });
        var ready = await second.SendAsync(new(HttpMethod.Get, "/health/ready"));
        Assert.Equal((200, "degraded"), (ready.Status, ready["status"].GetString()));
        var model = ready["dependencies"].GetProperty("model");
        Assert.Equal("degraded", model.GetProperty("status").GetString());
        Assert.Contains(_version, model.GetProperty("detail").GetString(), StringComparison.Ordinal);

        Assert.Equal("track-record", (await second.ProposeAsync(SimulatedFleet.Hard)).Scorer);
        Assert.Equal(200, (await second.GetAsync("/models")).Status);
        Assert.Equal(200, (await second.PostAsync("/models/track-record/promote", null)).Status);
        Assert.Equal("ready", (await second.SendAsync(new(HttpMethod.Get, "/health/ready")))["status"].GetString());
    }
}
