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
            return SendAsync(context, entry!, _database.Away is null ? "witan; hit" : StaleMark);
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

    private Task SendAsync(HttpContext context, Entry entry, string status)
    {
        context.Response.Headers[Status] = status;
        if (ReferenceEquals(status, StaleMark))
            context.Response.Headers.Age = ((long)_clock.GetElapsedTime(entry.MadeAt).TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return entry.Answer.SendAsync(context);
    }

    private async Task MissAsync(HttpContext context, RequestDelegate next, CacheRule rule, string key)
    {
        var made = _generations.Now(rule.Tags(context));
        while (true)
        {
            var flight = new Flight(made);
            var under = _flights.GetOrAdd(key, flight);
            if (under == flight)
            {
                await LeadAsync(context, next, rule, key, flight);
                return;
            }
            // What began before a write must not answer who asks after it.
            if (!under.Made.IsCurrent)
            {
                await LoadAsync(context, next, rule, key, flight);
                return;
            }
            switch (await under.Landing.WaitAsync(context.RequestAborted))
            {
                case { Answer: not null } entry:
                    _instruments.CacheHits.Of("shared_load", rule.Kind).Add();
                    await SendAsync(context, entry.Answer, "witan; hit; collapsed");
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
            await LoadAsync(context, next, rule, key, flight);
        }
        finally
        {
            Land(key, flight, new(null, IsAbandoned: context.RequestAborted.IsCancellationRequested)); // unless it has landed
        }
    }

    private async Task LoadAsync(HttpContext context, RequestDelegate next, CacheRule rule, string key, Flight flight)
    {
        var sharedKey = _shared is null ? "" : Tags.Key(key);
        var shared = _shared is null ? null : await _shared.FindAsync(sharedKey, flight.Made.Tags);
        var lifetime = rule.Lifetime * (0.9 + (0.2 * Random.Shared.NextDouble())); // so that what was cached together does not end together
        if (shared?.Answer is { } found)
        {
            _instruments.CacheHits.Of("redis", rule.Kind).Add();
            await SendAsync(context, Keep(key, found, flight, lifetime), "witan; hit; detail=redis");
            return;
        }
        _instruments.CacheMisses.Of(rule.Kind).Add();
        var capture = new Capture();
        context.Features.Set(capture);
        try
        {
            await next(context);
        }
        catch (Exception e) when (IsAway(e) && !context.Response.HasStarted && _entries.Get(key) is Entry old)
        {
            await SendAsync(context, old, StaleMark);
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
            _ = _shared!.StoreAsync(sharedKey, flight.Made.Tags, shared.State, answer, lifetime);
        await SendAsync(context, entry, "witan; fwd=miss; stored");
    }

    // A remote database, that is; a file that is locked is not away.
    private bool IsAway(Exception exception) => _database.IsShared && (exception as StorageFault ?? (exception is DbException failed ? StorageFault.Of(failed) : null)) is { IsFull: false };

    private Entry Keep(string key, Representation answer, Flight flight, TimeSpan lifetime)
    {
        var entry = new Entry(answer, flight.Made, _clock.GetTimestamp(), lifetime);
        _entries.Set(key, entry, new MemoryCacheEntryOptions { Size = answer.Size + (2 * key.Length), AbsoluteExpirationRelativeToNow = KeptForFailure });
        Land(key, flight, new(entry, IsAbandoned: false));
        return entry;
    }

    private void Land(string key, Flight flight, Landing landing)
    {
        _flights.TryRemove(new(key, flight));
        flight.Land(landing);
    }

    /// <summary>An answer, and what it was made of.</summary>
    private sealed record Entry(Representation Answer, Generations.Snapshot Made, long MadeAt, TimeSpan Lifetime);

    /// <summary>What came of a load: an answer for all, or none.</summary>
    private sealed record Landing(Entry? Answer, bool IsAbandoned);

    /// <summary>A load under way, which others wait for.</summary>
    private sealed class Flight(Generations.Snapshot made)
    {
        private readonly TaskCompletionSource<Landing> _landing = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Generations.Snapshot Made => made;

        public Task<Landing> Landing => _landing.Task;

        public void Land(Landing landing) => _landing.TrySetResult(landing);
    }
}
