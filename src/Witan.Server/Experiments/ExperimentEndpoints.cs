using Microsoft.AspNetCore.Http.HttpResults;
using Witan.Client;
using Witan.Server.Platform.Auth;
using Witan.Server.Platform.Http;
using Witan.Server.Platform.Idempotency;

namespace Witan.Server.Experiments;

/// <summary>Two ways to score, compared on the same fixes: in shadow always, live when a person says so.</summary>
internal static class ExperimentEndpoints
{
    private static readonly QuerySpec List = new("experiments", CursorKind.Text);

    public static void AddExperiments(this IServiceCollection services) => services
        .AddSingleton<ExperimentStore>().AddSingleton<LiveExperiment>().AddSingleton<ShadowScoring>().AddSingleton<Comparisons>().AddSingleton<ExperimentAnswers>();

    public static void MapExperiments(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/experiments").WithTags("Experiments");
        group.MapGet("/", ListExperiments).WithName("ListExperiments").WithSummary("The built-in experiment and those that were ever changed, by name").WithMetadata(List).Reads();
        group.MapGet("/{name}", GetExperiment).WithName("GetExperiment").WithSummary("How two arms compare; named first-vs-second, for example ml-vs-heuristic")
            .Produces<Experiment>().Fails(404).Reads();
        group.MapPost("/{name}", ChangeExperiment).WithName("ChangeExperiment").WithSummary("Have the second arm answer a share of the fixes, or end that")
            .Produces<Experiment>().Fails(400, 404, 409).Administers("experiment.change");
    }

    private static async Task<Ok<ExperimentPage>> ListExperiments(QueryValues query, ExperimentAnswers answers, HttpResponse response, CancellationToken cancel)
    {
        var (names, next) = query.Page(await answers.ListAsync(query, cancel), name => Cursor.Of(name.ToString()), response);
        var experiments = new List<Experiment>(names.Count);
        foreach (var name in names)
            experiments.Add(await answers.GetAsync(name, cancel));
        return TypedResults.Ok(new ExperimentPage(experiments, next));
    }

    private static async Task<IResult> GetExperiment(string name, ExperimentAnswers answers, CancellationToken cancel)
    {
        var (experiment, problem) = await answers.FindAsync(name, cancel);
        return experiment is null ? problem! : TypedResults.Ok(await answers.GetAsync(experiment, cancel));
    }

    private static async Task<IResult> ChangeExperiment(
        string name, Body<ExperimentChange> body, ExperimentAnswers answers, LiveExperiment live, IdempotentWrites writes, HttpContext context, CancellationToken cancel)
    {
        if (body.Value is { Mode: ExperimentMode.Shadow, Share: not null })
            return ApiProblem.Invalid("share", "belongs to the mode live; leave it out");
        if (body.Value.Share is <= 0 or >= 1)
            return ApiProblem.Invalid("share", "expected a number above 0 and below 1, the share of fixes that the second arm answers");
        var (experiment, problem) = await answers.FindAsync(name, cancel);
        if (experiment is null)
            return problem!;
        var answer = await answers.ReadAsync(experiment, cancel);
        return await writes.ReplyAsync(context, body.Hash, live.Change, (experiment, body.Value),
            changed => changed.Problem is null ? Reply.Of(200, answer(changed.Row), WitanJson.Default.Experiment) : Reply.Of(changed.Problem));
    }
}
