using System.Data.Common;
using Dapper;
using Witan.Client;
using Witan.Server.Models;
using Witan.Server.Platform.Caching;
using Witan.Server.Platform.Http;
using Witan.Server.Platform.RateLimiting;
using Witan.Server.Platform.Redis;
using Witan.Server.Stats;
using Witan.Server.Storage;

namespace Witan.Server.Health;

/// <summary>Asks each dependency how it is. What only makes Witan slower, or its numbers older, makes it degraded and not unavailable.</summary>
internal sealed class HealthCheck(Database database, ModelRegistry models, CacheLink cache, Buckets buckets, Draining draining, IHostApplicationLifetime lifetime, TimeProvider clock)
{
    public async Task<Checkup> CheckAsync(CancellationToken cancel)
    {
        var (store, ages) = await InTimeAsync(cancel);
        var model = models.Serving.Fault is { } fault ? new DependencyState("degraded", fault) : new DependencyState("ok", null);
        var dependencies = new Dictionary<string, DependencyState> { ["database"] = store, ["model"] = model, ["summaries"] = Summaries(ages) };
        if (cache.Link is { } link)
            dependencies["redis"] = Redis(link, buckets.Server!.Link);
        var status = draining.HasBegun || lifetime.ApplicationStopping.IsCancellationRequested ? "stopping"
            : store.Status != "ok" ? "unavailable"
            : dependencies.Values.Any(state => state.Status != "ok") ? "degraded" : "ready";
        return new(new(status, dependencies), ages);
    }

    private async Task<(DependencyState Database, IReadOnlyDictionary<string, DateTimeOffset?>? Ages)> InTimeAsync(CancellationToken cancel)
    {
        try
        {
            return await AskAsync(cancel).WaitAsync(database.Deadline ?? Timeout.InfiniteTimeSpan, cancel);
        }
        catch (TimeoutException)
        {
            return (new("unavailable", "The database does not answer."), null);
        }
    }

    private async Task<(DependencyState Database, IReadOnlyDictionary<string, DateTimeOffset?>? Ages)> AskAsync(CancellationToken cancel)
    {
        try
        {
            await using var connection = await database.OpenAsync(cancel);
            await connection.ExecuteScalarAsync(new CommandDefinition("SELECT count(*) FROM models", cancellationToken: cancel));
            return (new("ok", null), await database.SummaryAgesAsync(cancel));
        }
        catch (Exception e) when (e is DbException or StorageFault || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            var fault = e as StorageFault ?? (e is DbException failed ? StorageFault.Of(failed) : null);
            return (new("unavailable", fault?.Message ?? "The database does not answer."), null);
        }
    }

    private DependencyState Summaries(IReadOnlyDictionary<string, DateTimeOffset?>? ages)
    {
        if (ages is null)
            return new("unknown", "The database does not answer.");
        var oldest = ages.Count == 0 ? null : ages.Values.Min();
        return database.NeedsRefresh && clock.GetUtcNow() - oldest is { } age && age > SummaryRefresh.Stale
            ? new("degraded", $"The summaries were last refreshed {(int)age.TotalMinutes} minutes ago; the log of the node that refreshes them says why.", oldest)
            : new("ok", null, oldest);
    }

    private static DependencyState Redis(params ReadOnlySpan<RedisLink> links)
    {
        foreach (var link in links)
        {
            if (!link.IsUp)
                return new("degraded", $"Redis does not serve the {link.Purpose}: this node limits and caches by itself.");
        }
        return new("ok", null);
    }
}

/// <summary>How each dependency is, and when each summary was last up to date; null when the database did not tell.</summary>
internal sealed record Checkup(Readiness Answer, IReadOnlyDictionary<string, DateTimeOffset?>? Ages);
