using System.Text;
using System.Text.Json;
using Dapper;
using Witan.Client;
using Witan.Fixes;
using Witan.Server.Collaborations;
using Witan.Server.Storage;

namespace Witan.Server.Tests.Collaborations;

/// <summary>The words for learnings, collaborations and votes.</summary>
internal static class Council
{
    /// <summary>A policy under which every fix with a number is put to a vote.</summary>
    public static Policy AlwaysEscalates { get; } = new() { AutoApply = 0.999999, Review = 0.999998 };

    public static CollaborationRequest On(string leader, params string[] others) =>
        new() { Type = CollaborationType.Fixing, Leader = leader, Participants = [leader, .. others], Goal = "Decide" };

    public static Task<Answer> PatchAsync(this WitanServer server, string path, object body)
    {
        var json = body as string ?? JsonSerializer.Serialize(body, JsonSerializerOptions.Web);
        return server.SendAsync(new(HttpMethod.Patch, Conversation.Prefix + path) { Content = new StringContent(json, Encoding.UTF8, "application/json") });
    }

    public static Task<Answer> ChangeAsync(this WitanServer server, Guid id, object change) => server.PatchAsync($"/collaborations/{id}", change);

    public static async Task<Collaboration> BeginAsync(this WitanServer server, CollaborationRequest request)
    {
        var answer = await server.PostAsync("/collaborations", request);
        Assert.True(answer.Status == 201, answer.Text);
        return answer.As<Collaboration>();
    }

    public static async Task<Collaboration> CollaborationAsync(this WitanServer server, Guid? id) => (await server.GetAsync($"/collaborations/{id}")).As<Collaboration>();

    public static Task<Answer> VoteAsync(this WitanServer server, Guid? id, string voter, string vote, string solution = "as proposed", string? reasoning = null) =>
        server.PostAsync($"/collaborations/{id}/votes", new { voterId = voter, solution, vote, reasoning });

    /// <summary>Casts a vote, which is taken.</summary>
    public static async Task<Vote> CastAsync(this WitanServer server, Guid? id, string voter, string vote, string solution = "as proposed")
    {
        var answer = await server.VoteAsync(id, voter, vote, solution);
        Assert.True(answer.Status is 200 or 201, answer.Text);
        return answer.As<Vote>();
    }

    public static async Task<ConsensusAnswer> ConsensusAsync(this WitanServer server, Guid? id) =>
        (await server.GetAsync($"/collaborations/{id}/consensus")).As<ConsensusAnswer>();

    public static async Task<IReadOnlyList<Vote>> VotesAsync(this WitanServer server, Guid? id, bool history = false) =>
        (await server.GetAsync($"/votes?limit=200&collaborationId={id}{(history ? "&history=true" : "")}")).As<VotePage>().Votes;

    /// <summary>Agents with a record of so many outcomes each.</summary>
    public static async Task KnowAsync(this WitanServer server, int successes, int failures, params string[] agents)
    {
        if (successes + failures > 0)
            await server.TeachAsync(agents.SelectMany(agent => Enumerable.Range(0, successes + failures).Select(i => i < successes ? Some.Success(agent) : Some.Failure(agent))));
    }

    /// <summary>An agent with a record in one domain.</summary>
    public static Task KnowInAsync(this WitanServer server, string domain, string agent, int successes, int failures) =>
        server.TeachAsync(Enumerable.Range(0, successes + failures).Select(i => Some.Fix(agent) with { Domain = domain, Outcome = new() { Success = i < successes } }));

    /// <summary>Expires what is past its deadline, as the sweep does from time to time.</summary>
    public static Task SweepAsync(this WitanServer server, DateTimeOffset now) =>
        server.Room<WriteQueue>().RunAsync(server.Room<CollaborationIntake>().Expire, now);

    /// <summary>Reports a learning, which is taken.</summary>
    public static async Task<Learning> LearnAsync(this WitanServer server, LearningReport report)
    {
        var answer = await server.PostAsync("/learnings", report);
        Assert.True(answer.Status is 200 or 201, answer.Text);
        return answer.As<Learning>();
    }

    public static LearningReport Lesson(string pattern, string by = "finder", double? confidence = null, string problem = "It breaks", params string[] domains) => new()
    {
        Pattern = pattern, Problem = problem, Solution = "Mend it", AgentDomains = domains.Length == 0 ? ["backend"] : domains, DiscoveredBy = by, Confidence = confidence,
    };

    public static async Task<Learning> LearningAsync(this WitanServer server, string pattern) =>
        (await server.GetAsync($"/learnings/{Uri.EscapeDataString(pattern)}")).As<Learning>();

