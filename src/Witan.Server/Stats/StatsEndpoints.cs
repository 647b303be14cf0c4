using Microsoft.AspNetCore.Http.HttpResults;
using Witan.Client;
using Witan.Server.Platform.Auth;
using Witan.Server.Platform.Caching;
using Witan.Server.Platform.Http;
using Witan.Server.Platform.Idempotency;
using Witan.Server.Storage;

namespace Witan.Server.Stats;

/// <summary>The five summaries, the timeline, and what became of decisions. <c>refreshedAt</c> is when they were made, or, where they are always fresh, the last write that could have changed them.</summary>
internal static class StatsEndpoints
{
    private const int MostBuckets = 5_000;

    private static readonly Dictionary<string, TimeSpan> Buckets = new()
    {
        ["hour"] = TimeSpan.FromHours(1), ["day"] = TimeSpan.FromDays(1), ["week"] = TimeSpan.FromDays(7),
    };

    private static readonly QueryParameter Agent = new("agentId", QueryKind.Text, "Fixes of this agent");
    private static readonly QueryParameter Since = new("since", QueryKind.Time, "Fixes proposed at or after this time");
    private static readonly QueryParameter Until = new("until", QueryKind.Time, "Fixes proposed before this time");
    private static readonly QuerySpec FixList = new("stats/fixes", CursorKind.Text);
    private static readonly QuerySpec CollaborationList = new("stats/collaborations", CursorKind.Text);
    private static readonly QuerySpec DomainList = new("stats/domains", CursorKind.Text);
    private static readonly QuerySpec ConsensusList = new("stats/consensus", CursorKind.Text);
    private static readonly QuerySpec Timeline = new("stats/timeline", CursorKind.None,
        new("bucket", QueryKind.Choice, "How long each bucket is; weeks begin on a Monday", [.. Buckets.Keys]),
        Agent, Since, Until);
    private static readonly QuerySpec Decisions = new("stats/decisions", CursorKind.None, Agent, Since, Until);

    public static void AddStats(this IServiceCollection services) => services
        .AddSingleton<StatsStore>().AddSingleton<SummaryRefresh>().AddHostedService(rooms => rooms.GetRequiredService<SummaryRefresh>());

    public static void MapStats(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/stats").WithTags("Statistics");
        // Where summaries are plain views they are as fresh as what they sum up.
        int[] tags = routes.ServiceProvider.GetRequiredService<Database>().NeedsRefresh ? [Tags.Summaries] : [Tags.Fixes, Tags.Learnings, Tags.Collaborations, Tags.Votes, Tags.Agents];
        group.MapGet("/", GetSummary).WithName("GetStats").WithSummary("Everything at a glance").Reads().CachedAsStatistics(tags);
        group.MapGet("/fixes", GetFixes).WithName("GetFixStats").WithSummary("Fixes by agent and strategy").WithMetadata(FixList).Reads().CachedAsStatistics(tags);
        group.MapGet("/collaborations", GetCollaborations).WithName("GetCollaborationStats").WithSummary("Collaborations by type and leader").WithMetadata(CollaborationList).Reads().CachedAsStatistics(tags);
        group.MapGet("/domains", GetDomains).WithName("GetDomainStats").WithSummary("Learnings by domain").WithMetadata(DomainList).Reads().CachedAsStatistics(tags);
        group.MapGet("/consensus", GetConsensus).WithName("GetConsensusStats").WithSummary("Votes by collaboration").WithMetadata(ConsensusList).Reads().CachedAsStatistics(tags);
        group.MapGet("/timeline", GetTimeline).WithName("GetTimeline").WithSummary("Fixes over time").WithMetadata(Timeline).Produces<Client.Timeline>().Fails(400).Reads().CachedAsStatistics(Tags.Fixes);
        group.MapGet("/decisions", GetDecisions).WithName("GetDecisionStats").WithSummary("Decisions, and what became of them").WithMetadata(Decisions).Fails(400).Reads().CachedAsStatistics(Tags.Fixes);
        group.MapPost("/refresh", Refresh).WithName("RefreshStats").WithSummary("Make the summaries anew; on SQLite they always are").Produces<RefreshAnswer>().Administers("stats.refresh");
    }

