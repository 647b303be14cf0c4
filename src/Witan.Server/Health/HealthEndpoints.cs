using System.Data.Common;
using System.Text.Json.Serialization;
using Dapper;
using Witan.Server.Models;
using Witan.Server.Stats;
using Witan.Server.Storage;

namespace Witan.Server.Health;

/// <summary>What is asked by whoever runs Witan: is it alive, and can it serve?</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/health").WithTags("Health");
        group.MapGet("/live", () => TypedResults.Json(new LiveAnswer("live"), HealthJson.Default.LiveAnswer)).WithName("Live").WithSummary("The process answers").Produces<LiveAnswer>();
        group.MapGet("/ready", Ready).WithName("Ready").WithSummary("Each dependency's state; degraded is ready").Produces<ReadyAnswer>().Produces<ReadyAnswer>(503);
    }

    private static async Task<IResult> Ready(Database database, ModelRegistry models, TimeProvider clock, CancellationToken cancel)
    {
        var (store, summaries) = await InTimeAsync(database, clock.GetUtcNow(), cancel);
        var model = models.Serving.Fault is { } fault ? new DependencyState("degraded", fault) : new DependencyState("ok", null);
        var status = store.Status != "ok" ? "unavailable" : model.Status == "ok" && summaries.Status == "ok" ? "ready" : "degraded";
        return TypedResults.Json(new ReadyAnswer(status, new() { ["database"] = store, ["model"] = model, ["summaries"] = summaries }), HealthJson.Default.ReadyAnswer,
            statusCode: status == "unavailable" ? 503 : 200);
    }

    private static async Task<(DependencyState Database, DependencyState Summaries)> InTimeAsync(Database database, DateTimeOffset now, CancellationToken cancel)
    {
        try
        {
            return await CheckAsync(database, now, cancel).WaitAsync(database.Deadline ?? Timeout.InfiniteTimeSpan, cancel);
        }
        catch (TimeoutException)
        {
            return (new("unavailable", "The database does not answer."), new("unknown", "The database does not answer."));
        }
    }

    private static async Task<(DependencyState Database, DependencyState Summaries)> CheckAsync(Database database, DateTimeOffset now, CancellationToken cancel)
    {
        try
        {
            await using var connection = await database.OpenAsync(cancel);
            await connection.ExecuteScalarAsync(new CommandDefinition("SELECT count(*) FROM models", cancellationToken: cancel));
            return (new("ok", null), Summaries(database, await database.SummaryAgesAsync(cancel), now));
        }
        catch (Exception e) when (e is DbException or StorageFault || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            var fault = e as StorageFault ?? (e is DbException failed ? StorageFault.Of(failed) : null);
            return (new("unavailable", fault?.Message ?? "The database does not answer."), new("unknown", "The database does not answer."));
        }
    }

    private static DependencyState Summaries(Database database, IReadOnlyDictionary<string, DateTimeOffset?> ages, DateTimeOffset now)
    {
        var oldest = ages.Count == 0 ? null : ages.Values.Min();
        return database.NeedsRefresh && now - oldest is { } age && age > SummaryRefresh.Stale
            ? new("degraded", $"The summaries were last refreshed {(int)age.TotalMinutes} minutes ago; the log of the node that refreshes them says why.", oldest)
            : new("ok", null, oldest);
    }
}

internal sealed record LiveAnswer(string Status);

internal sealed record DependencyState(string Status, string? Detail, DateTimeOffset? RefreshedAt = null);

internal sealed record ReadyAnswer(string Status, Dictionary<string, DependencyState> Dependencies);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LiveAnswer))]
[JsonSerializable(typeof(ReadyAnswer))]
internal sealed partial class HealthJson : JsonSerializerContext;
