using System.Text.Json;
using Dapper;
using Witan.Fixes;
using Witan.Intelligence.TrackRecords;
using Witan.Server.Storage;

namespace Witan.Server.TrackRecords;

/// <summary>The ordered log of outcomes in the database, and the track records made of it in memory.</summary>
internal sealed class OutcomeLog(Database database) : IDisposable
{
    private const string SelectAfter = """
        SELECT o.seq AS Seq, o.fix_id AS FixId, o.kind AS Kind, o.success AS Success, o.occurred_at AS OccurredAt,
               f.agent_id AS AgentId, f.family AS Family, f.model AS Model, f.fix_strategy AS FixStrategy, f.issue AS Issue,
               f.repository AS Repository, f.domain AS Domain, f.error AS Error, f.files AS Files, f.lines_added AS LinesAdded,
               f.lines_deleted AS LinesDeleted, f.attributes AS Attributes, f.proposed_at AS ProposedAt, f.duration_ms AS DurationMs
        FROM outcomes o JOIN fixes f ON f.id = o.fix_id
        WHERE o.seq > @after ORDER BY o.seq
        """;

    private static readonly Table Outcomes = new("outcomes", "",
        new("seq", ColumnType.Long), new("fix_id", ColumnType.Id), new("kind", ColumnType.Text), new("success", ColumnType.Flag), new("occurred_at", ColumnType.Time));

    private readonly RecordBook _book = new();
    private readonly ReaderWriterLockSlim _lock = new();
    private long _appended; // the last entry of the transaction that is under way; 0 while there is none

    /// <summary>The last entry that the track records hold.</summary>
    public long Sequence => Read(book => book.Sequence);

    /// <summary>Looks at the track records while they stand still.</summary>
    public T Read<T>(Func<RecordBook, T> look)
    {
        _lock.EnterReadLock();
        try
        {
            return look(_book);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <summary>Appends entries in the transaction; the track records hold them before anybody is answered.</summary>
    public async Task AppendAsync(WriteSession session, IReadOnlyList<OutcomeEvent> entries)
    {
        if (entries.Count == 0)
            return;
        var last = Math.Max(Sequence, _appended); // nobody else writes meanwhile, and what others wrote before is in memory
        var numbered = new List<OutcomeEvent>(entries.Count);
        foreach (var entry in entries)
        {
            await session.InsertAsync(Outcomes, ++last, entry.FixId, entry.IsRollback ? "rollback" : "outcome", entry.Success, entry.OccurredAt);
            numbered.Add(entry with { Sequence = last });
        }
        session.Changed(Change.Outcomes, numbered.Max(entry => entry.OccurredAt));
        _appended = last;
        session.WhenUndone(() => _appended = 0);
        session.AfterCommit(() =>
        {
            _appended = 0;
            Apply(numbered);
        });
    }

    /// <summary>Reads what is there by now, without keeping anybody from writing. Entries appear in their order, so what is read is the beginning of the log.</summary>
    public async Task LoadAsync(CancellationToken cancel) => Apply(await ReadAllAsync(cancel));

    /// <summary>Reads what other processes have appended since.</summary>
    public async Task CatchUpAsync(WriteSession session) =>
        Apply([.. (await session.QueryAsync<Row>(SelectAfter, new { after = Sequence })).Select(ToEvent)]);

    /// <summary>The whole log.</summary>
    public async Task<List<OutcomeEvent>> ReadAllAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        var entries = new List<OutcomeEvent>();
        await foreach (var row in connection.QueryUnbufferedAsync<Row>(SelectAfter, new { after = 0L }, commandTimeout: Database.LongRead).WithCancellation(cancel))
            entries.Add(ToEvent(row));
        return entries;
    }

    public void Dispose() => _lock.Dispose();

    private void Apply(IReadOnlyCollection<OutcomeEvent> entries)
    {
        if (entries.Count == 0)
            return;
        _lock.EnterWriteLock();
        try
        {
            _book.Add(entries);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    private static OutcomeEvent ToEvent(Row row) => new()
    {
        Sequence = row.Seq,
        FixId = row.FixId,
        OccurredAt = row.OccurredAt,
        Success = row.Success,
        DurationMs = row.DurationMs,
        IsRollback = row.Kind == "rollback",
        Attempt = new()
        {
            AgentId = row.AgentId, Family = row.Family, Model = row.Model, Strategy = row.FixStrategy, Issue = row.Issue,
            Repository = row.Repository, Domain = row.Domain, Error = row.Error, ProposedAt = row.ProposedAt,
            Changes = row.Files is null && row.LinesAdded is null && row.LinesDeleted is null
                ? null
                : new((int?)row.Files, (int?)row.LinesAdded, (int?)row.LinesDeleted, []),
            Attributes = AttributeValues(row.Attributes),
        },
    };

    /// <summary>Attributes as numbers: what the scorers see.</summary>
    public static IReadOnlyDictionary<string, double> AttributeValues(string? json)
    {
        var values = new Dictionary<string, double>();
        if (json is null)
            return values;
        using var document = JsonDocument.Parse(json);
        foreach (var attribute in document.RootElement.EnumerateObject())
            values[attribute.Name] = attribute.Value.ValueKind == JsonValueKind.Number ? attribute.Value.GetDouble() : attribute.Value.ValueKind == JsonValueKind.True ? 1 : 0;
        return values;
    }

    private sealed record Row
    {
        public long Seq { get; init; }
        public Guid FixId { get; init; }
        public required string Kind { get; init; }
        public bool Success { get; init; }
        public DateTimeOffset OccurredAt { get; init; }
        public required string AgentId { get; init; }
        public string? Family { get; init; }
        public string? Model { get; init; }
        public required string FixStrategy { get; init; }
        public string? Issue { get; init; }
        public string? Repository { get; init; }
        public string? Domain { get; init; }
        public string? Error { get; init; }
        public long? Files { get; init; }
        public long? LinesAdded { get; init; }
        public long? LinesDeleted { get; init; }
        public string? Attributes { get; init; }
        public DateTimeOffset ProposedAt { get; init; }
        public long? DurationMs { get; init; }
    }
}
