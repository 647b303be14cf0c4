using Microsoft.AspNetCore.Http.HttpResults;
using Witan.Client;
using Witan.Fixes;
using Witan.Server.Platform.Auth;
using Witan.Server.Platform.Caching;
using Witan.Server.Platform.Http;
using Witan.Server.Platform.Idempotency;
using Witan.Server.Storage;

namespace Witan.Server.Fixes;

/// <summary>Ask before applying, report how it ended, look back.</summary>
internal static class FixEndpoints
{
    internal static readonly QuerySpec List = new("auto-fixes", CursorKind.TimeAndId,
        new("agentId", QueryKind.Text, "Fixes of this agent"),
        new("fixStrategy", QueryKind.Text, "Fixes with this strategy"),
        new("success", QueryKind.Boolean, "Fixes that worked, or that did not"),
        new("decision", QueryKind.Choice, "Fixes with this decision", Words.All<Decision>()),
        new("status", QueryKind.Choice, "Fixes in this state", Words.All<FixStatus>()),
        new("repository", QueryKind.Text, "Fixes in this repository"),
        new("issue", QueryKind.Text, "Fixes for this issue"),
        new("domain", QueryKind.Text, "Fixes in this domain"),
        new("since", QueryKind.Time, "Proposed at or after this time"),
        new("until", QueryKind.Time, "Proposed before this time"),
        new("q", QueryKind.Text, "This text in issue, repository or error, in any case"));

    public static void AddFixes(this IServiceCollection services) => services
        .AddSingleton<FixHooks>().AddSingleton<FixMetrics>().AddSingleton<FixStore>().AddSingleton<RiskGate>().AddHostedService(rooms => rooms.GetRequiredService<RiskGate>()).AddSingleton<FixJudge>().AddSingleton<FixOutcomes>().AddSingleton<FixIntake>().AddSingleton<FixImport>();

    public static void MapFixes(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/auto-fixes").WithTags("Auto-fixes");
        group.MapPost("/", Propose).WithName("ProposeFix").WithSummary("Propose a fix and get a decision; with an outcome, report one after the fact")
            .Produces<FixAnswer>(201).Produces<FixAnswer>(200).Fails(400, 409).Reports();
        group.MapPost("/batch", ProposeBatch).WithName("ProposeFixes").WithSummary($"Up to {FixBatch.MostLines} fixes as NDJSON or a JSON array; a bad line fails alone")
            .Accepts<FixProposal[]>("application/json", "application/x-ndjson").Produces<BatchAnswer>().Fails(400, 413).Reports();
        group.MapPost("/{id:guid}/outcome", ReportOutcome).WithName("ReportOutcome").WithSummary("Report how a fix ended, once; or that a success was rolled back")
            .Produces<AutoFix>().Fails(400, 404, 409).Reports();
        group.MapPost("/{id:guid}/status", ReportStatus).WithName("ReportStatus").WithSummary("Say that a decided fix was applied or rejected, by whom and why")
            .Produces<AutoFix>().Fails(400, 404, 409).Reports();
        group.MapGet("/", ListFixes).WithName("ListFixes").WithSummary("Fixes, newest first").WithMetadata(List).Produces<AutoFixPage>().Reads().CachedAsFixes(context => [TagOf(context)]);
        group.MapGet("/{id:guid}", GetFix).WithName("GetFix").WithSummary("One fix with its receipt").Produces<AutoFix>().Fails(404).Reads().CachedAsFixes(context => [Tags.Fix(context.RouteId())]);
        routes.MapPost("/confidence", AskConfidence).WithTags("Auto-fixes").WithName("AskConfidence")
            .WithSummary("The answer that a proposal would get; nothing is stored").Produces<FixAnswer>().Fails(400).Reads();
    }

    private static async Task<IResult> Propose(Body<FixProposal> body, FixIntake intake, IdempotentWrites writes, TimeProvider clock, HttpContext context)
    {
        var checks = new FixChecks(clock.GetUtcNow());
        if (checks.Draft(body.Value) is not { } draft)
            return ApiProblem.Invalid(checks.Errors);
        if (!MayAsk(draft, context))
            return Authentication.Lacks(KeyScope.Replay, Asking);
        return await writes.ReplyAsync(context, body.Hash, intake.Single, intake.Arrive(draft), ReplyOf);
    }

    private const string Asking = "A proposal of more than 5 minutes ago";

    // Otherwise an agent could ask as of a moment before its failures. What is reported with its outcome asks nothing.
    private static bool MayAsk(FixDraft draft, HttpContext context) => !draft.Replay || draft.Outcome is not null || context.Caller().May(KeyScope.Replay);

