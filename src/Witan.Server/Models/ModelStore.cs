using System.Text.Json;
using Dapper;
using Witan.Client;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.Training;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;

namespace Witan.Server.Models;

/// <summary>The SQL of scorers and trainings.</summary>
internal sealed class ModelStore(Database database)
{
    private const string Columns = """
        number AS Number, version AS Version, kind AS Kind, status AS Status, outcomes AS Outcomes, schema_hash AS SchemaHash,
        data_hash AS DataHash, metrics AS Metrics, created_at AS CreatedAt
        """;

    private const string TrainingColumns = """
        id AS Id, status AS Status, reason AS Reason, message AS Message, version AS Version, started_at AS StartedAt, finished_at AS FinishedAt
        """;

    public async Task<IReadOnlyList<ModelRow>> ListAsync(QueryValues query, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        var before = long.TryParse(query.After?.Key, out var number) ? number : long.MaxValue;
        return [.. await connection.QueryAsync<ModelRow>(new CommandDefinition(
            $"SELECT {Columns} FROM models WHERE number < @before ORDER BY number DESC LIMIT {query.Limit + 1}", new { before }, cancellationToken: cancel))];
    }

    public async Task<ModelRow?> FindAsync(string version, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        return await connection.QueryFirstOrDefaultAsync<ModelRow>(new CommandDefinition(
            $"SELECT {Columns} FROM models WHERE version = @version", new { version }, cancellationToken: cancel));
    }

    /// <summary>The models that score, the champion first: what is to be loaded.</summary>
    public async Task<IReadOnlyList<string>> ScoringVersionsAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        return [.. await connection.QueryAsync<string>(new CommandDefinition(
            "SELECT version FROM models WHERE status IN ('champion', 'shadow') ORDER BY status, number", cancellationToken: cancel))];
    }

    /// <summary>How many outcomes the newest trained model saw, and when it was made; null before the first.</summary>
    public async Task<(long Outcomes, DateTimeOffset At)?> NewestTrainingAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        var row = await connection.QueryFirstOrDefaultAsync<ModelRow>(new CommandDefinition(
            $"SELECT {Columns} FROM models WHERE created_at IS NOT NULL ORDER BY number DESC LIMIT 1", cancellationToken: cancel));
        return row is null ? null : (row.Outcomes, row.CreatedAt!.Value);
    }

    public async Task<string?> ArtefactAsync(string version, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        return await connection.ExecuteScalarAsync<string?>(new CommandDefinition("SELECT artefact FROM models WHERE version = @version", new { version }, cancellationToken: cancel));
    }

    public async Task<IReadOnlyList<TrainingRow>> ListTrainingsAsync(QueryValues query, CancellationToken cancel)
    {
        var where = new Where().And("(started_at, id) < (@afterTime, @afterId)", "afterTime", query.After?.Time)
            .With("afterId", query.After?.Id);
        await using var connection = await database.OpenAsync(cancel);
        return [.. await connection.QueryAsync<TrainingRow>(new CommandDefinition(
            $"SELECT {TrainingColumns} FROM trainings {where} ORDER BY started_at DESC, id DESC LIMIT {query.Limit + 1}", where.Parameters, cancellationToken: cancel))];
    }

    public async Task<TrainingRow?> FindTrainingAsync(Guid id, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        return await connection.QueryFirstOrDefaultAsync<TrainingRow>(new CommandDefinition(
            $"SELECT {TrainingColumns} FROM trainings WHERE id = @id", new { id }, cancellationToken: cancel));
    }

    /// <summary>Registers what a training made, in its order; the challengers of before retire, and their artefacts go.</summary>
    /// <returns>The versions.</returns>
    public static async Task<IReadOnlyList<string>> AddAsync(WriteSession session, IReadOnlyList<NewModel> models, DateTimeOffset now)
    {
        session.Changed(Change.Models, now);
        await session.RunAsync("UPDATE models SET status = 'retired', artefact = NULL WHERE status = 'shadow'");
        var versions = new List<string>();
        foreach (var model in models)
        {
            var version = $"model-{await session.ScalarAsync<long>("SELECT count(*) + 1 FROM models WHERE created_at IS NOT NULL")}";
            await AddSchemaAsync(session, model.SchemaHash, model.Features);
            await session.RunAsync(
                "INSERT INTO models (version, kind, status, outcomes, schema_hash, data_hash, metrics, artefact, created_at) VALUES (@0, @1, 'shadow', @2, @3, @4, @5, @6, @7)",
                version, model.Kind, model.Outcomes, model.SchemaHash, model.DataHash, model.Metrics, model.Artefact, now);
            versions.Add(version);
        }
        return versions;
    }

    /// <summary>Names the features of the built-in scorers for the receipts that will be made with them.</summary>
    public static WriteOperation<int, int> KnowCoreSchema { get; } = async (session, inputs) =>
    {
        await AddSchemaAsync(session, FeatureSchema.Core.Hash, FeatureSchema.Core.Names);
        return [.. inputs];
    };

    private static Task AddSchemaAsync(WriteSession session, string hash, IReadOnlyList<string> features) =>
        session.RunAsync("INSERT INTO feature_schemas (hash, features) VALUES (@0, @1) ON CONFLICT (hash) DO NOTHING", hash, features);

    /// <summary>Makes a version the champion; the one before is kept, to go back to.</summary>
    /// <returns>False when there is no such version, or no artefact of it any more.</returns>
    public static async Task<bool> PromoteAsync(WriteSession session, string version, DateTimeOffset now)
    {
        if (await session.ScalarAsync<int?>("SELECT 1 FROM models WHERE version = @0 AND (created_at IS NULL OR artefact IS NOT NULL)", version) is null)
            return false;
        session.Changed(Change.Models, now);
        await session.RunAsync("UPDATE models SET status = CASE WHEN created_at IS NULL THEN 'candidate' ELSE 'retired' END WHERE status = 'champion' AND version <> @0", version);
        await session.RunAsync("UPDATE models SET status = 'champion' WHERE version = @0", version);
        return true;
    }

    public static Task StartTrainingAsync(WriteSession session, Guid id, string reason, DateTimeOffset now) =>
        session.RunAsync("INSERT INTO trainings (id, status, reason, started_at) VALUES (@0, 'running', @1, @2)", id, reason, now);

    public static Task FinishTrainingAsync(WriteSession session, Guid id, string status, string message, string? version, DateTimeOffset now) =>
        session.RunAsync("UPDATE trainings SET status = @1, message = @2, version = @3, finished_at = @4 WHERE id = @0", id, status, message, version, now);

    /// <summary>Trainings that a stopped server left behind did not finish. For whoever holds the lock of trainings.</summary>
    public static Task AbandonTrainingsAsync(WriteSession session, DateTimeOffset now) => session.RunAsync(
        "UPDATE trainings SET status = 'failed', message = 'The server stopped before it was done.', finished_at = @0 WHERE status = 'running'", now);

    public static WriteOperation<DateTimeOffset, int> AbandonTrainings { get; } = OneByOne.Of<DateTimeOffset, int>(async (session, now) =>
    {
        await AbandonTrainingsAsync(session, now);
        return 0;
    });

    /// <summary>The training that runs, on whichever node.</summary>
    public static Task<Guid?> RunningTrainingAsync(WriteSession session) =>
        session.ScalarAsync<Guid?>("SELECT id FROM trainings WHERE status = 'running' ORDER BY started_at DESC LIMIT 1");
}

