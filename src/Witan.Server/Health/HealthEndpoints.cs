using Witan.Client;
using Witan.Server.Platform.Auth;

namespace Witan.Server.Health;

/// <summary>What is asked by whoever runs Witan: is it alive, and can it serve?</summary>
internal static class HealthEndpoints
{
    public static void AddHealth(this IServiceCollection services) => services
        .AddSingleton<HealthCheck>().AddSingleton<Gauges>().AddHostedService(rooms => rooms.GetRequiredService<Gauges>());

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/health").WithTags("Health").ForAnyone();
        group.MapGet("/live", () => TypedResults.Json(new Liveness("live"), WitanJson.Default.Liveness)).WithName("Live").WithSummary("The process answers").Produces<Liveness>();
        group.MapGet("/ready", Ready).WithName("Ready").WithSummary("Each dependency's state; degraded is ready").Produces<Readiness>().Produces<Readiness>(503);
    }

    private static async Task<IResult> Ready(HealthCheck health, CancellationToken cancel)
    {
        var answer = (await health.CheckAsync(cancel)).Answer;
        return TypedResults.Json(answer, WitanJson.Default.Readiness, statusCode: answer.Status is "unavailable" or "stopping" ? 503 : 200);
    }
}
