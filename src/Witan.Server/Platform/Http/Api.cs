namespace Witan.Server.Platform.Http;

/// <summary>What every route under the prefix has in common.</summary>
internal static class Api
{
    public const string Prefix = "/api/agent-intelligence";

    public static RouteGroupBuilder MapApi(this IEndpointRouteBuilder routes) =>
        routes.MapGroup(Prefix).AddEndpointFilter<RejectBadInput>().AddEndpointFilter<EntityTags>();
}