    public static Task<Answer> ApplyAsync(this WitanServer server, string pattern, object use) => server.PostAsync($"/learnings/{Uri.EscapeDataString(pattern)}/applied", use);

    /// <summary>All that rooms store, row by row, to see that nothing changed.</summary>
    public static async Task<string> AllRowsAsync(this WitanServer server)
    {
        var text = new StringBuilder();
        await using var connection = await server.Room<Database>().OpenAsync(TestContext.Current.CancellationToken);
        foreach (var table in new[] { "agents", "fixes", "outcomes", "learnings", "learning_uses", "collaborations", "votes", "changes", "idempotency_keys" })
        {
            foreach (IDictionary<string, object> row in await connection.QueryAsync($"SELECT * FROM {table} ORDER BY 1, 2"))
                text.Append(table).AppendJoin('|', row.Values).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Holds that a request is refused with this code and leaves nothing behind.</summary>
    public static async Task<Answer> RefusedAsync(this WitanServer server, int status, string code, Func<Task<Answer>> request, string? field = null)
    {
        var before = await server.AllRowsAsync();
        var answer = await request();
        Assert.True(status == answer.Status && code == answer.Code, $"{answer.Status}: {answer.Text}");
        Assert.Equal("application/problem+json", answer.ContentHeaders.ContentType?.MediaType);
        if (field is not null)
            Assert.Contains(field, answer["errors"].EnumerateArray().Select(e => e.GetProperty("field").GetString()));
        Assert.Equal(before, await server.AllRowsAsync());
        return answer;
    }

    /// <summary>Every filter alone and every pair of them against a plain search in all rows.</summary>
    public static async Task FindsAsync<T>(this WitanServer server, string list, string items, IReadOnlyList<T> all, Func<T, string> key, Func<JsonElement, string> read,
        params IReadOnlyList<(string Query, Func<T, bool> Fits)> filters)
    {
        var pairs = from a in filters from b in filters where string.CompareOrdinal(NameOf(a), NameOf(b)) < 0 select ($"{a.Query}&{b.Query}", (Func<T, bool>)(x => a.Fits(x) && b.Fits(x)));
        foreach (var (query, fits) in filters.Concat(pairs))
        {
            var found = await server.WalkAsync($"{list}?{query}", items, 7);
            Assert.True(all.Where(fits).Select(key).SequenceEqual(found.Select(read)), $"{query}: {string.Join(' ', found.Select(read))}");
        }

        static string NameOf((string Query, Func<T, bool> Fits) filter) => filter.Query.Split('=')[0];
    }

    /// <summary>Walks a list while rows are added: each row once, and none lost that was there at the start.</summary>
    public static async Task WalksWhileAsync(this WitanServer server, string list, string items, string key, Func<int, Task> add)
    {
        var before = (await server.WalkAsync(list, items)).Select(item => item.GetProperty(key).GetString()!).ToHashSet();
        Assert.True(before.Count > 10);
        var seen = new List<string>();
        string? cursor = null;
        for (var i = 0; i < 200; i++)
        {
            var page = await server.GetAsync($"{list}{(list.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=3{(cursor is null ? "" : "&cursor=" + cursor)}");
            Assert.True(page.Status == 200, page.Text);
            seen.AddRange(page[items].EnumerateArray().Select(item => item.GetProperty(key).GetString()!));
            cursor = page["nextCursor"].GetString();
            if (cursor is null)
                break;
            await add(i);
        }
        Assert.Null(cursor);
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Superset(before, seen.ToHashSet());
    }

    /// <summary>The limits of a list, and cursors that are not its own.</summary>
    public static async Task HasLimitsAsync(this WitanServer server, string list, string items)
    {
        foreach (var limit in new[] { "0", "-1", "201", "1.5", "x", "", "9999999999", "+5" })
            Assert.Equal((400, "invalid_query"), ((await server.GetAsync($"{list}?limit={Uri.EscapeDataString(limit)}")) is var no ? (no.Status, no.Code) : default));
        foreach (var limit in new[] { 1, 200 })
            Assert.InRange((await server.GetAsync($"{list}?limit={limit}"))[items].GetArrayLength(), 0, limit);
        foreach (var bad in new[] { "cursor=", "cursor=x", "cursor=AAAAAAAAAAAAAAAAAAAA", "cursor=%00", "unknown=1", "limit=1&limit=2", "offset=3" })
            Assert.Equal(400, (await server.GetAsync($"{list}?{bad}")).Status);
    }
}
