using Microsoft.AspNetCore.Http.HttpResults;
using Witan.Client;
using Witan.Collaborations;
using Witan.Server.Fixes;
using Witan.Server.Platform.Auth;
using Witan.Server.Platform.Caching;
using Witan.Server.Platform.Http;
using Witan.Server.Platform.Idempotency;
using Witan.Server.Storage;

namespace Witan.Server.Collaborations;

/// <summary>Several agents on one goal, and their votes.</summary>
internal static class CollaborationEndpoints
{
    private const int MostParticipants = 1_000;

    internal static readonly QuerySpec List = new("collaborations", CursorKind.TimeAndId,
        new("type", QueryKind.Choice, "Collaborations of this type", Words.All<CollaborationType>()),
        new("leader", QueryKind.Text, "Collaborations that this agent leads"),
        new("status", QueryKind.Choice, "Collaborations in this state", Words.All<CollaborationState>()),
        new("outcome", QueryKind.Choice, "Collaborations that ended so", Words.All<CollaborationOutcome>()),
        new("participant", QueryKind.Text, "Collaborations that this agent takes part in"));

    private static readonly QuerySpec VoteList = new("votes", CursorKind.TimeAndId,
        new("collaborationId", QueryKind.Id, "Votes in this collaboration"),
        new("voterId", QueryKind.Text, "Votes of this agent"),
        new("vote", QueryKind.Choice, "Votes with this word", Words.All<VoteKind>()),
        new("history", QueryKind.Boolean, "true: votes that were changed since, too"));

    public static void AddCollaborations(this IServiceCollection services) => services
        .AddSingleton<CollaborationStore>().AddSingleton<CollaborationIntake>().AddSingleton<VoteIntake>().AddHostedService<DeadlineSweep>();

    public static void MapCollaborations(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/collaborations").WithTags("Collaborations");
        group.MapGet("/", ListCollaborations).WithName("ListCollaborations").WithSummary("Collaborations, newest first").WithMetadata(List).Reads()
            .CachedAsCollaborations(context => [context.Asked("leader") is { } leader ? Tags.CollaborationsOf(leader) : Tags.Collaborations]);
        group.MapPost("/", BeginCollaboration).WithName("BeginCollaboration").WithSummary("Begin a collaboration").Produces<Collaboration>(201).Fails(400).Reports();
        group.MapGet("/{id:guid}", GetCollaboration).WithName("GetCollaboration").WithSummary("One collaboration").Produces<Collaboration>().Fails(404).Reads()
            .CachedAsCollaborations(context => [Tags.Collaboration(context.RouteId())]);
        group.MapPatch("/{id:guid}", ChangeCollaboration).WithName("ChangeCollaboration").WithSummary("Move a collaboration forward, or end it")
            .Produces<Collaboration>().Fails(400, 404, 409).Reports();
        group.MapPost("/{id:guid}/votes", CastVote).WithName("CastVote").WithSummary("Vote, or change a vote").Produces<Vote>(201).Produces<Vote>().Fails(400, 403, 404, 409).Votes();
        group.MapGet("/{id:guid}/consensus", GetConsensus).WithName("GetConsensus").WithSummary("What the vote has come to").Produces<ConsensusAnswer>().Fails(404).Reads()
            .CachedAsCollaborations(context => [Tags.Collaboration(context.RouteId())]);
        routes.MapGet("/votes", ListVotes).WithTags("Collaborations").WithName("ListVotes").WithSummary("Votes, newest first").WithMetadata(VoteList).Reads()
            .CachedAsCollaborations(context => [VoteTag(context)]);
    }

    private static int VoteTag(HttpContext context) =>
        Guid.TryParse(context.Asked("collaborationId"), out var collaboration) ? Tags.VotesIn(collaboration)
        : context.Asked("voterId") is { } voter ? Tags.VotesOf(voter)
        : Tags.Votes;

    private static async Task<Ok<CollaborationPage>> ListCollaborations(QueryValues query, CollaborationStore store, HttpResponse response, CancellationToken cancel)
    {
        var (rows, next) = query.Page(await store.ListAsync(query, cancel), row => Cursor.Of(row.CreatedAt, row.Id), response);
        return TypedResults.Ok(new CollaborationPage([.. rows.Select(row => row.ToCollaboration())], next));
    }

