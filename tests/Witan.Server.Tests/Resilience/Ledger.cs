using System.Collections.Concurrent;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Witan.Server.Tests.Resilience;

/// <summary>What writers were promised, and whether the database keeps it. Every fix has an issue of its own.</summary>
internal sealed class Ledger
{
    private const string Recount = """
        SELECT agent_id, scope, key, count(*), sum(success), sum(coalesce(duration_ms, 0)), count(duration_ms) FROM (
            SELECT agent_id, 'overall' AS scope, '' AS key, success, duration_ms FROM fixes WHERE success IS NOT NULL
            UNION ALL SELECT agent_id, 'strategy', fix_strategy, success, duration_ms FROM fixes WHERE success IS NOT NULL
            UNION ALL SELECT agent_id, 'domain', domain, success, duration_ms FROM fixes WHERE success IS NOT NULL AND domain IS NOT NULL)
        GROUP BY agent_id, scope, key
        """;

    private const string Records = "SELECT agent_id, scope, key, outcomes, successes, duration_ms, durations FROM agent_records";

    private static readonly (string Complaint, string Sql)[] Invariants =
    [
        ("doubled", "SELECT issue || ' x' || count(*) FROM fixes GROUP BY issue HAVING count(*) > 1"),
        ("a fix and the log of outcomes differ", """
            SELECT f.id FROM fixes f LEFT JOIN outcomes o ON o.fix_id = f.id AND o.kind = 'outcome'
            WHERE (f.success IS NULL) <> (o.seq IS NULL) OR f.success <> o.success OR f.completed_at <> o.occurred_at
            """),
        ("the log holds an outcome twice", "SELECT fix_id FROM outcomes GROUP BY fix_id, kind HAVING count(*) > 1"),
        ("track records that fixes do not bear out", $"SELECT agent_id || scope FROM ({Records} EXCEPT {Recount})"),
        ("fixes that are missing from track records", $"SELECT agent_id || scope FROM (SELECT * FROM ({Recount}) EXCEPT {Records})"),
        ("a decision without its receipt", "SELECT id FROM fixes LEFT JOIN receipts ON fix_id = id WHERE (decision IS NULL) <> (fix_id IS NULL)"),
        ("an agent that nobody registered", "SELECT agent_id FROM fixes WHERE agent_id NOT IN (SELECT id FROM agents)"),
    ];

    private readonly ConcurrentDictionary<string, bool> _attempted = [];
    private readonly ConcurrentDictionary<Guid, string> _fixes = [];
    private readonly ConcurrentDictionary<Guid, (bool Success, long? DurationMs)> _outcomes = [];

    public int Acknowledged => _fixes.Count + _outcomes.Count;

    public void Attempts(string issue) => _attempted[issue] = true;

    public void Stored(Guid id, string issue) => _fixes[id] = issue;

    public void Ended(Guid id, bool success, long? durationMs) => _outcomes[id] = (success, durationMs);

    /// <summary>Every promise that the database does not keep, and everything in it that contradicts itself.</summary>
    public IReadOnlyList<string> Breaches(string database)
    {
        using var connection = new SqliteConnection($"Data Source={database};Mode=ReadOnly;Pooling=False");
        connection.Open();
        var stored = connection.Query<(string Id, string Issue, long? Success, long? DurationMs)>("SELECT id, issue, success, duration_ms FROM fixes").ToDictionary(row => Guid.Parse(row.Id));
        return [
            .. _fixes.Where(fix => !stored.TryGetValue(fix.Key, out var row) || row.Issue != fix.Value).Select(fix => $"lost: fix {fix.Key} ({fix.Value})"),
            .. _outcomes.Where(outcome => !stored.TryGetValue(outcome.Key, out var row) || row.Success != (outcome.Value.Success ? 1 : 0) || row.DurationMs != outcome.Value.DurationMs).Select(outcome => $"lost: the outcome of {outcome.Key}"),
            .. stored.Values.Where(row => !_attempted.ContainsKey(row.Issue)).Select(row => $"nobody wrote {row.Issue}"),
            .. Invariants.SelectMany(invariant => connection.Query<string>(invariant.Sql).Select(found => $"{invariant.Complaint}: {found}")),
            .. connection.Query<string>("PRAGMA integrity_check").Where(answer => answer != "ok"),
        ];
    }
}
