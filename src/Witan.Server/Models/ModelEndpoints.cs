using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Witan.Client;
using Witan.Server.Platform.Http;
using Witan.Server.Platform.Idempotency;
using Witan.Server.Storage;

namespace Witan.Server.Models;

/// <summary>The registry of scorers: look, train, promote.</summary>
internal static class ModelEndpoints
{
    private static readonly QuerySpec List = new("models", CursorKind.Text);

    public static void AddModels(this IServiceCollection services) =>
        services.AddSingleton<ModelStore>().AddSingleton<ModelRegistry>().AddSingleton<ModelTraining>();

    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/models").WithTags("Models");
        group.MapGet("/", ListModels).WithName("ListModels").WithSummary("Scorers, newest first").WithMetadata(List);
        group.MapGet("/{version}", GetModel).WithName("GetModel").WithSummary("One scorer with its metrics").Produces<Model>().Fails(404);
        group.MapPost("/train", Train).WithName("TrainModel").WithSummary("Train on all known outcomes").Produces<Training>(202);
        group.MapGet("/trainings/{id:guid}", GetTraining).WithName("GetTraining").WithSummary("How far a training is, or what came of it").Produces<Training>().Fails(404);
        group.MapPost("/{version}/promote", Promote).WithName("PromoteModel").WithSummary("Make a scorer the one that answers; also the way back").Produces<Model>().Fails(404);
    }

    private static async Task<Ok<ModelPage>> ListModels(QueryValues query, ModelStore store, HttpResponse response, CancellationToken cancel)
    {
        var (rows, next) = query.Page(await store.ListAsync(query, cancel), row => Cursor.Of(row.Number.ToString(CultureInfo.InvariantCulture)), response);
        return TypedResults.Ok(new ModelPage([.. rows.Select(row => row.ToModel())], next));
    }

    private static async Task<IResult> GetModel(string version, ModelStore store, CancellationToken cancel) =>
        await store.FindAsync(version, cancel) is { } row ? TypedResults.Ok(row.ToModel()) : NoModel(version);

    private static async Task<IResult> Train(Body<TrainingRequest> body, ModelTraining training, IdempotentWrites writes, HttpContext context)
    {
        const string reason = "asked for over HTTP";
        return await writes.ReplyAsync(context, body.Hash, training.Start, reason, started => started.StartedAt is { } startedAt
            ? Reply.Of(202, new Training { Id = started.Id, Status = "running", Reason = reason, Step = "waiting", Progress = 0, StartedAt = startedAt },
                WitanJson.Default.Training, LocationOf(started.Id))
            : Reply.Of(new ApiProblem(409, "training_running", $"A training is running already: {LocationOf(started.Id)}. Wait for it.")));
    }

    private static async Task<IResult> GetTraining(Guid id, ModelStore store, ModelTraining training, CancellationToken cancel)
    {
        var progress = training.ProgressOf(id);
        if (await store.FindTrainingAsync(id, cancel) is not { } row)
            return ApiProblem.NotFound($"No training has the id {id}.");
        var running = row.FinishedAt is null;
        return TypedResults.Ok(new Training
        {
            Id = row.Id, Status = row.Status, Reason = row.Reason, Message = row.Message, Version = row.Version, StartedAt = row.StartedAt, FinishedAt = row.FinishedAt,
            Step = running ? progress?.Step : null, Progress = running ? progress?.Fraction : 1,
        });
    }

    private static async Task<IResult> Promote(string version, ModelStore store, ModelRegistry registry, IdempotentWrites writes, HttpContext context, CancellationToken cancel)
    {
        if (await store.FindAsync(version, cancel) is not { } row)
            return NoModel(version);
        if (await store.ArtefactAsync(version, cancel) is { } artefact && ServingScorers.Of(version, artefact).Fault is { } fault)
            return new ApiProblem(409, "model_unusable", fault);
        var reply = await writes.ReplyAsync(context, "", PromoteAll, version, _ => Reply.Of(200, (row with { Status = "champion" }).ToModel(), WitanJson.Default.Model));
        await registry.RefreshAsync(cancel);
        return reply;
    }

    private static readonly WriteOperation<string, bool> PromoteAll = async (session, versions) =>
    {
        var done = new List<bool>();
        foreach (var version in versions)
            done.Add(await ModelStore.PromoteAsync(session, version));
        return done;
    };

    private static ApiProblem NoModel(string version) => ApiProblem.NotFound($"No model has the version \"{version}\". GET {Api.Prefix}/models lists them.");

    private static string LocationOf(Guid training) => $"{Api.Prefix}/models/trainings/{training}";
}
