using Witan.Client;

namespace Witan.Server.Platform.Http;

/// <summary>What every route under the prefix has in common.</summary>
internal static class Api
{
    public const string Prefix = "/api/agent-intelligence";

    public static RouteGroupBuilder MapApi(this IEndpointRouteBuilder routes) =>
        routes.MapGroup(Prefix).AddEndpointFilter<RejectBadInput>().AddEndpointFilter<EntityTags>();

    /// <summary>Documents the problems that a route may answer with.</summary>
    public static RouteHandlerBuilder Fails(this RouteHandlerBuilder route, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
            route.Produces<Problem>(status, "application/problem+json");
        return route;
    }
}
