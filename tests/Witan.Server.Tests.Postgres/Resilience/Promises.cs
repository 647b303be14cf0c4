using System.Collections.Concurrent;
using Dapper;
using Npgsql;

namespace Witan.Server.Tests.Resilience;

/// <summary>
/// What writers were promised, and whether PostgreSQL keeps it. Every fix has an issue of its own and every vote a voter of its
/// own, so that a write that was done twice is seen.
/// </summary>
internal sealed class Promises
{
    private const string Recount = """
        SELECT agent_id, scope, key, count(*), count(*) FILTER (WHERE success), sum(coalesce(duration_ms, 0))::bigint, count(duration_ms) FROM (
            SELECT agent_id, 'overall' AS scope, '' AS key, success, duration_ms FROM fixes WHERE success IS NOT NULL
            UNION ALL SELECT agent_id, 'strategy', fix_strategy, success, duration_ms FROM fixes WHERE success IS NOT NULL
            UNION ALL SELECT agent_id, 'domain', domain, success, duration_ms FROM fixes WHERE success IS NOT NULL AND domain IS NOT NULL) ended
        GROUP BY agent_id, scope, key
        """;

    private const string Records = "SELECT agent_id, scope, key, outcomes, successes, duration_ms, durations FROM agent_records";

    private static readonly (string Complaint, string Sql)[] Once =
    [
        ("doubled", "SELECT issue || ' x' || count(*) FROM fixes GROUP BY issue HAVING count(*) > 1"),
        ("a vote that was counted twice", "SELECT voter_id || ' x' || count(*) FROM votes GROUP BY voter_id HAVING count(*) > 1"),
        ("a collaboration that was begun twice", "SELECT goal || ' x' || count(*) FROM collaborations GROUP BY goal HAVING count(*) > 1"),
    ];

    private static readonly (string Complaint, string Sql)[] Invariants =
    [
        ("a fix and the log of outcomes differ", """
            SELECT f.id::text FROM fixes f LEFT JOIN outcomes o ON o.fix_id = f.id AND o.kind = 'outcome'
            WHERE (f.success IS NULL) <> (o.seq IS NULL) OR f.success <> (o.success AND f.rolled_back_at IS NULL) OR f.completed_at <> o.occurred_at
            """),
        ("the log holds an outcome twice", "SELECT fix_id::text FROM outcomes GROUP BY fix_id, kind HAVING count(*) > 1"),
        ("the log has gaps", "SELECT min(seq) || '..' || max(seq) || ' in ' || count(*) FROM outcomes HAVING max(seq) - min(seq) + 1 <> count(*) OR min(seq) <> 1"),
        ("track records that fixes do not bear out", $"SELECT agent_id || ' ' || scope FROM ({Records} EXCEPT {Recount}) wrong"),
        ("fixes that are missing from track records", $"SELECT agent_id || ' ' || scope FROM (({Recount}) EXCEPT {Records}) missing"),
        ("a decision without its receipt", "SELECT id::text FROM fixes LEFT JOIN receipts ON fix_id = id WHERE (decision IS NULL) <> (fix_id IS NULL)"),
        ("a child without its fix", """
            SELECT child.fix_id::text FROM (SELECT fix_id FROM receipts UNION ALL SELECT fix_id FROM outcomes UNION ALL SELECT fix_id FROM assignments UNION ALL SELECT fix_id FROM shadow_scores) child
                LEFT JOIN fixes f ON f.id = child.fix_id WHERE f.id IS NULL
            """),
        ("a receipt whose evidence is not in the log that it had read", """
            SELECT fix_id::text FROM receipts r JOIN fixes f ON f.id = fix_id WHERE (r.body -> 'answer' -> 'evidence' ->> 'agentFixes')::bigint <> (
                SELECT count(*) FROM outcomes o JOIN fixes other ON other.id = o.fix_id WHERE other.agent_id = f.agent_id AND o.kind = 'outcome'
                    AND o.seq <= (r.body ->> 'sequence')::bigint AND o.occurred_at <= (r.body ->> 'asOf')::timestamptz)
            """),
        ("a receipt that has read further than the log goes", "SELECT fix_id::text FROM receipts WHERE (body ->> 'sequence')::bigint > (SELECT coalesce(max(seq), 0) FROM outcomes)"),
        ("an Idempotency-Key without its effect", """
            SELECT key FROM idempotency_keys WHERE body::jsonb ? 'id' AND route NOT LIKE '%/outcome'
                AND NOT EXISTS (SELECT FROM fixes WHERE id = (body::jsonb ->> 'id')::uuid UNION ALL SELECT FROM votes WHERE id = (body::jsonb ->> 'id')::uuid
                    UNION ALL SELECT FROM collaborations WHERE id = (body::jsonb ->> 'id')::uuid)
            """),
        ("an index that does not fit its table", "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"),
    ];

    private readonly ConcurrentDictionary<string, bool> _attempted = [];
    private readonly ConcurrentDictionary<Guid, string> _fixes = [];
    private readonly ConcurrentDictionary<Guid, (bool Success, long? DurationMs)> _outcomes = [];
    private readonly ConcurrentDictionary<Guid, string> _collaborations = [];
    private readonly ConcurrentDictionary<Guid, string> _votes = [];
    private readonly ConcurrentDictionary<string, (long Attempts, long Reports)> _learnings = [];
    private int _acknowledged;

