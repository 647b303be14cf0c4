using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Witan.Client;
using Witan.Intelligence.Models;
using Witan.Server.Platform.Auth;
using Witan.Server.Platform.Http;
using Witan.Server.Platform.Idempotency;
using Witan.Server.Storage;

namespace Witan.Server.Models;

/// <summary>The registry of scorers: look, train, promote.</summary>
internal static class ModelEndpoints
{
    private static readonly QuerySpec List = new("models", CursorKind.Text);
    private static readonly QuerySpec Trainings = new("trainings", CursorKind.TimeAndId);

    public static void AddModels(this IServiceCollection services) =>
        services.AddSingleton<ModelStore>().AddSingleton<ModelRegistry>().AddSingleton<ModelTraining>();

    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/models").WithTags("Models");
        group.MapGet("/", ListModels).WithName("ListModels").WithSummary("Scorers, newest first").WithMetadata(List).Reads();
        group.MapGet("/{version}", GetModel).WithName("GetModel").WithSummary("One scorer with its metrics").Produces<Model>().Fails(404).Reads();
        group.MapGet("/{version}/curves", GetCurves).WithName("GetModelCurves").WithSummary("How true and how selective a scorer is, on fixes it had not seen, and what it leans on")
            .Produces<ModelCurves>().Fails(404).Reads();
        group.MapPost("/train", Train).WithName("TrainModel").WithSummary("Train on all known outcomes").Produces<Training>(202).Fails(409).Administers("model.train");
        group.MapGet("/trainings", ListTrainings).WithName("ListTrainings").WithSummary("Trainings, newest first, also those that nobody asked for").WithMetadata(Trainings).Reads();
        group.MapGet("/trainings/{id:guid}", GetTraining).WithName("GetTraining").WithSummary("How far a training is, or what came of it").Produces<Training>().Fails(404).Reads();
        group.MapPost("/trainings/{id:guid}/cancel", CancelTraining).WithName("CancelTraining").WithSummary("Stop a training; nothing is registered").Produces<Training>(202).Fails(404, 409).Administers("training.cancel");
        group.MapPost("/{version}/promote", Promote).WithName("PromoteModel").WithSummary("Make a scorer the one that answers; also the way back").Produces<Model>().Fails(404, 409).Administers("model.promote");
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
                WitanJson.Default.Training, LocationOf(started.Id), started.Id.ToString())
            : Reply.Of(new ApiProblem(409, "training_running", $"A training is running already: {LocationOf(started.Id)}. Wait for it.")));
    }

    private static async Task<Ok<TrainingPage>> ListTrainings(QueryValues query, ModelStore store, ModelTraining training, HttpResponse response, CancellationToken cancel)
    {
        var (rows, next) = query.Page(await store.ListTrainingsAsync(query, cancel), row => Cursor.Of(row.StartedAt, row.Id), response);
        return TypedResults.Ok(new TrainingPage([.. rows.Select(row => row.ToTraining(training.ProgressOf(row.Id)))], next));
    }

    private static async Task<IResult> GetTraining(Guid id, ModelStore store, ModelTraining training, CancellationToken cancel) =>
        await store.FindTrainingAsync(id, cancel) is { } row ? TypedResults.Ok(row.ToTraining(training.ProgressOf(id))) : NoTraining(id);

    private static async Task<IResult> CancelTraining(Guid id, ModelStore store, ModelTraining training, IdempotentWrites writes, HttpContext context, CancellationToken cancel)
    {
        if (await store.FindTrainingAsync(id, cancel) is not { } row)
            return NoTraining(id);
        if (!training.Cancel(id))
            return new ApiProblem(409, "training_not_running", $"The training does not run here (its status is {row.Status}), so there is nothing to cancel.");
        await writes.NoteActAsync(context);
        return TypedResults.Accepted(LocationOf(id), row.ToTraining(training.ProgressOf(id)));
    }

    private static async Task<IResult> GetCurves(string version, ModelStore store, CancellationToken cancel)
    {
        if (await store.FindAsync(version, cancel) is not { } row)
            return NoModel(version);
        var artefact = await store.ArtefactAsync(version, cancel) is { } json ? ModelArtefact.TryParse(json, out _) : null;
        return artefact?.Curves is { } curves
            ? TypedResults.Ok(row.ToCurves(curves, artefact.Metrics.N, artefact.Importance ?? []))
            : ApiProblem.NotFound($"{version} has no curves: it is built in, its artefact cannot be read, or it was discarded when it retired from the shadow.");
    }

    private static async Task<IResult> Promote(
        string version, ModelStore store, ModelRegistry registry, IdempotentWrites writes, TimeProvider clock, HttpContext context, CancellationToken cancel)
    {
        if (await store.FindAsync(version, cancel) is not { } row)
            return NoModel(version);
        var json = await store.ArtefactAsync(version, cancel);
        var discarded = new ApiProblem(409, "model_unusable", $"{version} was a challenger, and its artefact was discarded when it retired. Train again.");
        if (json is null && row.CreatedAt is not null)
            return discarded;
        if (json is { } artefact && ServingScorers.Of(version, artefact).Fault is { } fault)
            return new ApiProblem(409, "model_unusable", fault);
        var reply = await writes.ReplyAsync(context, "", PromoteAll, (version, clock.GetUtcNow()),
            done => done ? Reply.Of(200, (row with { Status = "champion" }).ToModel(), WitanJson.Default.Model) : Reply.Of(discarded)); // a training may have come between
        await registry.RefreshAsync(cancel);
        return reply;
    }

    private static readonly WriteOperation<(string Version, DateTimeOffset Now), bool> PromoteAll =
        OneByOne.Of<(string Version, DateTimeOffset Now), bool>((session, wanted) => ModelStore.PromoteAsync(session, wanted.Version, wanted.Now));

    private static ApiProblem NoModel(string version) => ApiProblem.NotFound($"No model has the version \"{version}\". GET {Api.Prefix}/models lists them.");

    private static ApiProblem NoTraining(Guid id) => ApiProblem.NotFound($"No training has the id {id}.");

    private static string LocationOf(Guid training) => $"{Api.Prefix}/models/trainings/{training}";
}
