using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Witan.Client;
using Witan.Server.Platform.Auth;
using Witan.Server.Platform.Caching;
using Witan.Server.Platform.Http;
using Witan.Server.Platform.Idempotency;

namespace Witan.Server.Learnings;

/// <summary>What agents have learned, for the next one with the same problem.</summary>
internal static partial class LearningEndpoints
{
    internal static readonly QuerySpec List = new("learnings", CursorKind.TimeAndText,
        new("domain", QueryKind.Text, "Learnings of this domain"),
        new("layer", QueryKind.Integer, "Learnings of this layer"),
        new("agentId", QueryKind.Text, "Learnings that this agent found"),
        new("minConfidence", QueryKind.Share, "Learnings at least this sure"),
        new("q", QueryKind.Text, "This text in pattern, problem or solution, in any case"));

    public static void AddLearnings(this IServiceCollection services, LearningRules rules) => services
        .AddSingleton(rules).AddSingleton<LearningStore>().AddSingleton<LearningLibrary>().AddSingleton<LearningIntake>();

    public static void MapLearnings(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/learnings").WithTags("Learnings");
        group.MapGet("/", ListLearnings).WithName("ListLearnings").WithSummary("Learnings, newest first").WithMetadata(List).Reads().CachedAsLearnings();
        group.MapPost("/", ReportLearning).WithName("ReportLearning").WithSummary("Report a learning; a pattern that is known already is reinforced")
            .Produces<Learning>(201).Produces<Learning>().Fails(400).Reports();
        group.MapGet("/{pattern}", GetLearning).WithName("GetLearning").WithSummary("One learning").Produces<Learning>().Fails(404).Reads().CachedAsLearnings();
        group.MapPost("/{pattern}/applied", ApplyLearning).WithName("ApplyLearning").WithSummary("Say that a learning was applied, and whether it worked")
            .Produces<Learning>().Fails(400, 404, 409).Reports();
    }

    private static async Task<Ok<LearningPage>> ListLearnings(QueryValues query, LearningStore store, LearningLibrary library, HttpResponse response, CancellationToken cancel)
    {
        var (rows, next) = query.Page(await store.ListAsync(query, cancel), row => Cursor.Of(row.CreatedAt, row.Pattern), response);
        return TypedResults.Ok(new LearningPage([.. rows.Select(row => row.ToLearning(library.Related(row.Pattern)))], next));
    }

    private static async Task<IResult> GetLearning(string pattern, LearningStore store, LearningLibrary library, CancellationToken cancel) =>
        await store.FindAsync(pattern, cancel) is { } row
            ? TypedResults.Ok(row.ToLearning(library.Related(pattern)))
            : ApiProblem.NotFound($"No learning has the pattern \"{pattern}\".");

    private static async Task<IResult> ReportLearning(Body<LearningReport> body, LearningIntake intake, LearningLibrary library, IdempotentWrites writes, HttpContext context)
    {
        var report = body.Value;
        var checks = new FieldChecks();
        checks.Key("pattern", report.Pattern, 200);
        if (!Slug().IsMatch(report.Pattern))
            checks.Fail("pattern", "expected letters, digits, dots, colons, dashes and underscores, beginning with a letter or digit");
        checks.RequiredText("problem", report.Problem);
        checks.RequiredText("solution", report.Solution);
        checks.Text("codeExample", report.CodeExample);
        checks.Key("discoveredBy", report.DiscoveredBy, 200);
        checks.Key("repository", report.Repository);
        checks.Keys("agentDomains", report.AgentDomains, 1, 100, 100);
        checks.Layers("esaLayers", report.EsaLayers);
        checks.Share("confidence", report.Confidence);
        return checks.Problem is { } problem
            ? problem
            : await writes.ReplyAsync(context, body.Hash, intake.Report, report, result => ReplyOf(result, library));
    }

    private static Task<IResult> ApplyLearning(string pattern, Body<LearningUse> body, LearningIntake intake, LearningLibrary library, IdempotentWrites writes, HttpContext context) =>
        writes.ReplyAsync(context, body.Hash, intake.Apply, new(pattern, body.Value), result => ReplyOf(result, library));

    private static Reply ReplyOf(LearningResult result, LearningLibrary library) => result.Problem is { } problem
        ? Reply.Of(problem)
        : Reply.Of(result.Created ? 201 : 200, result.Learning!.ToLearning(library.Related(result.Learning.Pattern)), WitanJson.Default.Learning,
            result.Created ? $"{Api.Prefix}/learnings/{Uri.EscapeDataString(result.Learning.Pattern)}" : null);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._:-]*$")]
    private static partial Regex Slug();
}
