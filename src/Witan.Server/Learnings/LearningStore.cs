using System.Data.Common;
using Dapper;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;

namespace Witan.Server.Learnings;

/// <summary>The SQL of learnings and their uses.</summary>
internal sealed class LearningStore(Database database)
{
    private static readonly string SelectOne = $"SELECT {LearningRow.Columns} FROM learnings WHERE pattern = @pattern";

    public async Task<IReadOnlyList<LearningRow>> ListAsync(QueryValues query, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        await using var command = ListCommand(connection, query);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return [.. reader.Parse<LearningRow>()];
    }

    /// <summary>The statement behind a page.</summary>
    internal DbCommand ListCommand(DbConnection connection, QueryValues query)
    {
        var where = new Where()
            .And(database.Dialect.Contains("agent_domains", "@domain"), "domain", query.Text("domain"))
            .And(database.Dialect.Contains("esa_layers", "@layer"), "layer", query.Integer("layer"))
            .And("discovered_by = @agentId", "agentId", query.Text("agentId"))
            .And("confidence >= @minConfidence", "minConfidence", query.Share("minConfidence"))
            .AndContains(database.Dialect, query.Text("q"), "pattern", "problem", "solution")
            .And("(created_at, pattern) < (@afterTime, @afterKey)", "afterTime", query.After?.Time)
            .With("afterKey", query.After?.Key);
        return where.Command(connection, $"SELECT {LearningRow.Columns} FROM learnings {where} ORDER BY created_at DESC, pattern DESC LIMIT {query.Limit + 1}");
    }

    public async Task<LearningRow?> FindAsync(string pattern, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        return await connection.QueryFirstOrDefaultAsync<LearningRow>(new CommandDefinition(SelectOne, new { pattern }, cancellationToken: cancel));
    }

    public static Task<LearningRow?> FindAsync(WriteSession session, string pattern) => session.QueryFirstOrDefaultAsync<LearningRow>(SelectOne, new { pattern });

    /// <summary>All learnings, and the issues that each has been used on.</summary>
    public static async Task<(IReadOnlyList<LearningRow> Learnings, ILookup<string, string> Issues)> ReadAllAsync(WriteSession session)
    {
        var rows = await session.QueryAsync<LearningRow>($"SELECT {LearningRow.Columns} FROM learnings");
        var issues = await session.QueryAsync<UsedOn>(
            "SELECT DISTINCT u.pattern AS Pattern, f.issue AS Issue FROM learning_uses u JOIN fixes f ON f.id = u.fix_id WHERE f.issue IS NOT NULL");
        return ([.. rows], issues.ToLookup(u => u.Pattern, u => u.Issue));
    }

    public static async Task InsertAsync(WriteSession session, LearningRow r)
    {
        session.Changed(Change.Learnings, r.UpdatedAt);
        await session.RunAsync(
            """
            INSERT INTO learnings (pattern, problem, solution, code_example, agent_domains, esa_layers, discovered_by, repository, claim, confidence,
                times_applied, successes, failures, reinforcements, validated_at, created_at, updated_at)
            VALUES (@0, @1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11, @12, @13, @14, @15, @16)
            """,
            r.Pattern, r.Problem, r.Solution, r.CodeExample, r.AgentDomains, r.EsaLayers, r.DiscoveredBy, r.Repository, r.Claim, r.Confidence,
            r.TimesApplied, r.Successes, r.Failures, r.Reinforcements, r.ValidatedAt, r.CreatedAt, r.UpdatedAt);
    }

    /// <summary>Stores what reports and uses change.</summary>
    public static async Task UpdateAsync(WriteSession session, LearningRow r)
    {
        session.Changed(Change.Learnings, r.UpdatedAt);
        await session.RunAsync(
            """
            UPDATE learnings SET agent_domains = @1, esa_layers = @2, confidence = @3, times_applied = @4, successes = @5, failures = @6,
                reinforcements = @7, validated_at = @8, updated_at = @9, code_example = @10
            WHERE pattern = @0
            """,
            r.Pattern, r.AgentDomains, r.EsaLayers, r.Confidence, r.TimesApplied, r.Successes, r.Failures, r.Reinforcements, r.ValidatedAt, r.UpdatedAt, r.CodeExample);
    }

    public static Task<UseRow?> FindUseAsync(WriteSession session, string pattern, Guid fixId) => session.QueryFirstOrDefaultAsync<UseRow>(
        "SELECT pattern AS Pattern, fix_id AS FixId, success AS Success FROM learning_uses WHERE pattern = @pattern AND fix_id = @fixId", new { pattern, fixId });

    /// <summary>The uses of learnings in some fixes, by fix.</summary>
    public async Task<ILookup<Guid, UseRow>> FindUsesAsync(WriteSession session, IReadOnlyList<Guid> fixIds) => (await session.QueryAsync<UseRow>(
        $"SELECT pattern AS Pattern, fix_id AS FixId, success AS Success FROM learning_uses WHERE {database.Dialect.IsIn("fix_id", "@fixIds")}", new { fixIds })).ToLookup(use => use.FixId);

    public static Task PutUseAsync(WriteSession session, string pattern, Guid fixId, bool? success, DateTimeOffset now) => session.RunAsync(
        "INSERT INTO learning_uses (pattern, fix_id, success, used_at) VALUES (@0, @1, @2, @3) ON CONFLICT (pattern, fix_id) DO UPDATE SET success = excluded.success",
        pattern, fixId, success, now);

    private sealed record UsedOn
    {
        public required string Pattern { get; init; }
        public required string Issue { get; init; }
    }
}

/// <summary>A use of a learning in a fix.</summary>
internal sealed record UseRow
{
    public required string Pattern { get; init; }
    public Guid FixId { get; init; }
    public bool? Success { get; init; }
}
