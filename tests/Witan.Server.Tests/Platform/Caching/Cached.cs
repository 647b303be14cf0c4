using Witan.Server.Platform.Telemetry;
using Witan.Server.Storage;

namespace Witan.Server.Tests.Platform.Caching;

/// <summary>How answers were come by, and a load that a test may hold up.</summary>
internal static class Cached
{
    /// <summary>What an answer says of the cache; empty when it says nothing.</summary>
    public static string CacheStatus(this Answer answer) => answer.Headers.TryGetValues("Cache-Status", out var values) ? string.Join(", ", values) : "";

    public static bool IsHit(this Answer answer) => answer.CacheStatus().StartsWith("witan; hit", StringComparison.Ordinal);

    public static bool IsStale(this Answer answer) => answer.CacheStatus().Contains("fwd=stale", StringComparison.Ordinal);

    /// <summary>Answers so far that their routes made.</summary>
    public static long Misses(this WitanServer server) => server.Room<Instruments>().CacheMisses.Read().Sum(counted => counted.Value);

    /// <summary>Answers so far that came from a level of the cache.</summary>
    public static long Hits(this WitanServer server, string level) => server.Room<Instruments>().CacheHits.Read()
        .Where(counted => counted.Tags.ToArray().Any(tag => tag is { Key: "level", Value: string at } && at == level)).Sum(counted => counted.Value);

    /// <summary>Holds up the next read of a server's database when it has read and not yet answered.</summary>
    public static HeldRead HoldNextRead(this WitanServer server) => new(server.Room<Database>());
}

/// <summary>Counts the reads of a server's database from here on.</summary>
internal sealed class ReadCount
{
    private int _count;

    public ReadCount(WitanServer server)
    {
        var database = server.Room<Database>();
        var before = database.ReadEnded;
        database.ReadEnded = took =>
        {
            Interlocked.Increment(ref _count);
            before?.Invoke(took);
        };
    }

    public int Count => Volatile.Read(ref _count);
}

/// <summary>The next read of a database: it has what it read, and does not go on until it is let go.</summary>
internal sealed class HeldRead
{
    private readonly TaskCompletionSource _began = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HeldRead(Database database)
    {
        var before = database.ReadEnded;
        database.ReadEnded = took =>
        {
            database.ReadEnded = before;
            before?.Invoke(took);
            _began.TrySetResult();
            _goOn.Task.Wait(TimeSpan.FromSeconds(20));
        };
    }

    /// <summary>Ends when the read has what it read.</summary>
    public Task HasRead => _began.Task.WaitAsync(TimeSpan.FromSeconds(20));

    public void GoOn() => _goOn.TrySetResult();
}
