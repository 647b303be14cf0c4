using System.Data.Common;
using System.Text.Json;
using Dapper;
using Witan.Client;
using Witan.Fixes;
using Witan.Server.Platform.Caching;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;

namespace Witan.Server.Fixes;

/// <summary>The SQL of fixes and their receipts.</summary>
internal sealed class FixStore(Database database)
{
    private static readonly JsonEncodedText AutoFixes = JsonEncodedText.Encode("autoFixes");
    private static readonly string SelectById = $"SELECT {FixRow.Columns} FROM fixes WHERE id = @id";

    private static readonly Table Fixes = new("fixes", "",
        new("id", ColumnType.Id), new("external_id", ColumnType.Text), new("agent_id", ColumnType.Text), new("family", ColumnType.Text), new("model", ColumnType.Text),
        new("fix_strategy", ColumnType.Text), new("issue", ColumnType.Text), new("repository", ColumnType.Text), new("domain", ColumnType.Text),
        new("layers", ColumnType.Integers), new("error", ColumnType.Text), new("files", ColumnType.Integer), new("lines_added", ColumnType.Integer),
        new("lines_deleted", ColumnType.Integer), new("paths", ColumnType.Texts), new("attributes", ColumnType.Json), new("proposed_at", ColumnType.Time),
        new("recorded_at", ColumnType.Time), new("replay", ColumnType.Flag), new("status", ColumnType.Text), new("decision", ColumnType.Text),
        new("confidence", ColumnType.Number), new("interval_low", ColumnType.Number), new("interval_high", ColumnType.Number), new("scorer", ColumnType.Text),
        new("success", ColumnType.Flag), new("duration_ms", ColumnType.Long), new("error_message", ColumnType.Text), new("completed_at", ColumnType.Time),
        new("rolled_back_at", ColumnType.Time));

    // What may change in the life of a fix.
    private static readonly Table States = new("fixes", "",
        new("id", ColumnType.Id), new("status", ColumnType.Text), new("status_by", ColumnType.Text), new("status_reason", ColumnType.Text), new("status_at", ColumnType.Time),
        new("success", ColumnType.Flag), new("duration_ms", ColumnType.Long), new("error_message", ColumnType.Text), new("completed_at", ColumnType.Time),
        new("rolled_back_at", ColumnType.Time));

    private static readonly Table Receipts = new("receipts", "", new("fix_id", ColumnType.Id), new("schema_hash", ColumnType.Text), new("body", ColumnType.Json));

    /// <summary>Begins the key that an export gives to a fix without one, before its id.</summary>
    public const string OwnKey = "witan-";

    public async Task<FixRow?> FindAsync(Guid id, CancellationToken cancel)
    {
        await using var connection = await database.OpenSharedAsync(cancel);
        return await connection.QueryFirstOrDefaultAsync<FixRow>(new CommandDefinition(SelectById, new { id }, cancellationToken: cancel));
    }

    public Task<FixRow?> FindAsync(WriteSession session, Guid id) => session.QueryFirstOrDefaultAsync<FixRow>(SelectById, new { id });

    /// <summary>Some fixes, by id.</summary>
    public Question<FixRow> WithIds(IReadOnlyList<Guid> ids) => new($"SELECT {FixRow.Columns} FROM fixes WHERE {database.Dialect.IsIn("id", "@0")}", ids);

    /// <summary>A page, newest first, of one row more than the limit.</summary>
    public async Task<JsonPage> ListAsync(QueryValues query, HttpResponse response, CancellationToken cancel)
    {
        await using var connection = await (IsShort(query) ? database.OpenSharedAsync(cancel) : database.OpenAsync(cancel));
        await using var command = ListCommand(connection, query);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await JsonPage.ReadAsync(reader, AutoFixes, query, (json, row) => FixPageJson.Write(json, row) is var (at, id) ? Cursor.Of(at, id) : null!, response, cancel);
    }

    // Whether an index leads to the page. Other filters read on until it is full, which may be to the end.
    private static bool IsShort(QueryValues query) =>
        query.Text("q") is null && query.Text("domain") is null && query.Text("decision") is null && query.Text("status") is null
        && (query.Boolean("success") is null || query.Text("agentId") is not null);

