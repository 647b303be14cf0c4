namespace Witan.Server.Platform.Caching;

/// <summary>How the answers of a route are cached.</summary>
/// <param name="Kind">What they are, in metrics.</param>
/// <param name="Lifetime">How long they are kept when nothing that they depend on changes.</param>
/// <param name="Tags">What the answer to a request depends on, as narrow as the query.</param>
/// <param name="IsShared">Whether nodes share it through Redis: not where it depends on a memory that each of them brings up to date by itself.</param>
internal sealed record CacheRule(string Kind, TimeSpan Lifetime, Func<HttpContext, int[]> Tags, bool IsShared);

/// <summary>Marks routes whose answers are cached: those that do not depend on who asks.</summary>
internal static class CachedRoutes
{
    public static RouteHandlerBuilder CachedAsFixes(this RouteHandlerBuilder route, Func<HttpContext, int[]> tags) => route.Cached("fixes", TimeSpan.FromMinutes(30), tags);

    public static RouteHandlerBuilder CachedAsLearnings(this RouteHandlerBuilder route) => route.Cached("learnings", TimeSpan.FromHours(1), _ => [Tags.Learnings], isShared: false);

    public static RouteHandlerBuilder CachedAsCollaborations(this RouteHandlerBuilder route, Func<HttpContext, int[]> tags) => route.Cached("collaborations", TimeSpan.FromMinutes(15), tags);

    public static RouteHandlerBuilder CachedAsAgents(this RouteHandlerBuilder route, Func<HttpContext, int[]> tags) => route.Cached("agents", TimeSpan.FromHours(24), tags);

    public static RouteHandlerBuilder CachedAsStatistics(this RouteHandlerBuilder route, params int[] tags) => route.Cached("statistics", TimeSpan.FromMinutes(5), _ => tags);

    private static RouteHandlerBuilder Cached(this RouteHandlerBuilder route, string kind, TimeSpan lifetime, Func<HttpContext, int[]> tags, bool isShared = true) =>
        route.WithMetadata(new CacheRule(kind, lifetime, tags, isShared));

    /// <summary>The id in the path.</summary>
    public static Guid RouteId(this HttpContext context) => Guid.Parse((string)context.Request.RouteValues["id"]!);

    /// <summary>A query parameter that was given once.</summary>
    public static string? Asked(this HttpContext context, string name) => context.Request.Query[name] is [{ Length: > 0 } value] ? value : null;
}
