using Witan.Client;

namespace Witan.Server.Platform.Auth;

/// <summary>How much a route costs, and so how often it may be called.</summary>
internal enum RateGroup
{
    /// <summary>Reads.</summary>
    Lenient,

    /// <summary>Writes.</summary>
    Standard,

    /// <summary>Writes that set much in motion: training, promoting, keys.</summary>
    Strict,
}

/// <summary>Who may call a route, and how often.</summary>
/// <param name="Scope">The scope that a key needs; null for nothing at all.</param>
/// <param name="Group">Which limit it counts against.</param>
internal sealed record Access(KeyScope? Scope, RateGroup Group);

/// <summary>Marks routes. One without a mark is for the scope admin, and strictly limited.</summary>
internal static class AccessOfRoutes
{
    private static readonly Access Unmarked = new(KeyScope.Admin, RateGroup.Strict);

    /// <summary>What the route of a request asks for; null where none was found, or none takes the method.</summary>
    public static Access? Of(HttpContext context) =>
        context.GetEndpoint() is not { } endpoint ? null : endpoint.Metadata.GetMetadata<Access>() ?? (endpoint is RouteEndpoint ? Unmarked : null);

    /// <summary>Open to everybody who reaches the server.</summary>
    public static T ForAnyone<T>(this T route)
        where T : IEndpointConventionBuilder => route.WithMetadata(new Access(null, RateGroup.Lenient));

    public static T Reads<T>(this T route)
        where T : IEndpointConventionBuilder => route.WithMetadata(new Access(KeyScope.Read, RateGroup.Lenient));

    public static T Reports<T>(this T route)
        where T : IEndpointConventionBuilder => route.WithMetadata(new Access(KeyScope.Report, RateGroup.Standard));

    public static T Votes<T>(this T route)
        where T : IEndpointConventionBuilder => route.WithMetadata(new Access(KeyScope.Vote, RateGroup.Standard));

    /// <summary>For administrators to look at.</summary>
    public static T Inspects<T>(this T route)
        where T : IEndpointConventionBuilder => route.WithMetadata(new Access(KeyScope.Admin, RateGroup.Lenient));

    /// <summary>An administrative act, which is written down.</summary>
    public static T Administers<T>(this T route, string act)
        where T : IEndpointConventionBuilder => route.WithMetadata(new Access(KeyScope.Admin, RateGroup.Strict), new Audited(act));
}
