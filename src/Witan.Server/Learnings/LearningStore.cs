using System.Data.Common;
using Dapper;
using Witan.Server.Platform.Caching;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;

namespace Witan.Server.Learnings;

/// <summary>The SQL of learnings and their uses.</summary>
internal sealed class LearningStore(Database database)
{
    private static readonly Table Uses = new("learning_uses", "ON CONFLICT (pattern, fix_id) DO UPDATE SET success = excluded.success",
        new("pattern", ColumnType.Text), new("fix_id", ColumnType.Id), new("success", ColumnType.Flag), new("used_at", ColumnType.Time));

    // What reports and uses change.
    private static readonly Table States = new("learnings", "",
        new("pattern", ColumnType.Text), new("agent_domains", ColumnType.Texts), new("esa_layers", ColumnType.Integers), new("confidence", ColumnType.Number),
        new("times_applied", ColumnType.Long), new("successes", ColumnType.Long), new("failures", ColumnType.Long), new("reinforcements", ColumnType.Long),
        new("validated_at", ColumnType.Time), new("updated_at", ColumnType.Time), new("code_example", ColumnType.Text));

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

    /// <summary>The learnings that changed after a write, and the issues that each has been used on; all of them where the engine does not count writes.</summary>
    public async Task<(IReadOnlyList<LearningRow> Learnings, ILookup<string, string> Issues)> ChangedAsync(WriteSession session, long? since)
    {
        var changed = since is null ? null : database.Dialect.LearningsAfter;
        var rows = await session.QueryAsync<LearningRow>($"SELECT {LearningRow.Columns} FROM learnings l {(changed is null ? "" : $"WHERE {changed}")}", new { since });
        var issues = await session.QueryAsync<UsedOn>(
            $"""
            SELECT DISTINCT u.pattern AS Pattern, f.issue AS Issue FROM learning_uses u JOIN fixes f ON f.id = u.fix_id
                {(changed is null ? "" : "JOIN learnings l ON l.pattern = u.pattern")}
            WHERE f.issue IS NOT NULL {(changed is null ? "" : $"AND {changed}")}
            """, new { since });
        return ([.. rows], issues.ToLookup(u => u.Pattern, u => u.Issue));
    }

    public static async Task InsertAsync(WriteSession session, LearningRow r)
    {
        session.Changed(Change.Learnings, r.UpdatedAt);
        session.Touch(Tags.Learnings);
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
        session.Touch(Tags.Learnings);
        await session.UpdateAsync(States,
            r.Pattern, r.AgentDomains, r.EsaLayers, r.Confidence, r.TimesApplied, r.Successes, r.Failures, r.Reinforcements, r.ValidatedAt, r.UpdatedAt, r.CodeExample);
    }

    public static Task<UseRow?> FindUseAsync(WriteSession session, string pattern, Guid fixId) => session.QueryFirstOrDefaultAsync<UseRow>(
        "SELECT pattern AS Pattern, fix_id AS FixId, success AS Success FROM learning_uses WHERE pattern = @pattern AND fix_id = @fixId", new { pattern, fixId });

    /// <summary>The uses of learnings in some fixes, and these learnings.</summary>
    public UseReads UsesIn(IReadOnlyList<Guid> fixIds)
    {
        var used = $"FROM learning_uses WHERE {database.Dialect.IsIn("fix_id", "@0")}";
        return new(
            new($"SELECT pattern AS Pattern, fix_id AS FixId, success AS Success {used}", fixIds),
            new($"SELECT {LearningRow.Columns} FROM learnings WHERE pattern IN (SELECT pattern {used})", fixIds));
    }

    /// <summary>Stores uses, each once.</summary>
    public static async Task PutUsesAsync(WriteSession session, IEnumerable<UseRow> uses, DateTimeOffset now)
    {
        foreach (var use in uses)
            await session.InsertAsync(Uses, use.Pattern, use.FixId, use.Success, now);
    }

    /// <summary>What outcomes of fixes move.</summary>
    internal sealed record UseReads(Question<UseRow> Uses, Question<LearningRow> Learnings) : IReads
    {
        public IReadOnlyList<Question> Questions { get; } = [Uses, Learnings];
    }

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
