using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Caching.Memory;
using Witan.Server.Platform.Http;
using Witan.Server.Platform.Telemetry;
using Witan.Server.Storage;

namespace Witan.Server.Platform.Caching;

/// <summary>How much memory cached answers may take; none turns the cache off.</summary>
internal sealed record CacheSize(int Megabytes = 64);

/// <summary>
/// Finished answers, cached aside: in memory, then in Redis, then made by the route. Of requests for the same answer at the same time
/// one makes it. While the database is away what is there is served on, and marked as stale.
/// </summary>
internal sealed class ResponseCache : IDisposable
{
    private const string Status = "Cache-Status"; // RFC 9211
    private static readonly TimeSpan KeptForFailure = TimeSpan.FromHours(24);

    private readonly MemoryCache _entries;
    private readonly ConcurrentDictionary<string, Flight> _flights = new();
    private readonly Generations _generations;
    private readonly Invalidation _invalidation;
    private readonly SharedCache? _shared;
    private readonly Database _database;
    private readonly TimeProvider _clock;
    private readonly Instruments _instruments;
    private readonly ConcurrentDictionary<string, CellCounter.Cell> _memoryHits = new();

    public ResponseCache(CacheSize size, Generations generations, Invalidation invalidation, Database database, TimeProvider clock, Instruments instruments, CacheLink redis)
    {
        (_generations, _invalidation, _shared, _database, _clock, _instruments) = (generations, invalidation, redis.Shared, database, clock, instruments);
        _entries = new(new MemoryCacheOptions { SizeLimit = (long)size.Megabytes << 20 });
    }

