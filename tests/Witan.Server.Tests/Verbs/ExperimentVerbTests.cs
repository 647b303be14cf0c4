using System.Text.Json;
using Witan.Client;
using Witan.Server.Tests.Experiments;

namespace Witan.Server.Tests.Verbs;

/// <summary><c>witan experiment</c> against a server.</summary>
public sealed class ExperimentVerbTests : IAsyncLifetime
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
    public async Task It_shows_the_figures_of_both_arms()
    {
        await _server.KnowTwoAsync();
        await _server.LiveThroughAsync([(Some.Fix("good", "a"), true), (Some.Fix("poor", "b"), false)]);
        var experiment = await _server.PairedAsync(2);

        var lines = (await SaysAsync("experiment", "ml-vs-heuristic")).Split('\n');

        Assert.Equal("ml-vs-heuristic: shadow", lines[0]);
        Assert.Matches("^arm +scored +outcomes +Brier +log loss +served +outcomes +success +auto-applied +success$", lines[1]);
        Assert.Matches($"^ml +2 +2 +{experiment.Arms[0].Brier:0.0000} +{experiment.Arms[0].LogLoss:0.0000} +0 +0 +- +0 +-$", lines[2]);
        Assert.Matches("^heuristic +2 +2 ", lines[3]);
        Assert.Equal([experiment.Explanation, ""], lines[4..]);
        Assert.All(lines[..4], line => Assert.InRange(line.Length, 0, 120));
        var json = await SaysAsync("experiment", "ml-vs-heuristic", "--json");
        Assert.True(JsonElement.DeepEquals((await _server.GetAsync("/experiments/ml-vs-heuristic")).Json, JsonElement.Parse(json)), json);
    }

    [Fact]
    public async Task It_turns_the_split_on_and_off()
    {
        Assert.Matches("^ml-vs-heuristic: live, share 0\\.1 since 20", await SaysAsync("experiment", "ml-vs-heuristic", "--live", "0.1"));
        Assert.Equal(0.1, (await _server.ExperimentAsync()).Share);
        Assert.Matches("(?m)^ml-vs-heuristic +live +0\\.100 +0 +no_verdict +-$", await SaysAsync("list", "experiments"));

        var off = JsonSerializer.Deserialize(await SaysAsync("experiment", "ml-vs-heuristic", "--shadow", "--json"), WitanJson.Default.Experiment)!;
        Assert.Equal((ExperimentMode.Shadow, null), (off.Mode, off.Share));
    }

    [Theory]
    [InlineData("exclude each other", "experiment", "ml-vs-heuristic", "--live", "0.1", "--shadow")]
    [InlineData("share", "experiment", "ml-vs-heuristic", "--live", "1")]
    [InlineData("ml, heuristic, track-record", "experiment", "x")]
    [InlineData("arm_unusable", "experiment", "ml-vs-track-record", "--live", "0.5")]
    [InlineData("much", "experiment", "ml-vs-heuristic", "--live", "much")]
    public async Task What_cannot_be_is_one_line(string named, params string[] arguments) => (await _witan.RunAsync([.. arguments, "--server", _server.Url.ToString()])).FailsWith(named);

    private async Task<string> SaysAsync(params string[] arguments)
    {
        var run = await _witan.RunAsync([.. arguments, "--server", _server.Url.ToString()]);
        run.Succeeds();
        Assert.Equal("", run.Error);
        return run.Out;
    }
}
