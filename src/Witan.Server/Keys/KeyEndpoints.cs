using Microsoft.AspNetCore.Http.HttpResults;
using Witan.Client;
using Witan.Server.Platform.Auth;
using Witan.Server.Platform.Http;
using Witan.Server.Platform.Idempotency;
using Witan.Server.Platform.RateLimiting;
using Witan.Server.Storage;

namespace Witan.Server.Keys;

/// <summary>Keys of callers, and the log of what administrators did.</summary>
internal static class KeyEndpoints
{
    private static readonly QuerySpec List = new("keys", CursorKind.TimeAndText);
    private static readonly QuerySpec Audit = new("audit", CursorKind.TimeAndId);

    public static void AddKeys(this IServiceCollection services, string? pepper, string database) => services
        .AddSingleton(new Pepper(pepper, Database.IsConnectionString(database) ? null : database + ".pepper"))
        .AddSingleton<KeyRing>().AddSingleton<AuditLog>().AddSingleton<KeyStore>().AddSingleton<KeyIntake>().AddHostedService<KeyUses>();

    public static void MapKeys(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api").AddEndpointFilter<Deadlines>().AddEndpointFilter<RejectBadInput>().AddEndpointFilter<EntityTags>().WithTags("Keys");
        group.MapGet("/keys", ListKeys).WithName("ListKeys").WithSummary("Keys without their secrets, newest first").WithMetadata(List).Inspects();
        group.MapPost("/keys", CreateKey).WithName("CreateKey").WithSummary("Make a key; it is shown this once").Produces<IssuedKey>(201).Fails(400, 409).Administers("key.create");
        group.MapPost("/keys/{id}/rotate", RotateKey).WithName("RotateKey").WithSummary("Give a key another secret; the one of before is taken for a while too")
            .Produces<IssuedKey>().Fails(400, 404, 409).Administers("key.rotate");
        group.MapDelete("/keys/{id}", RevokeKey).WithName("RevokeKey").WithSummary("Revoke a key, on all nodes within 5 seconds").Produces<KeyInfo>().Fails(404).Administers("key.revoke");
        group.MapGet("/audit", ListAudit).WithName("ListAudit").WithSummary("Administrative acts, newest first").WithMetadata(Audit).Inspects();
    }

    private static async Task<Ok<KeyPage>> ListKeys(QueryValues query, KeyStore store, HttpResponse response, CancellationToken cancel)
    {
        var (rows, next) = query.Page(await store.ListAsync(query, cancel), row => Cursor.Of(row.CreatedAt, row.Id), response);
        return TypedResults.Ok(new KeyPage([.. rows.Select(row => row.ToInfo())], next));
    }

    private static async Task<Ok<AuditPage>> ListAudit(QueryValues query, AuditLog log, HttpResponse response, CancellationToken cancel)
    {
        var (entries, next) = query.Page(await log.ListAsync(query, cancel), entry => Cursor.Of(entry.At, entry.Id), response);
        return TypedResults.Ok(new AuditPage(entries, next));
    }

    private static async Task<IResult> CreateKey(Body<KeyRequest> body, KeyIntake intake, Plans plans, IdempotentWrites writes, HttpContext context) =>
        intake.Objection(body.Value, plans.Names) ?? await writes.ReplyAsync(context, body.Hash, intake.Create, body.Value, result => ReplyOf(result, 201));

    private static async Task<IResult> RotateKey(string id, Body<KeyRotation> body, KeyIntake intake, IdempotentWrites writes, HttpContext context) =>
        intake.Objection(body.Value) ?? await writes.ReplyAsync(context, body.Hash, intake.Rotate, new(id, body.Value.PreviousUntil), result => ReplyOf(result, 200));

    private static Task<IResult> RevokeKey(string id, KeyIntake intake, IdempotentWrites writes, HttpContext context) =>
        writes.ReplyAsync(context, "", intake.Revoke, new(id), result => result.Problem is { } problem
            ? Reply.Of(problem)
            : Reply.Of(200, result.Row!.ToInfo(), WitanJson.Default.KeyInfo));

    // A secret is answered once and stored nowhere, not even for a repetition of the request.
    private static Reply ReplyOf(KeyResult result, int status) => result.Problem is { } problem
        ? Reply.Of(problem)
        : Reply.Once(status, new IssuedKey(result.Key, result.Row!.ToInfo()), new IssuedKey(null, result.Row.ToInfo()), WitanJson.Default.IssuedKey, result.Row.Id);
}