    /// <summary>Answers from the cache, or has the route answer and keeps it.</summary>
    public Task ServeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<CacheRule>() is not { } rule)
            return next(context);
        var key = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget; // as the caller wrote it: nothing is parsed for a hit
        if (_entries.TryGetValue(key, out Entry? entry) && IsFresh(entry!))
        {
            MemoryHitsOf(rule).Add();
            return SendAsync(context, entry!, "witan; hit");
        }
        return _database.Away is not null && entry is not null ? SendAsync(context, entry, StaleMark) : MissAsync(context, next, rule, key);
    }

    public void Dispose() => _entries.Dispose();

    private const string StaleMark = "witan; hit; fwd=stale; detail=\"the database is away\"";

    private CellCounter.Cell MemoryHitsOf(CacheRule rule) =>
        _memoryHits.TryGetValue(rule.Kind, out var cell) ? cell : _memoryHits[rule.Kind] = _instruments.CacheHits.Of("memory", rule.Kind);

    private bool IsFresh(Entry entry)
    {
        var age = _clock.GetElapsedTime(entry.MadeAt);
        return entry.Made.IsCurrent && age < entry.Lifetime && (_invalidation.IsTold || age < Invalidation.LifetimeAlone);
    }

    // While the database is away nobody knows whether others have written to it.
    private Task SendAsync(HttpContext context, Entry entry, string status)
    {
        if (_database.Away is not null)
            status = StaleMark;
        context.Response.Headers[Status] = status;
        if (ReferenceEquals(status, StaleMark))
            context.Response.Headers.Age = ((long)_clock.GetElapsedTime(entry.MadeAt).TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return entry.Answer.SendAsync(context);
    }

    private async Task MissAsync(HttpContext context, RequestDelegate next, CacheRule rule, string key)
    {
        var tags = rule.Tags(context);
        while (true)
        {
            var flight = new Flight(_clock.GetTimestamp(), _generations.Now(tags));
            var under = _flights.GetOrAdd(key, flight);
            var isCurrent = under.Made.IsCurrent;
            // What began before a write must not answer who asks after it: they have a load of their own, one for all of them.
            if (under == flight || (!isCurrent && _flights.TryUpdate(key, flight, under)))
            {
                await LeadAsync(context, next, rule, key, flight);
                return;
            }
            if (!isCurrent)
                continue;
            switch (await under.Landing.WaitAsync(context.RequestAborted))
            {
                case { Answer: { } entry }:
                    _instruments.CacheHits.Of("shared_load", rule.Kind).Add();
                    await SendAsync(context, entry, "witan; hit; collapsed");
                    return;
                case { Fault: { } fault }:
                    await SendOldAsync(context, key, fault); // rather than wait for the database as long again
                    return;
                case { IsAbandoned: false }:
                    await next(context); // the route has no answer to share, such as a 404
                    return;
            }
        }
    }

    private async Task LeadAsync(HttpContext context, RequestDelegate next, CacheRule rule, string key, Flight flight)
    {
        try
        {
            // Somebody else's load may have landed just before this one took its place.
            if (_entries.TryGetValue(key, out Entry? landed) && IsFresh(landed!))
            {
                flight.Land(new(landed, null));
                MemoryHitsOf(rule).Add();
                await SendAsync(context, landed!, "witan; hit");
                return;
            }
            await LoadAsync(context, next, rule, key, flight);
        }
        finally
        {
            _flights.TryRemove(new(key, flight));
            flight.Land(new(null, null, IsAbandoned: context.RequestAborted.IsCancellationRequested)); // unless it has landed
        }
    }

    private async Task LoadAsync(HttpContext context, RequestDelegate next, CacheRule rule, string key, Flight flight)
    {
        var sharedKey = _shared is not null && rule.IsShared ? Tags.Key(key) : null;
        var shared = sharedKey is null ? null : await _shared!.FindAsync(sharedKey, flight.Made.Tags);
        var lifetime = rule.Lifetime * (0.9 + (0.2 * Random.Shared.NextDouble())); // so that what was cached together does not end together
        if (shared?.Answer is { } found)
        {
            _instruments.CacheHits.Of("redis", rule.Kind).Add();
            await SendAsync(context, Keep(key, found, flight, shared.Left < lifetime ? shared.Left : lifetime), "witan; hit; detail=redis");
            return;
        }
        _instruments.CacheMisses.Of(rule.Kind).Add();
        var capture = new Capture();
        context.Features.Set(capture);
        try
        {
            await next(context);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested && FaultOf(e) is not null)
        {
            var fault = FaultOf(e)!;
            flight.Land(new(null, fault));
            await SendOldAsync(context, key, fault);
            return;
        }
        finally
        {
            context.Features.Set<Capture>(null);
        }
        if (capture.Taken is not { } answer)
            return;
        var entry = Keep(key, answer, flight, lifetime);
        if (shared is not null)
            _ = _shared!.StoreAsync(sharedKey!, flight.Made.Tags, shared.State, answer, lifetime);
        await SendAsync(context, entry, "witan; fwd=miss; stored");
    }

    // The database does not serve: what is there, however old, and marked; or why not.
    private Task SendOldAsync(HttpContext context, string key, StorageFault fault) => !context.Response.HasStarted && _entries.TryGetValue(key, out Entry? old)
        ? SendAsync(context, old!, StaleMark)
        : throw new StorageFault(fault.Message, fault.IsFull, fault);

    private static StorageFault? FaultOf(Exception e) => e as StorageFault ?? (e is DbException failed ? StorageFault.Of(failed) : null);

    private Entry Keep(string key, Representation answer, Flight flight, TimeSpan lifetime)
    {
        var entry = new Entry(answer, flight.Made, flight.Began, lifetime);
        // A load that a write has overtaken may end after the one that began after the write.
        if (entry.Made.IsCurrent || !_entries.TryGetValue(key, out Entry? newer) || newer!.MadeAt < entry.MadeAt)
            _entries.Set(key, entry, new MemoryCacheEntryOptions { Size = answer.Size + (2 * key.Length), AbsoluteExpirationRelativeToNow = KeptForFailure });
        flight.Land(new(entry, null));
        return entry;
    }

    /// <summary>An answer, what it was made of, and when that was begun.</summary>
    private sealed record Entry(Representation Answer, Generations.Snapshot Made, long MadeAt, TimeSpan Lifetime);

    /// <summary>What came of a load: an answer for all, why there is none, or neither.</summary>
    private sealed record Landing(Entry? Answer, StorageFault? Fault, bool IsAbandoned = false);

    /// <summary>A load under way, which others wait for.</summary>
    private sealed class Flight(long began, Generations.Snapshot made)
    {
        private readonly TaskCompletionSource<Landing> _landing = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Began => began;

        public Generations.Snapshot Made => made;

        public Task<Landing> Landing => _landing.Task;

        public void Land(Landing landing) => _landing.TrySetResult(landing);
    }
}