    /// <summary>The statement behind a page.</summary>
    internal DbCommand ListCommand(DbConnection connection, QueryValues query)
    {
        var where = Filter(query);
        return where.Command(connection, $"SELECT {FixPageJson.Columns} FROM fixes {where} ORDER BY proposed_at DESC, id DESC LIMIT {query.Limit + 1}");
    }

    /// <summary>The fixes of agents under the agents' own keys, as far as there are any.</summary>
    public IEnumerable<Question<KeyRow>> WithKeys(IReadOnlyList<(string Agent, string Key)> wanted)
    {
        if (wanted.Count == 0)
            yield break;
        IReadOnlyList<string> agents = [.. wanted.Select(w => w.Agent)], keys = [.. wanted.Select(w => w.Key)];
        yield return new($"SELECT f.agent_id AS Agent, f.external_id AS Key, f.id AS Id FROM {database.Dialect.Pairs("@0", "@1")} w JOIN fixes f ON f.agent_id = w.a AND f.external_id = w.b", agents, keys);
        IReadOnlyList<Guid> own = [.. keys.Where(key => key.StartsWith(OwnKey, StringComparison.Ordinal)).Select(key => Guid.TryParseExact(key.AsSpan(OwnKey.Length), "D", out var id) ? id : default)];
        if (own.Count > 0)
            yield return new($"SELECT agent_id AS Agent, NULL AS Key, id AS Id FROM fixes WHERE {database.Dialect.IsIn("id", "@0")} AND external_id IS NULL", own);
    }

    /// <summary>What may count against some attempts; there is at least one.</summary>
    public Question<AttemptRow> Recent(IReadOnlyList<Attempt> attempts)
    {
        var (agents, issues, from, to) = Window(attempts);
        return new(SelectRecent("@0", "@1", "@2", "@3"), agents, issues, from, to);
    }

    /// <summary>How many attempts of an agent on an issue were open or had failed when another was proposed, in the window before it; without the fix itself when it is stored already.</summary>
    public async Task<int> CountRecentAsync(Attempt attempt, Guid self, CancellationToken cancel)
    {
        var (agents, issues, from, to) = Window([attempt]);
        await using var connection = await database.OpenAsync(cancel);
        return new RecentAttempts(await connection.QueryAsync<AttemptRow>(new CommandDefinition(
            SelectRecent("@agents", "@issues", "@from", "@to"), new { agents, issues, from, to }, cancellationToken: cancel))).Count(attempt, self);
    }

    private string SelectRecent(string agents, string issues, string from, string to) => $"""
        SELECT f.id AS Id, f.agent_id AS AgentId, f.issue AS Issue, f.proposed_at AS ProposedAt, f.status AS Status, f.status_at AS StatusAt,
               f.completed_at AS CompletedAt, f.rolled_back_at AS RolledBackAt
        FROM {database.Dialect.Pairs(agents, issues)} w JOIN fixes f ON f.agent_id = w.a AND f.issue = w.b
        WHERE f.proposed_at > {from} AND f.proposed_at <= {to}
        """;

    private static (IReadOnlyList<string> Agents, IReadOnlyList<string> Issues, DateTimeOffset From, DateTimeOffset To) Window(IReadOnlyList<Attempt> attempts)
    {
        var pairs = attempts.Select(attempt => (attempt.AgentId, attempt.Issue)).Distinct().ToList();
        return ([.. pairs.Select(pair => pair.AgentId)], [.. pairs.Select(pair => pair.Issue!)], attempts.Min(a => a.ProposedAt) - Policy.AttemptWindow, attempts.Max(a => a.ProposedAt));
    }

    public Task InsertAsync(WriteSession session, FixRow r, DateTimeOffset now)
    {
        Touch(session, r, now);
        return session.InsertAsync(Fixes,
            r.Id, r.ExternalId, r.AgentId, r.Family, r.Model, r.FixStrategy, r.Issue, r.Repository, r.Domain, r.Layers, r.Error, r.Files,
            r.LinesAdded, r.LinesDeleted, r.Paths, r.Attributes, r.ProposedAt, now, r.Replay, r.Status, r.Decision, r.Confidence,
            r.IntervalLow, r.IntervalHigh, r.Scorer, r.Success, r.DurationMs, r.ErrorMessage, r.CompletedAt, r.RolledBackAt);
    }

