using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;

namespace Witan.Server.Tests;

/// <summary>What a server answers: the routes that it was written with, and the files of the dashboard, of which each has a route of its own.</summary>
internal static class RoutesOf
{
    /// <summary>The routes; the files are none of them.</summary>
    public static IReadOnlyList<RouteEndpoint> Routes(this WitanServer server) => [.. All(server).Where(route => !IsFile(route))];

    /// <summary>The routes of files, one for each name, coding and method.</summary>
    public static IReadOnlyList<RouteEndpoint> Files(this WitanServer server) => [.. All(server).Where(IsFile)];

    private static IEnumerable<RouteEndpoint> All(WitanServer server) => server.Room<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    private static bool IsFile(RouteEndpoint route) => route.Metadata.GetMetadata<StaticAssetDescriptor>() is not null;
}
