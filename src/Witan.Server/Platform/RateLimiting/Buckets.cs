using System.Collections.Concurrent;
using System.Threading.RateLimiting;

namespace Witan.Server.Platform.RateLimiting;

/// <summary>Whose bucket: a group of routes and a caller, by the id of the key or else by the address.</summary>
internal readonly record struct BucketKey(string Name, BucketRule Rule);

/// <summary>The buckets of all callers. There are never more than so many: who comes beyond shares one with others.</summary>
internal sealed class Buckets(BucketServer? server, TimeProvider clock) : PartitionedRateLimiter<BucketKey>
{
    private const int Most = 100_000;
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(5); // by then a bucket is full, and so is a new one

    private readonly ConcurrentDictionary<string, Entry> _entries = new();
    private int _count;

    /// <summary>Where they are shared; null for this process alone.</summary>
    public BucketServer? Server => server;

    public int Count => Volatile.Read(ref _count);

    public override RateLimiterStatistics? GetStatistics(BucketKey resource) => EntryOf(resource).Limiter.GetStatistics();

    /// <summary>Drops buckets that nobody has asked for some minutes.</summary>
    public void Sweep()
    {
        foreach (var (key, entry) in _entries)
        {
            if (clock.GetElapsedTime(entry.UsedAt) >= Idle && _entries.TryRemove(new(key, entry)))
                Interlocked.Decrement(ref _count);
        }
    }

    protected override RateLimitLease AttemptAcquireCore(BucketKey resource, int permitCount) => EntryOf(resource).Limiter.AttemptAcquire(permitCount);

    protected override ValueTask<RateLimitLease> AcquireAsyncCore(BucketKey resource, int permitCount, CancellationToken cancellationToken) =>
        EntryOf(resource).Limiter.AcquireAsync(permitCount, cancellationToken);

    protected override async ValueTask DisposeAsyncCore()
    {
        await (server?.DisposeAsync() ?? ValueTask.CompletedTask);
        await base.DisposeAsyncCore();
    }

    private Entry EntryOf(BucketKey key)
    {
        if (!_entries.TryGetValue(key.Name, out var entry))
            entry = Add(Count >= Most ? key with { Name = $"others:{key.Rule.Name}" } : key);
        else if (entry.Rule != key.Rule)
            entry = Add(key);
        entry.UsedAt = clock.GetTimestamp();
        return entry;
    }

    // A caller whose plan has changed begins with a new bucket. Of those that come at once with the same name one adds it, and counts it.
    private Entry Add(BucketKey key)
    {
        Entry? made = null;
        while (true)
        {
            var isKnown = _entries.TryGetValue(key.Name, out var known);
            if (isKnown && known!.Rule == key.Rule)
                return known;
            made ??= new(key.Rule, Make(key));
            if (isKnown && _entries.TryUpdate(key.Name, made, known!))
                return made;
            if (!isKnown && _entries.TryAdd(key.Name, made))
            {
                Interlocked.Increment(ref _count);
                return made;
            }
        }
    }

    private RateLimiter Make(BucketKey key) =>
        server is null ? new LocalBucket(key.Rule, clock) : new SharedBucket(key.Rule, server, $"witan:bucket:{{{key.Rule.Name}:{key.Name}}}", clock);

    private sealed class Entry(BucketRule rule, RateLimiter limiter)
    {
        public BucketRule Rule => rule;

        public RateLimiter Limiter => limiter;

        public long UsedAt { get; set; }
    }
}