    private static async Task<IResult> Refresh(SummaryRefresh refresh, IdempotentWrites writes, HttpContext context, CancellationToken cancel)
    {
        var answer = await refresh.RunAsync(cancel);
        await writes.NoteActAsync(context);
        return Reply.Of(200, answer, WitanJson.Default.RefreshAnswer);
    }

    private static async Task<Ok<StatsSummary>> GetSummary(StatsStore store, CancellationToken cancel) => TypedResults.Ok(await store.SummaryAsync(cancel));

    private static async Task<Ok<FixStats>> GetFixes(QueryValues query, StatsStore store, HttpResponse response, CancellationToken cancel)
    {
        var (rows, next) = query.Page(await store.FixesAsync(query, cancel), row => Pair(row.AgentId, row.FixStrategy), response);
        return TypedResults.Ok(new FixStats([.. rows.Select(row => row.ToStat())], next, await store.RefreshedAtAsync("fix_statistics", cancel)));
    }

    private static async Task<Ok<CollaborationStats>> GetCollaborations(QueryValues query, StatsStore store, HttpResponse response, CancellationToken cancel)
    {
        var (rows, next) = query.Page(await store.CollaborationsAsync(query, cancel), row => Pair(row.Type, row.Leader), response);
        return TypedResults.Ok(new CollaborationStats([.. rows.Select(row => row.ToStat())], next, await store.RefreshedAtAsync("collaboration_statistics", cancel)));
    }

    private static async Task<Ok<DomainStats>> GetDomains(QueryValues query, StatsStore store, HttpResponse response, CancellationToken cancel)
    {
        var (rows, next) = query.Page(await store.DomainsAsync(query, cancel), row => Cursor.Of(row.Domain), response);
        return TypedResults.Ok(new DomainStats([.. rows.Select(row => row.ToStat())], next, await store.RefreshedAtAsync("learning_domains", cancel)));
    }

    private static async Task<Ok<ConsensusStats>> GetConsensus(QueryValues query, StatsStore store, HttpResponse response, CancellationToken cancel)
    {
        var (rows, next) = query.Page(await store.ConsensusAsync(query, cancel), row => Cursor.Of(row.CollaborationId.ToString()), response);
        return TypedResults.Ok(new ConsensusStats([.. rows.Select(row => row.ToStat())], next, await store.RefreshedAtAsync("vote_consensus", cancel)));
    }

    private static async Task<IResult> GetTimeline(QueryValues query, StatsStore store, CancellationToken cancel)
    {
        var bucket = query.Text("bucket") ?? "day";
        var rows = await store.TimelineAsync(Buckets[bucket], query, MostBuckets + 1, cancel);
        if (rows.Count > MostBuckets)
            return ApiProblem.Invalid("bucket", $"gives more than {MostBuckets} buckets; take a longer one, or narrow since and until");
        return TypedResults.Ok(new Client.Timeline(bucket, [.. rows.Select(row => row.ToBucket())], await store.ChangedAtAsync(cancel)));
    }

    private static async Task<Ok<DecisionStats>> GetDecisions(QueryValues query, StatsStore store, CancellationToken cancel)
    {
        var rows = (await store.DecisionsAsync(query, cancel)).ToDictionary(row => Words.Parse<FixDecision>(row.Decision));
        return TypedResults.Ok(new DecisionStats(
            [.. Enum.GetValues<FixDecision>().Select(decision => rows.TryGetValue(decision, out var row) ? row.ToStat() : new(decision, 0, 0, 0, null, null, null))],
            await store.ChangedAtAsync(cancel)));
    }

    private static Cursor Pair(string first, string second) => Cursor.Of($"{first}{StatsStore.KeySeparator}{second}");
}
