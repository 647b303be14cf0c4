using System.Diagnostics;
using Witan.Server.Tests.Docs;
using Witan.Server.Tests.Platform.Telemetry;

namespace Witan.Server.Tests.Resilience;

/// <summary>A real Prometheus reads a server that is busy: every panel of the dashboards has something to show, and every rule can be evaluated.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "Resilience")]
public sealed class PrometheusTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly long _since = Stopwatch.GetTimestamp();
    private readonly CancellationTokenSource _stop = new();
    private OwnRedis _redis = null!;
    private WitanServer _server = null!;
    private OwnPrometheus _prometheus = null!;
    private Task _activity = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _redis = await OwnRedis.StartAsync();
        _server = await WitanServer.StartAsync(change: settings => settings with { Redis = _redis.Setting, Policy = BusyServer.Policy });
        _prometheus = new(_server.Url);
        _activity = BeActiveAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _activity;
        await _prometheus.DisposeAsync();
        await _server.DisposeAsync();
        await _redis.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task Every_panel_has_data_and_every_rule_is_evaluated()
    {
        var queries = Dashboards.Queries().ToList();
        Assert.True(queries.Count > 40);
        foreach (var query in queries)
            await UntilAsync(async () => Shows(query, await _prometheus.QueryAsync(query.Filled)), $"{query.Dashboard}, {query.Panel}: {query.Filled}");
        Assert.Empty(await _prometheus.QueryAsync("no_such_metric")); // it can tell

        var target = (await _prometheus.AskAsync("targets"))!.Value.GetProperty("activeTargets")[0];
        Assert.Equal(("up", ""), (target.GetProperty("health").GetString(), target.GetProperty("lastError").GetString()));
        var names = (await _prometheus.AskAsync("label/__name__/values"))!.Value.EnumerateArray().Select(name => name.GetString()!).ToHashSet();
        foreach (var metric in File.ReadAllLines(Path.Combine(House.Root, "tests/Witan.Server.Tests/Snapshots/metrics.txt")).Select(line => line.Split(' ')))
            Assert.Contains(metric[1] == "histogram" ? metric[0] + "_bucket" : metric[0], names);

        await UntilAsync(async () => (await RulesAsync()).All(rule => rule.Health != "unknown"), "the rules are evaluated");
        Assert.All(await RulesAsync(), rule => Assert.True(rule.Health == "ok", $"{rule.Name}: {rule.Health}"));
        TestContext.Current.TestOutputHelper?.WriteLine($"{queries.Count} queries of {Dashboards.All.Count} dashboards had data, {(await RulesAsync()).Count} rules are evaluated, {Stopwatch.GetElapsedTime(_since).TotalSeconds:0} s after the start");
    }

    // Not a number only where the panel says so.
    private static bool Shows(PanelQuery query, IReadOnlyList<double> values) =>
        values.Count > 0 && (query.Description.Contains("NaN", StringComparison.Ordinal) || values.Any(value => !double.IsNaN(value)));

    private async Task<IReadOnlyList<(string Name, string Health)>> RulesAsync() =>
        [.. (await _prometheus.AskAsync("rules"))!.Value.GetProperty("groups").EnumerateArray().SelectMany(group => group.GetProperty("rules").EnumerateArray())
            .Select(rule => (rule.GetProperty("name").GetString()!, rule.GetProperty("health").GetString()!))];

    private async Task BeActiveAsync()
    {
        for (var round = 0; !_stop.IsCancellationRequested; round++)
        {
            await _server.BeActiveAsync(round);
            await Task.Delay(100, CancellationToken.None);
        }
    }

    private async Task UntilAsync(Func<Task<bool>> isSo, string what)
    {
        while (!await isSo())
        {
            Assert.True(Stopwatch.GetElapsedTime(_since) < Patience, $"not in {Patience.TotalSeconds} s: {what}");
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }
}