    private static Reply ReplyOf(IntakeResult result) => result.Problem is null
        ? Reply.Of(result.Status, result.Answer!, WitanJson.Default.FixAnswer, result.Created ? LocationOf(result.Id) : null)
        : Reply.Of(result.Problem);

    private static async Task<IResult> ProposeBatch(HttpRequest request, FixIntake intake, IdempotentWrites writes, TimeProvider clock)
    {
        var (batch, problem) = await FixBatch.ReadAsync(request, clock.GetUtcNow());
        if (batch is null)
            return problem!;
        batch.Refuse(draft => !MayAsk(draft, request.HttpContext), Authentication.Lacks(KeyScope.Replay, Asking));
        return await writes.ReplyAsync(request.HttpContext, batch.Hash, intake.Batch, [.. batch.Drafts.Select(intake.Arrive)],
            results => Reply.Of(200, batch.Answer(results), WitanJson.Default.BatchAnswer), isLong: true);
    }

    private static async Task<IResult> ReportOutcome(Guid id, Body<OutcomeReport> body, FixOutcomes outcomes, IdempotentWrites writes, TimeProvider clock, HttpContext context)
    {
        var checks = new FixChecks(clock.GetUtcNow());
        if (checks.Outcome(body.Value) is not { } outcome)
            return ApiProblem.Invalid(checks.Errors);
        return await writes.ReplyAsync(context, body.Hash, outcomes.Report, new(id, outcome), ReplyOf);
    }

    private static async Task<IResult> ReportStatus(Guid id, Body<StatusReport> body, FixOutcomes outcomes, IdempotentWrites writes, TimeProvider clock, HttpContext context)
    {
        var checks = new FixChecks(clock.GetUtcNow());
        checks.Status(body.Value);
        if (checks.Errors.Count > 0)
            return ApiProblem.Invalid(checks.Errors);
        return await writes.ReplyAsync(context, body.Hash, outcomes.Status, new(id, body.Value), ReplyOf);
    }

    private static Reply ReplyOf(FixChange change) => change.Problem is null
        ? Reply.Of(200, change.Fix!.ToAutoFix(), WitanJson.Default.AutoFix)
        : Reply.Of(change.Problem);

    private static async Task<IResult> ListFixes(QueryValues query, FixStore store, HttpResponse response, CancellationToken cancel) =>
        await store.ListAsync(query, response, cancel);

    private static async Task<IResult> GetFix(Guid id, FixStore store, CancellationToken cancel) =>
        await store.FindAsync(id, cancel) is { } fix
            ? TypedResults.Ok(fix.ToAutoFix(await store.FindReceiptAsync(id, cancel)))
            : ApiProblem.NotFound($"No fix has the id {id}.");

    private static async Task<IResult> AskConfidence(Body<FixProposal> body, FixJudge judge, FixStore store, FixHooks hooks, FixMetrics metrics, TimeProvider clock, HttpContext context, CancellationToken cancel)
    {
        if (body.Value.Outcome is not null)
            return ApiProblem.Invalid("outcome", "a question has no outcome; leave it out");
        var checks = new FixChecks(clock.GetUtcNow());
        if (checks.Draft(body.Value) is not { } draft)
            return ApiProblem.Invalid(checks.Errors);
        if (!MayAsk(draft, context))
            return Authentication.Lacks(KeyScope.Replay, Asking);
        var scored = judge.Score(draft.Attempt);
        metrics.Scored(scored.Scorer, scored.Judgement?.Probability);
        var attempts = judge.NeedsAttempts(draft.Attempt, scored)
            ? await store.CountRecentAsync(draft.Attempt, Guid.Empty, cancel)
            : 0;
        var verdict = judge.Decide(draft.Attempt, scored, attempts);
        var escalation = verdict.Decision == Decision.Escalate && !draft.Replay ? await hooks.PeekEscalation(draft, cancel) : default;
        return Reply.Of(200, judge.Answer(draft, scored, verdict, escalation, null), WitanJson.Default.FixAnswer);
    }

    // What a list depends on: the narrowest of its filters.
    private static int TagOf(HttpContext context) =>
        context.Asked("agentId") is { } agent ? Tags.FixesOf(agent)
        : context.Asked("issue") is { } issue ? Tags.FixesFor(issue)
        : context.Asked("repository") is { } repository ? Tags.FixesIn(repository)
        : Tags.Fixes;

    private static string LocationOf(Guid id) => $"{Api.Prefix}/auto-fixes/{id}";
}
