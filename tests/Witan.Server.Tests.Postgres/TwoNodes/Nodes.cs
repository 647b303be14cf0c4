using System.Diagnostics;
using Witan.Server.Tests.Platform.Caching;

namespace Witan.Server.Tests.TwoNodes;

/// <summary>Nodes on one PostgreSQL with clocks that go, and perhaps a Redis that tells each what the other wrote.</summary>
internal sealed class Nodes(WitanServer first, WitanServer second) : IAsyncDisposable
{
    public WitanServer First => first;

    public WitanServer Second => second;

    /// <summary>Starts both, and returns when each is there for the other.</summary>
    public static async Task<Nodes> StartAsync(OwnRedis? redis)
    {
        var first = await WitanServer.StartAsync(change: settings => settings with { Redis = redis?.Setting });
        var second = await WitanServer.StartAsync(change: settings => settings with { Redis = redis?.Setting, Database = first.Database });
        var nodes = new Nodes(first, second);
        await nodes.First.TeachAsync("ada", successes: 3);
        if (redis is not null)
            await UntilAsync(async () => await nodes.ShareAsync($"/auto-fixes?limit={Random.Shared.Next(1, 200)}"));
        return nodes;
    }

    /// <summary>Whether what the first makes is there for the second.</summary>
    public async Task<bool> ShareAsync(string read)
    {
        await first.GetAsync(read);
        await Task.Delay(20);
        return (await second.GetAsync(read)).CacheStatus().Contains("detail=redis", StringComparison.Ordinal);
    }

    /// <summary>How long it takes until something holds.</summary>
    public static async Task<TimeSpan> UntilAsync(Func<Task<bool>> holds)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(20), "It did not come to hold.");
            await Task.Delay(1);
        }
        return Stopwatch.GetElapsedTime(began);
    }

    public async ValueTask DisposeAsync()
    {
        await second.DisposeAsync();
        await first.DisposeAsync();
    }
}
