using Dapper;
using Witan.Client;
using Witan.Server.Fixes;
using Witan.Server.Storage;

namespace Witan.Server.Experiments;

/// <summary>The SQL of experiments, and of what their arms said and answered.</summary>
internal sealed class ExperimentStore(Database database)
{
    private const string Columns = "name AS Name, mode AS Mode, share AS Share, changed_at AS ChangedAt";

    private static readonly Table Assignments = new("assignments", "",
        new("fix_id", ColumnType.Id), new("experiment", ColumnType.Text), new("arm", ColumnType.Text));

    private static readonly Table Scores = new("shadow_scores", "ON CONFLICT DO NOTHING",
        new("fix_id", ColumnType.Id), new("scorer", ColumnType.Text), new("confidence", ColumnType.Number));

    private const string SelectOutcomes = """
        SELECT o.seq AS Seq, o.success AS Success, f.issue AS Issue, f.scorer AS Scorer, f.confidence AS Confidence,
               f.recorded_at AS RecordedAt, a.arm AS Arm, first.confidence AS First, second.confidence AS Second
        FROM outcomes o
            JOIN fixes f ON f.id = o.fix_id
            LEFT JOIN assignments a ON a.fix_id = o.fix_id
            LEFT JOIN shadow_scores first ON first.fix_id = o.fix_id AND first.scorer = @First
            LEFT JOIN shadow_scores second ON second.fix_id = o.fix_id AND second.scorer = @Second
        WHERE o.seq > @after AND o.kind = 'outcome'
        ORDER BY o.seq LIMIT @most
        """;

    private const string SelectServed = """
        SELECT a.arm AS Arm, count(*) AS Fixes, count(f.success) AS Outcomes, count(CASE WHEN f.success THEN 1 END) AS Successes,
               count(CASE WHEN f.decision = 'auto_apply' THEN 1 END) AS AutoApplied,
               count(CASE WHEN f.decision = 'auto_apply' THEN f.success END) AS AutoAppliedOutcomes,
               count(CASE WHEN f.decision = 'auto_apply' AND f.success THEN 1 END) AS AutoAppliedSuccesses
        FROM assignments a JOIN fixes f ON f.id = a.fix_id
        WHERE a.experiment = @experiment GROUP BY a.arm
        """;

    /// <summary>The experiments whose mode was ever changed, by name.</summary>
    public async Task<IReadOnlyList<ExperimentRow>> ListAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        return [.. await connection.QueryAsync<ExperimentRow>(new CommandDefinition($"SELECT {Columns} FROM experiments ORDER BY name", cancellationToken: cancel))];
    }

    public async Task<ExperimentRow?> FindAsync(string name, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        return await connection.QueryFirstOrDefaultAsync<ExperimentRow>(new CommandDefinition(
            $"SELECT {Columns} FROM experiments WHERE name = @name", new { name }, cancellationToken: cancel));
    }

    /// <summary>The versions of all scorers: each is an arm.</summary>
    public async Task<IReadOnlyList<string>> VersionsAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        return [.. await connection.QueryAsync<string>(new CommandDefinition("SELECT version FROM models ORDER BY version", cancellationToken: cancel))];
    }

    /// <summary>Outcomes in the order of the log, after an entry of it, with what both arms had said.</summary>
    public async Task<IReadOnlyList<ScoredOutcome>> OutcomesAsync(ExperimentName name, long after, int most, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        return [.. await connection.QueryAsync<ScoredOutcome>(new CommandDefinition(
            SelectOutcomes, new { name.First, name.Second, after, most }, cancellationToken: cancel))];
    }

    /// <summary>What each arm answered while the experiment was live, and what came of it.</summary>
    public async Task<IReadOnlyList<ServedRow>> ServedAsync(string experiment, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        return [.. await connection.QueryAsync<ServedRow>(new CommandDefinition(SelectServed, new { experiment }, cancellationToken: cancel))];
    }

    public static Task<ExperimentRow?> FindAsync(WriteSession session, string name) =>
        session.QueryFirstOrDefaultAsync<ExperimentRow>($"SELECT {Columns} FROM experiments WHERE name = @name", new { name });

    public static Task<ExperimentRow?> FindLiveAsync(WriteSession session) =>
        session.QueryFirstOrDefaultAsync<ExperimentRow>($"SELECT {Columns} FROM experiments WHERE mode = 'live'");

    public static Task PutAsync(WriteSession session, ExperimentRow row)
    {
        session.Changed(Change.Experiments, row.ChangedAt);
        return session.RunAsync(
        """
        INSERT INTO experiments (name, mode, share, changed_at) VALUES (@0, @1, @2, @3)
        ON CONFLICT (name) DO UPDATE SET mode = excluded.mode, share = excluded.share, changed_at = excluded.changed_at
        """, row.Name, row.Mode, row.Share, row.ChangedAt);
    }

    public static Task AddAssignmentAsync(WriteSession session, Guid fixId, Assignment assignment) =>
        session.InsertAsync(Assignments, fixId, assignment.Experiment, assignment.Arm);

    /// <summary>Stores a batch of scores; what is there already stands.</summary>
    public static WriteOperation<IReadOnlyList<ShadowScore>, int> AddScores { get; } = async (session, batches) =>
    {
        foreach (var score in batches.SelectMany(batch => batch))
            await session.InsertAsync(Scores, score.FixId, score.Scorer, score.Confidence);
        return [.. batches.Select(batch => batch.Count)];
    };
}

/// <summary>A row of the table <c>experiments</c>.</summary>
internal sealed record ExperimentRow
{
    public required string Name { get; init; }
    public required string Mode { get; init; }
    public double? Share { get; init; }
    public DateTimeOffset ChangedAt { get; init; }

    public bool IsLive => Mode == Words.Of(ExperimentMode.Live);
}

internal sealed record ScoredOutcome
{
    public long Seq { get; init; }
    public bool Success { get; init; }
    public string? Issue { get; init; }
    public string? Scorer { get; init; }
    public double? Confidence { get; init; }
    public DateTimeOffset RecordedAt { get; init; }
    public string? Arm { get; init; }
    public double? First { get; init; }
    public double? Second { get; init; }
}

internal sealed record ServedRow
{
    public required string Arm { get; init; }
    public long Fixes { get; init; }
    public long Outcomes { get; init; }
    public long Successes { get; init; }
    public long AutoApplied { get; init; }
    public long AutoAppliedOutcomes { get; init; }
    public long AutoAppliedSuccesses { get; init; }
}
