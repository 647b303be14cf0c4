using Microsoft.AspNetCore.Http.HttpResults;
using Witan.Client;
using Witan.Server.Platform.Auth;
using Witan.Server.Platform.Caching;
using Witan.Server.Platform.Http;

namespace Witan.Server.Agents;

/// <summary>The registry of agents. They register themselves by reporting; what they are worth is earned.</summary>
internal static class AgentEndpoints
{
    private static readonly QuerySpec List = new("agents", CursorKind.Text);

    public static void AddAgents(this IServiceCollection services) => services.AddSingleton<AgentStore>();

    public static void MapAgents(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/agents").WithTags("Agents");
        group.MapGet("/", ListAgents).WithName("ListAgents").WithSummary("Agents with their track records, by id").WithMetadata(List).Reads().CachedAsAgents(_ => [Tags.Agents]);
        group.MapGet("/{id}", GetAgent).WithName("GetAgent").WithSummary("One agent with its track records").Produces<Agent>().Fails(404).Reads().CachedAsAgents(context => [Tags.Agent(Api.LastSegment(context)!)]);
    }

    private static async Task<Ok<AgentPage>> ListAgents(QueryValues query, AgentStore store, HttpResponse response, CancellationToken cancel)
    {
        var (agents, next) = query.Page(await store.ListAsync(query, cancel), agent => Cursor.Of(agent.Id), response);
        return TypedResults.Ok(new AgentPage(agents, next));
    }

    private static async Task<IResult> GetAgent(string id, HttpContext context, AgentStore store, CancellationToken cancel)
    {
        id = Api.LastSegment(context) ?? id;
        return await store.FindAsync(id, cancel) is { } agent
            ? TypedResults.Ok(agent)
            : ApiProblem.NotFound($"No agent \"{id}\" has reported anything yet.");
    }
}