    private static void Touch(WriteSession session, FixRow r, DateTimeOffset now)
    {
        session.Changed(Change.Fixes, now);
        session.Touch(Tags.Fixes, Tags.Fix(r.Id), Tags.FixesOf(r.AgentId));
        if (r.Issue is not null)
            session.Touch(Tags.FixesFor(r.Issue));
        if (r.Repository is not null)
            session.Touch(Tags.FixesIn(r.Repository));
    }

    /// <summary>Stores what may change in the life of a fix.</summary>
    public Task UpdateAsync(WriteSession session, FixRow r, DateTimeOffset now)
    {
        Touch(session, r, now);
        return session.UpdateAsync(States,
            r.Id, r.Status, r.StatusBy, r.StatusReason, r.StatusAt, r.Success, r.DurationMs, r.ErrorMessage, r.CompletedAt, r.RolledBackAt);
    }

    public Task InsertReceiptAsync(WriteSession session, Guid fixId, StoredReceipt receipt) => session.InsertAsync(
        Receipts, fixId, receipt.SchemaHash, JsonSerializer.Serialize(receipt, ReceiptJson.Default.StoredReceipt));

    public async Task<StoredReceipt?> FindReceiptAsync(WriteSession session, Guid fixId) =>
        await session.ScalarAsync<string>("SELECT body FROM receipts WHERE fix_id = @0", fixId) is { } body
            ? JsonSerializer.Deserialize(body, ReceiptJson.Default.StoredReceipt)
            : null;

    /// <summary>A receipt with the names of its features.</summary>
    public async Task<FixReceipt?> FindReceiptAsync(Guid fixId, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        var row = await connection.QueryFirstOrDefaultAsync<ReceiptRow>(new CommandDefinition(
            "SELECT r.body AS Body, s.features AS Features FROM receipts r LEFT JOIN feature_schemas s ON s.hash = r.schema_hash WHERE r.fix_id = @fixId",
            new { fixId }, cancellationToken: cancel));
        return row is null ? null : JsonSerializer.Deserialize(row.Body, ReceiptJson.Default.StoredReceipt)!.ToReceipt(fixId, row.Features ?? []);
    }

    /// <summary>All fixes that were decided, with their receipts.</summary>
    public async IAsyncEnumerable<(FixRow Fix, StoredReceipt Receipt)> DecidedAsync(
        DateTimeOffset? since, DateTimeOffset? until, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var where = Between(since, until).And("decision IS NOT NULL");
        await using var connection = await database.OpenAsync(cancel);
        var rows = connection.QueryUnbufferedAsync<DecidedRow>(
            $"SELECT {FixRow.Columns}, body AS Receipt FROM fixes JOIN receipts ON fix_id = id {where}", where.Parameters, commandTimeout: Database.LongRead);
        await foreach (var row in rows.WithCancellation(cancel))
            yield return (row, JsonSerializer.Deserialize(row.Receipt, ReceiptJson.Default.StoredReceipt)!);
    }

    /// <summary>The confidences of the fixes that were completed last, with what happened, the newest first.</summary>
    /// <param name="scorer">Only those that it answered; null for all.</param>
    /// <param name="most">How many at the most.</param>
    /// <param name="cancel">Gives up waiting.</param>
    public async Task<IReadOnlyList<ScoredOutcome>> ResolvedScoresAsync(string? scorer, int most, CancellationToken cancel)
    {
        var where = new Where().And("confidence IS NOT NULL").And("success IS NOT NULL").And("scorer = @scorer", "scorer", scorer);
        await using var connection = await database.OpenAsync(cancel);
        return [.. await connection.QueryAsync<ScoredOutcome>(new CommandDefinition(
            $"SELECT confidence AS Confidence, success AS Success, decision AS Decision FROM fixes {where} ORDER BY completed_at DESC LIMIT {most}", where.Parameters, cancellationToken: cancel))];
    }