    private static async Task<Ok<VotePage>> ListVotes(QueryValues query, CollaborationStore store, HttpResponse response, CancellationToken cancel)
    {
        var (rows, next) = query.Page(await store.ListVotesAsync(query, cancel), row => Cursor.Of(row.VotedAt, row.Id), response);
        return TypedResults.Ok(new VotePage([.. rows.Select(row => row.ToVote())], next));
    }

    private static async Task<IResult> GetCollaboration(Guid id, CollaborationStore store, CancellationToken cancel) =>
        await store.FindAsync(id, cancel) is { } row ? TypedResults.Ok(row.ToCollaboration()) : Unknown(id);

    private static async Task<IResult> GetConsensus(Guid id, CollaborationStore store, FixStore fixes, CancellationToken cancel)
    {
        if (await store.FindAsync(id, cancel) is not { } row)
            return Unknown(id);
        if (row.StoredConsensus is { } stored)
            return TypedResults.Ok(stored);
        var proposer = row.FixId is { } fixId ? (await fixes.FindAsync(fixId, cancel))?.AgentId : null;
        var now = VoteIntake.Count(row, proposer ?? row.Leader, await store.CurrentVotesAsync(id, cancel));
        return TypedResults.Ok(new ConsensusAnswer((ConsensusState)now.Decision, now.Share, now.Quorum, now.Voters, now.ApproveWeight, now.RejectWeight));
    }

    private static async Task<IResult> BeginCollaboration(Body<CollaborationRequest> body, CollaborationIntake intake, IdempotentWrites writes, TimeProvider clock, HttpContext context)
    {
        var request = body.Value;
        var checks = new FieldChecks();
        checks.Key("leader", request.Leader, 200);
        checks.Keys("participants", request.Participants, 1, MostParticipants, 200);
        checks.RequiredText("goal", request.Goal);
        checks.Range("quorum", request.Quorum, 1, MostParticipants);
        if (request.Deadline <= clock.GetUtcNow())
            checks.Fail("deadline", "lies in the past; leave it out for 24 hours from now");
        return checks.Problem is { } problem
            ? problem
            : await writes.ReplyAsync(context, body.Hash, intake.Begin, request, result => ReplyOf(result, 201));
    }

    private static async Task<IResult> ChangeCollaboration(Guid id, Body<CollaborationChange> body, CollaborationIntake intake, IdempotentWrites writes, HttpContext context)
    {
        var checks = new FieldChecks();
        checks.Range("progress", body.Value.Progress, 0, 100);
        if (body.Value == new CollaborationChange())
            checks.Fail("body", "changes nothing; give status, progress or outcome");
        return checks.Problem is { } problem
            ? problem
            : await writes.ReplyAsync(context, body.Hash, intake.Change, new(id, body.Value), result => ReplyOf(result, 200));
    }

    private static async Task<IResult> CastVote(Guid id, Body<VoteRequest> body, VoteIntake intake, IdempotentWrites writes, HttpContext context)
    {
        var checks = new FieldChecks();
        checks.Key("voterId", body.Value.VoterId, 200);
        checks.RequiredText("solution", body.Value.Solution);
        checks.Text("reasoning", body.Value.Reasoning);
        return checks.Problem is { } problem
            ? problem
            : await writes.ReplyAsync(context, body.Hash, intake.Cast, new(id, body.Value), result => result.Problem is { } refused
                ? Reply.Of(refused)
                : Reply.Of(result.Created ? 201 : 200, result.Vote!.ToVote(), WitanJson.Default.Vote));
    }

    private static Reply ReplyOf(CollaborationResult result, int status) => result.Problem is { } problem
        ? Reply.Of(problem)
        : Reply.Of(status, result.Collaboration!.ToCollaboration(), WitanJson.Default.Collaboration,
            status == 201 ? $"{Api.Prefix}/collaborations/{result.Collaboration.Id}" : null);

    private static ApiProblem Unknown(Guid id) => ApiProblem.NotFound($"No collaboration has the id {id}.");
}
