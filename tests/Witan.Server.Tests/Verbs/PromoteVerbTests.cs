using System.Text.Json;

namespace Witan.Server.Tests.Verbs;

/// <summary><c>witan promote</c> against a server.</summary>
public sealed class PromoteVerbTests : IAsyncLifetime
{
    private readonly WitanProcess _witan = new();
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WitanServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _witan.Dispose();
    }

    [Fact]
    public async Task It_makes_a_scorer_the_champion_and_back()
    {
        var run = await PromoteAsync("heuristic");
        run.Succeeds();
        Assert.Equal("heuristic (heuristic) is the champion now\n", run.Out);
        Assert.Equal("champion", (await _server.GetAsync("/models/heuristic"))["status"].GetString());

        var back = await PromoteAsync("track-record", "--json");
        back.Succeeds();
        Assert.True(JsonElement.DeepEquals((await _server.GetAsync("/models/track-record")).Json, JsonElement.Parse(back.Out)), back.Out);
    }

    [Fact]
    public async Task What_is_not_there_or_was_discarded_is_one_line_and_exit_code_1()
    {
        (await PromoteAsync("model-9")).FailsWith("model-9", "not_found");
        await _server.ExecuteAsync("INSERT INTO models (version, kind, status, outcomes, created_at) VALUES ('model-1', 'forest', 'retired', 200, 1)");
        (await PromoteAsync("model-1")).FailsWith("model-1 was a challenger", "Train again", "model_unusable");
    }

    private Task<Run> PromoteAsync(params string[] arguments) => _witan.RunAsync(["promote", .. arguments, "--server", _server.Url.ToString()]);
}