    /// <summary>How many fixes that were decided since a moment were auto-applied and have an outcome, and how many of them failed.</summary>
    public async Task<(int Applied, int Failures)> AppliedSinceAsync(DateTimeOffset since, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        var first = new Guid([.. Guid.CreateVersion7(since).ToByteArray(bigEndian: true).Take(6), .. new byte[10]], bigEndian: true); // ids are in the order of time
        var (applied, failures) = await connection.QuerySingleAsync<(long, long)>(new CommandDefinition(
            "SELECT count(*), count(CASE WHEN NOT success THEN 1 END) FROM fixes WHERE id >= @first AND decision = 'auto_apply' AND success IS NOT NULL",
            new { first }, cancellationToken: cancel));
        return ((int)applied, (int)failures);
    }

    /// <summary>The latest fixes for an issue whose outcome is known.</summary>
    public async Task<IReadOnlyList<FixRow>> ResolvedAsync(string issue, int most, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        return [.. await connection.QueryAsync<FixRow>(new CommandDefinition(
            $"SELECT {FixRow.Columns} FROM fixes WHERE issue = @issue AND success IS NOT NULL ORDER BY proposed_at DESC, id DESC LIMIT {most}", new { issue }, cancellationToken: cancel))];
    }

    /// <summary>All fixes in the order of their proposals.</summary>
    public async IAsyncEnumerable<FixRow> AllAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        await foreach (var row in connection.QueryUnbufferedAsync<FixRow>($"SELECT {FixRow.Columns} FROM fixes ORDER BY proposed_at, id", commandTimeout: Database.LongRead).WithCancellation(cancel))
            yield return row;
    }

    /// <summary>How many fixes were reported after the fact.</summary>
    public async Task<long> CountReportedAsync(DateTimeOffset? since, DateTimeOffset? until, CancellationToken cancel)
    {
        var where = Between(since, until).And("decision IS NULL");
        await using var connection = await database.OpenAsync(cancel);
        return await connection.ExecuteScalarAsync<long>(new CommandDefinition($"SELECT count(*) FROM fixes {where}", where.Parameters, cancellationToken: cancel));
    }

    private static Where Between(DateTimeOffset? since, DateTimeOffset? until) =>
        new Where().And("proposed_at >= @since", "since", since).And("proposed_at < @until", "until", until);

    private Where Filter(QueryValues query)
    {
        return new Where()
            .And("agent_id = @agentId", "agentId", query.Text("agentId"))
            .And("fix_strategy = @fixStrategy", "fixStrategy", query.Text("fixStrategy"))
            .AndFlag("success", query.Boolean("success"))
            .AndWord("decision", query.Text("decision"))
            .AndWord("status", query.Text("status"))
            .And("repository = @repository", "repository", query.Text("repository"))
            .And("issue = @issue", "issue", query.Text("issue"))
            .And("domain = @domain", "domain", query.Text("domain"))
            .And("proposed_at >= @since", "since", query.Time("since"))
            .And("proposed_at < @until", "until", query.Time("until"))
            .AndContains(database.Dialect, query.Text("q"), "issue", "repository", "error")
            .And("(proposed_at, id) < (@afterTime, @afterId)", "afterTime", query.After?.Time)
            .With("afterId", query.After?.Id);
    }

    /// <summary>What was said of a fix, and what happened.</summary>
    internal sealed record ScoredOutcome
    {
        public double Confidence { get; init; }
        public bool Success { get; init; }
        public string? Decision { get; init; }
    }

    private sealed record DecidedRow : FixRow
    {
        public required string Receipt { get; init; }
    }

    private sealed record ReceiptRow
    {
        public required string Body { get; init; }
        public IReadOnlyList<string>? Features { get; init; }
    }

    /// <summary>A fix under its agent's key; without one it has Witan's own.</summary>
    internal sealed record KeyRow
    {
        public required string Agent { get; init; }
        public string? Key { get; init; }
        public Guid Id { get; init; }

        public (string Agent, string Key) Known => (Agent, Key ?? $"{OwnKey}{Id}");
    }
}
