using System.Diagnostics;
using System.Globalization;

namespace Witan.Server.Tests.Resilience;

/// <summary>Two nodes behind nginx, as in deploy/, of which one after the other is told to end and started again: callers notice nothing.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "Resilience")]
public sealed class RollingRestartTests : IAsyncLifetime
{
    private const int Rounds = 5;
    private const int Writers = 4;
    private const int Readers = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly WitanProcess _witan = new();
    private readonly Promises _promises = new();
    private readonly Watch _watch = new();
    private readonly Uri[] _urls = [.. Enumerable.Range(0, 2).Select(_ => new Uri($"http://127.0.0.1:{Ports.Free()}"))];
    private readonly ServingProcess[] _nodes = new ServingProcess[2];
    private readonly CancellationTokenSource _stop = new();
    private OwnPostgres _postgres = null!;
    private string _key = "";

    public async ValueTask InitializeAsync()
    {
        _postgres = await OwnPostgres.StartAsync();
        _witan.Write("witan.json", """
            {"drainSeconds":4,"proxies":["127.0.0.1"],"keys":{"pepper":"0123456789abcdef0123456789abcdef"},"limits":{"plans":{"fleet":1000000}},"retraining":{"enabled":false}}
            """);
        var made = await _witan.RunAsync("keys", "create", "--name", "load", "--scope", "read", "--scope", "report", "--scope", "vote", "--database", _postgres.Database);
        made.Succeeds();
        _key = made.Out.Split((char[])[' ', '\n', '"'], StringSplitOptions.RemoveEmptyEntries).First(word => word.StartsWith("witan_", StringComparison.Ordinal));
        for (var i = 0; i < _nodes.Length; i++)
            await StartAsync(i);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            node?.Dispose();
        await _postgres.DisposeAsync();
        _witan.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task No_request_fails_while_both_nodes_are_restarted_five_times()
    {
        await using var nginx = new OwnNginx(_urls);
        await nginx.StartAsync();
        var load = Load(nginx.Url);
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < _nodes.Length; i++)
            {
                await AcknowledgesAsync(20);
                (await _nodes[i].EndBySignalAsync("TERM")).Succeeds();
                await AcknowledgesAsync(20);
                await StartAsync(i);
            }
        }
        await AcknowledgesAsync(20);
        await StopAsync(load);

        _watch.HasNoComplaints(nginx.Log);
        Assert.Equal(0, _watch.Refused);
        await using var database = _postgres.Connect();
        Assert.Empty(await _promises.BreachesAsync(database, isSettled: true));
        TestContext.Current.TestOutputHelper?.WriteLine($"{Rounds * 2} restarts; {_watch}; nginx went to the other node {nginx.Log.Split('\n').Count(line => line.Contains("[error]", StringComparison.Ordinal))} times");
    }

    /// <summary>The control: a proxy that does not go to the other node lets callers notice.</summary>
    [Fact]
    public async Task Where_the_proxy_does_not_go_to_the_other_node_requests_fail()
    {
        await using var nginx = new OwnNginx(_urls, conf => conf.Replace("proxy_next_upstream error timeout", "proxy_next_upstream off; #", StringComparison.Ordinal));
        await nginx.StartAsync();
        var load = Load(nginx.Url);
        await AcknowledgesAsync(20);
        (await _nodes[0].EndBySignalAsync("TERM")).Succeeds();
        await AcknowledgesAsync(20);
        await StopAsync(load);

        Assert.NotEmpty(_watch.Complaints);
    }

    private async Task StartAsync(int i)
    {
        _nodes[i]?.Dispose();
        _nodes[i] = await _witan.ListenAsync("serve", "--urls", _urls[i].ToString(), "--database", _postgres.DatabaseOf($"node-{i}"));
    }

    private Task Load(Uri proxy)
    {
        var http = Watch.ClientOf(proxy);
        http.DefaultRequestHeaders.Authorization = new("Bearer", _key);
        return Task.WhenAll([
            .. Enumerable.Range(0, Writers).Select(number => Task.Run(() => WriteAsync(http, number))),
            .. Enumerable.Range(0, Readers).Select(number => Task.Run(() => ReadAsync(http, new Random(number)))),
        ]);
    }

    // Every write has an Idempotency-Key, as those of our own client have.
    private async Task WriteAsync(HttpClient http, int number)
    {
        var author = new Author(number, _promises, mayRepeat: true);
        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            var write = author.Next();
            var (status, body) = await _watch.SendAsync(http, (write with { Key = write.Key ?? string.Create(CultureInfo.InvariantCulture, $"rolling-{number}-{i}") }).ToRequest());
            if (status is 200 or 201)
                write.Acknowledge(body);
            await Task.Delay(5);
        }
    }

    private async Task ReadAsync(HttpClient http, Random random)
    {
        while (!_stop.IsCancellationRequested)
        {
            await _watch.SendAsync(http, random.Next(5) switch
            {
                0 when _promises.AnyFix is { } id => Resilience.Load.Get(string.Create(CultureInfo.InvariantCulture, $"auto-fixes/{id}")),
                1 => Resilience.Load.Get("learnings?limit=10"),
                2 => Resilience.Load.Get("stats/fixes"),
                3 => Resilience.Load.Get("votes?limit=10"),
                _ => Resilience.Load.Get("auto-fixes?limit=10"),
            });
            await Task.Delay(5);
        }
    }

    private async Task AcknowledgesAsync(int more)
    {
        var (wanted, since) = (_promises.Acknowledged + more, Stopwatch.GetTimestamp());
        while (_promises.Acknowledged < wanted)
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < Patience, $"no {more} writes were acknowledged ({_watch}):\n{string.Join('\n', _watch.Complaints.Take(30))}");
            await Task.Delay(2);
        }
    }

    private async Task StopAsync(Task load)
    {
        await _stop.CancelAsync();
        await load;
    }
}