    /// <summary>How many writes were acknowledged.</summary>
    public int Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>A fix that was acknowledged, if there is one.</summary>
    public Guid? AnyFix => _fixes.Keys.FirstOrDefault() is var id && id != default ? id : null;

    /// <summary>Somebody is about to write what has this name.</summary>
    public void Attempts(string name) => _attempted[name] = true;

    public void Reports(string pattern) => _learnings.AddOrUpdate(pattern, (1, 0), (_, known) => (known.Attempts + 1, known.Reports));

    public void Stored(Guid id, string issue) => Add(_fixes, id, issue);

    public void Ended(Guid id, bool success, long? durationMs) => Add(_outcomes, id, (success, durationMs));

    public void Begun(Guid id, string goal) => Add(_collaborations, id, goal);

    public void Voted(Guid id, string voter) => Add(_votes, id, voter);

    public void Learned(string pattern)
    {
        _learnings.AddOrUpdate(pattern, (1, 1), (_, known) => (known.Attempts, known.Reports + 1));
        Interlocked.Increment(ref _acknowledged);
    }

    /// <summary>Every promise that the database does not keep, and everything in it that contradicts itself.</summary>
    /// <param name="database">A connection to it.</param>
    /// <param name="isSettled">Whether every write was repeated until it was acknowledged, so that what is stored is what was acknowledged.</param>
    public async Task<IReadOnlyList<string>> BreachesAsync(NpgsqlConnection database, bool isSettled = false)
    {
        var fixes = (await database.QueryAsync<(Guid Id, string Issue, bool? Success, long? DurationMs)>("SELECT id, issue, success, duration_ms FROM fixes")).ToDictionary(row => row.Id);
        var collaborations = (await database.QueryAsync<(Guid Id, string Name)>("SELECT id, goal FROM collaborations WHERE issue IS NULL")).ToDictionary(row => row.Id, row => row.Name);
        var votes = (await database.QueryAsync<(Guid Id, string Name)>("SELECT id, voter_id FROM votes")).ToDictionary(row => row.Id, row => row.Name);
        var learnings = (await database.QueryAsync<(string Pattern, long Reports)>("SELECT pattern, reinforcements + 1 FROM learnings")).ToDictionary(row => row.Pattern, row => row.Reports);
        var breaches = new List<string>();
        breaches.AddRange(_fixes.Where(fix => !fixes.TryGetValue(fix.Key, out var row) || row.Issue != fix.Value).Select(fix => $"lost: fix {fix.Key} ({fix.Value})"));
        breaches.AddRange(_outcomes.Where(end => !fixes.TryGetValue(end.Key, out var row) || row.Success != end.Value.Success || row.DurationMs != end.Value.DurationMs).Select(end => $"lost: the outcome of {end.Key}"));
        breaches.AddRange(_collaborations.Where(begun => collaborations.GetValueOrDefault(begun.Key) != begun.Value).Select(begun => $"lost: collaboration {begun.Key} ({begun.Value})"));
        breaches.AddRange(_votes.Where(vote => votes.GetValueOrDefault(vote.Key) != vote.Value).Select(vote => $"lost: the vote {vote.Key} of {vote.Value}"));
        breaches.AddRange(_learnings.Where(learned => learnings.GetValueOrDefault(learned.Key) < learned.Value.Reports).Select(learned => $"lost: a report of {learned.Key}"));
        breaches.AddRange(_learnings.Where(learned => learnings.GetValueOrDefault(learned.Key) > (isSettled ? learned.Value.Reports : learned.Value.Attempts)).Select(learned => $"doubled: a report of {learned.Key}"));
        breaches.AddRange(fixes.Values.Select(row => row.Issue).Concat(collaborations.Values).Concat(votes.Values).Where(name => !_attempted.ContainsKey(name)).Select(name => $"nobody wrote {name}"));
        if (isSettled)
            breaches.AddRange(new[] { ("fixes", fixes.Count, _fixes.Count), ("outcomes", fixes.Values.Count(row => row.Success is not null), _outcomes.Count), ("votes", votes.Count, _votes.Count), ("collaborations", collaborations.Count, _collaborations.Count) }
                .Where(count => count.Item2 != count.Item3).Select(count => $"{count.Item2} {count.Item1}, and {count.Item3} acknowledged"));
        return [.. breaches, .. await FoundAsync(database, Once), .. await ContradictionsAsync(database)];
    }

    /// <summary>Everything in a database that contradicts itself, whoever wrote it.</summary>
    public static Task<IReadOnlyList<string>> ContradictionsAsync(NpgsqlConnection database) => FoundAsync(database, Invariants);

    private static async Task<IReadOnlyList<string>> FoundAsync(NpgsqlConnection database, IEnumerable<(string Complaint, string Sql)> checks)
    {
        var all = new List<string>();
        foreach (var (complaint, sql) in checks)
            all.AddRange((await database.QueryAsync<string>(sql)).Select(found => $"{complaint}: {found}"));
        return all;
    }

    private void Add<T>(ConcurrentDictionary<Guid, T> kind, Guid id, T value)
    {
        kind[id] = value;
        Interlocked.Increment(ref _acknowledged);
    }
}
