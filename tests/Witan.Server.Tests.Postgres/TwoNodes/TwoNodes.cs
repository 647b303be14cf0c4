using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Witan.Server.Storage;

namespace Witan.Server.Tests.TwoNodes;

/// <summary>Two nodes on one database, with a clock that stands until a test moves it.</summary>
public abstract class TwoNodes : IAsyncLifetime
{
    private static readonly WriteOperation<int, int> Nothing = (_, inputs) => Task.FromResult<IReadOnlyList<int>>([.. inputs]);

    internal FakeTimeProvider Clock { get; } = new(OneServer.Start);

    internal WitanServer First { get; private set; } = null!;

    internal WitanServer Second { get; private set; } = null!;

    internal IReadOnlyList<WitanServer> Both => [First, Second];

    public async ValueTask InitializeAsync()
    {
        First = await WitanServer.StartAsync(Clock);
        Second = await AnotherAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Second.DisposeAsync();
        await First.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>One more node.</summary>
    internal Task<WitanServer> AnotherAsync() => WitanServer.StartAsync(Clock, settings => settings with { Database = First.Database });

    internal NpgsqlConnection Connect() => new($"{First.Database};Pooling=false");

    /// <summary>A node that takes turns.</summary>
    internal WitanServer Node(int turn) => turn % 2 == 0 ? First : Second;

    /// <summary>Has each node take in what the others wrote, as its heartbeat does.</summary>
    internal async Task CatchUpAsync(params IEnumerable<WitanServer> nodes)
    {
        foreach (var node in nodes)
            await node.Room<WriteQueue>().RunAsync(Nothing, 0);
    }
}
