using Microsoft.AspNetCore.Http.Features;
using Witan.Client;

namespace Witan.Server.Platform.Http;

/// <summary>What every route under the prefix has in common.</summary>
internal static class Api
{
    public const string Prefix = "/api/agent-intelligence";

    public static RouteGroupBuilder MapApi(this IEndpointRouteBuilder routes) =>
        routes.MapGroup(Prefix).AddEndpointFilter<Deadlines>().AddEndpointFilter<RejectBadInput>().AddEndpointFilter<EntityTags>();

    /// <summary>The last segment of the path as the caller meant it: the server leaves %2F as it is and unescapes the rest, so "a/b" and "a%2Fb" look alike after it.</summary>
    public static string? LastSegment(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget;
        if (target is null)
            return null;
        var path = target.Split('?', 2)[0];
        return Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]);
    }

    /// <summary>Documents the problems that a route may answer with.</summary>
    public static RouteHandlerBuilder Fails(this RouteHandlerBuilder route, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
            route.Produces<Problem>(status, "application/problem+json");
        return route;
    }
}