/// <summary>A trained scorer on its way into the registry.</summary>
internal sealed record NewModel(
    string Kind, long Outcomes, string SchemaHash, IReadOnlyList<string> Features, string DataHash, string Metrics, string Artefact);

internal sealed record ModelRow
{
    public long Number { get; init; }
    public required string Version { get; init; }
    public required string Kind { get; init; }
    public required string Status { get; init; }
    public long Outcomes { get; init; }
    public string? SchemaHash { get; init; }
    public string? DataHash { get; init; }
    public string? Metrics { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }

    public ModelCurves ToCurves(ScoreCurves curves, int n, IReadOnlyList<Importance> importance) => new(
        Version, n,
        [.. curves.Reliability.Select(b => new CurveBin(b.From, b.To, b.N, b.Predicted, b.Observed, b.Low, b.High))],
        [.. curves.RiskCoverage.Select(p => new CurvePoint(p.Threshold, p.Coverage, p.N, p.Failures, p.FailureRate, p.Low, p.High))],
        [.. importance.Select(one => new FeatureImportance(Explanation.LabelOf(one.Feature), one.Mean, one.Deviation, one.Repeats))]);

    public Model ToModel()
    {
        var comparison = Metrics is null ? (JsonElement?)null : JsonElement.Parse(Metrics);
        return new()
        {
            Version = Version, Kind = Kind, Status = Status, Outcomes = Outcomes, SchemaHash = SchemaHash, DataHash = DataHash, CreatedAt = CreatedAt,
            Metrics = comparison?.EnumerateArray().First(report => report.GetProperty("scorer").GetString() == Kind),
            Comparison = comparison,
        };
    }
}

internal sealed record TrainingRow
{
    public Guid Id { get; init; }
    public required string Status { get; init; }
    public required string Reason { get; init; }
    public string? Message { get; init; }
    public string? Version { get; init; }
    public DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    public Training ToTraining(TrainingProgress? progress) => new()
    {
        Id = Id, Status = Status, Reason = Reason, Message = Message, Version = Version, StartedAt = StartedAt, FinishedAt = FinishedAt,
        Step = FinishedAt is null ? progress?.Step : null, Progress = FinishedAt is null ? progress?.Fraction : 1,
    };
}
