using System.Data.Common;
using System.Text.Json.Serialization;
using Dapper;
using Witan.Server.Models;
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

    private static async Task<IResult> Ready(Database database, ModelRegistry models, CancellationToken cancel)
    {
        var store = await CheckAsync(database, cancel);
        var model = models.Serving.Fault is { } fault ? new DependencyState("degraded", fault) : new DependencyState("ok", null);
        var status = store.Status != "ok" ? "unavailable" : model.Status == "ok" ? "ready" : "degraded";
        return TypedResults.Json(new ReadyAnswer(status, new() { ["database"] = store, ["model"] = model }), HealthJson.Default.ReadyAnswer,
            statusCode: status == "unavailable" ? 503 : 200);
    }

    private static async Task<DependencyState> CheckAsync(Database database, CancellationToken cancel)
    {
        try
        {
            await using var connection = await database.OpenAsync(cancel);
            await connection.ExecuteScalarAsync(new CommandDefinition("SELECT count(*) FROM models", cancellationToken: cancel));
            return new("ok", null);
        }
        catch (DbException e)
        {
            return new("unavailable", Dialect.FaultOf(e)?.Message ?? "The database does not answer.");
        }
    }
}

internal sealed record LiveAnswer(string Status);

internal sealed record DependencyState(string Status, string? Detail);

internal sealed record ReadyAnswer(string Status, Dictionary<string, DependencyState> Dependencies);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LiveAnswer))]
[JsonSerializable(typeof(ReadyAnswer))]
internal sealed partial class HealthJson : JsonSerializerContext;
