using System.Diagnostics;
using Witan.Server.Platform.Caching;
using Witan.Server.Tests.Platform.Caching;

namespace Witan.Server.Tests.TwoNodes;

/// <summary>Two nodes with one database and one Redis, by the real clock.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "Resilience")]
public sealed class SharedCacheTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);

    private OwnRedis _redis = null!;
    private WitanServer _first = null!;
    private WitanServer _second = null!;

    public async ValueTask InitializeAsync()
    {
        Engine.NeedPostgres();
        _redis = await OwnRedis.StartAsync();
        _first = await WitanServer.StartAsync(change: settings => settings with { Redis = _redis.Setting });
        _second = await WitanServer.StartAsync(change: settings => settings with { Redis = _redis.Setting, Database = _first.Database });
    }

    public async ValueTask DisposeAsync()
    {
        await _second.DisposeAsync();
        await _first.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task What_one_node_made_the_other_takes_from_Redis()
    {
        await _first.TeachAsync("a", 30);
        await UntilAsync(async () => (await _second.GetAsync("/agents/a")).Status == 200);
        var made = await _first.GetAsync("/auto-fixes?agentId=a");
        await UntilAsync(async () => (await _redis.AskAsync(database => database.KeyExistsAsync(Tags.Key($"{Conversation.Prefix}/auto-fixes?agentId=a")))));
        var taken = await _second.GetAsync("/auto-fixes?agentId=a");
        Assert.Equal("witan; hit; detail=redis", taken.From());
        Assert.Equal((made.Text, made.ETag), (taken.Text, taken.ETag));
        Assert.Equal("witan; hit", (await _second.GetAsync("/auto-fixes?agentId=a")).From());
    }

    [Fact]
    public async Task Ten_thousand_writes_are_seen_at_once_here_and_within_100_ms_there()
    {
        var watchers = Enumerable.Range(0, 4).Select(i => new Watcher($"agent-{i}", _first, _second)).ToList();
        using var stop = new CancellationTokenSource();
        var reading = watchers.SelectMany(watcher => new[] { watcher.ReadAsync("", stop.Token), watcher.ReadAsync("&q=slow", stop.Token) }).ToList();
        await Task.WhenAll(watchers.Select(watcher => watcher.WriteAsync(2_500)));
        await stop.CancelAsync();
        await Task.WhenAll(reading);
        Assert.Empty(watchers.SelectMany(watcher => watcher.Late));
        Assert.InRange(watchers.Sum(watcher => watcher.Reads), 1_000, int.MaxValue);
        TestContext.Current.TestOutputHelper?.WriteLine($"{watchers.Sum(w => w.Reads)} reads of the other node, the latest {watchers.Max(w => w.Worst).TotalMilliseconds:0} ms behind");
    }

    [Theory]
    [InlineData("kill")]
    [InlineData("stop")]
    [InlineData("flush")]
    public async Task Whatever_happens_to_Redis_nothing_fails_and_nothing_is_older_than_2_seconds(string what)
    {
        var watcher = new Watcher("agent", _first, _second) { Bound = Invalidation.LifetimeAlone + Soon };
        using var stop = new CancellationTokenSource();
        var reading = watcher.ReadAsync("", stop.Token);
        await watcher.WriteAsync(100);
        await (what == "kill" ? _redis.KillAsync() : what == "stop" ? _redis.StopAsync() : _redis.FlushAsync());
        var since = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(4))
            await watcher.WriteAsync(10);
        await (what == "kill" ? _redis.RestartAsync() : what == "stop" ? _redis.ContinueAsync() : Task.CompletedTask);
        since = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(4))
            await watcher.WriteAsync(10);
        await stop.CancelAsync();
        await reading;
        Assert.Empty(watcher.Late);
    }

    [Fact]
    public async Task A_message_that_was_lost_is_found_out_by_the_database()
    {
        await _first.TeachAsync("a", 3);
        await UntilAsync(async () => (await _second.GetAsync("/auto-fixes?agentId=a"))["autoFixes"].GetArrayLength() == 3);
        // The writer's own way to Redis is cut while it writes: it can tell nobody.
        await _redis.AskAsync(database => database.ExecuteAsync("ACL", "SETUSER", "default", "-publish", "-eval", "-evalsha"));
        await _first.ProposeAsync(Some.Fix("a"));
        var since = Stopwatch.GetTimestamp();
        await UntilAsync(async () => (await _second.GetAsync("/auto-fixes?agentId=a"))["autoFixes"].GetArrayLength() == 4);
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        var since = Stopwatch.GetTimestamp();
        while (!await isSo())
            Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    /// <summary>Writes on one node and reads on both: what was answered is to be seen.</summary>
    private sealed class Watcher(string agent, WitanServer writes, WitanServer reads)
    {
        private readonly List<(Guid Id, long At)> _written = [];
        private readonly Lock _gate = new();

        public TimeSpan Bound { get; init; } = Soon;

        public List<string> Late { get; } = [];

        public int Reads { get; private set; }

        public TimeSpan Worst { get; private set; }

        public async Task WriteAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                var fix = await writes.ProposeAsync(Some.Fix(agent) with { Error = "slow to find" });
                lock (_gate)
                    _written.Add((fix.Id!.Value, Stopwatch.GetTimestamp()));
                if (i % 10 == 0) // its own node, at once
                    Assert.Equal(fix.Id, (await writes.GetAsync($"/auto-fixes?agentId={agent}&limit=1"))["autoFixes"][0].GetProperty("id").GetGuid());
            }
        }

        public async Task ReadAsync(string filter, CancellationToken stop)
        {
            while (!stop.IsCancellationRequested)
            {
                var began = Stopwatch.GetTimestamp();
                var answer = await reads.GetAsync($"/auto-fixes?agentId={agent}&limit=1{filter}");
                Assert.True(answer.Status == 200, answer.Text);
                var fixes = answer["autoFixes"];
                Look(fixes.GetArrayLength() == 0 ? null : fixes[0].GetProperty("id").GetGuid(), began);
            }
        }

        private void Look(Guid? newest, long began)
        {
            lock (_gate)
            {
                Reads++;
                var seen = newest is null ? -1 : _written.FindLastIndex(fix => fix.Id == newest);
                if (newest is not null && seen < 0)
                    return; // newer than any that was answered
                if (seen + 1 >= _written.Count)
                    return;
                var behind = Stopwatch.GetElapsedTime(_written[seen + 1].At, began);
                if (behind > Worst)
                    Worst = behind;
                if (behind > Bound)
                    Late.Add($"{agent}: a read {behind.TotalMilliseconds:0} ms after a write did not show it");
            }
        }
    }
}
