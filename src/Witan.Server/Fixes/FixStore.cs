using System.Text.Json;
using Dapper;
using Witan.Client;
using Witan.Fixes;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;

namespace Witan.Server.Fixes;

/// <summary>The SQL of fixes and their receipts.</summary>
internal sealed class FixStore(Database database)
{
    private static readonly string SelectById = $"SELECT {FixRow.Columns} FROM fixes WHERE id = @id";

    /// <summary>Begins the key that an export gives to a fix without one, before its id.</summary>
    public const string OwnKey = "witan-";

    private const string CountAttempts = """
        SELECT count(*) FROM fixes
        WHERE issue = @1 AND agent_id = @0 AND proposed_at > @2 AND proposed_at <= @3 AND id <> @4
          AND NOT (status = 'rejected' AND status_at <= @3)
          AND NOT (status IN ('succeeded', 'rolled_back') AND completed_at <= @3 AND (rolled_back_at IS NULL OR rolled_back_at > @3))
        """;

    public async Task<FixRow?> FindAsync(Guid id, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        return await connection.QueryFirstOrDefaultAsync<FixRow>(new CommandDefinition(SelectById, new { id }, cancellationToken: cancel));
    }

    public Task<FixRow?> FindAsync(WriteSession session, Guid id) => session.QueryFirstOrDefaultAsync<FixRow>(SelectById, new { id });

    /// <summary>A page, newest first, of one row more than the limit.</summary>
    public async Task<IReadOnlyList<FixRow>> ListAsync(QueryValues query, CancellationToken cancel)
    {
        var where = Filter(query);
        var sql = $"SELECT {FixRow.Columns} FROM fixes {where} ORDER BY proposed_at DESC, id DESC LIMIT {query.Limit + 1}";
        await using var connection = await database.OpenAsync(cancel);
        return [.. await connection.QueryAsync<FixRow>(new CommandDefinition(sql, where.Parameters, cancellationToken: cancel))];
    }

    /// <summary>The fix of an agent under the agent's own key.</summary>
    public async Task<Guid?> FindExternalAsync(WriteSession session, string agentId, string externalId)
    {
        var found = await session.RunAsync("SELECT id FROM fixes WHERE agent_id = @0 AND external_id = @1", agentId, externalId);
        if (found is null && externalId.StartsWith(OwnKey, StringComparison.Ordinal))
            found = await session.RunAsync("SELECT id FROM fixes WHERE agent_id = @0 AND id = @1 AND external_id IS NULL", agentId, externalId[OwnKey.Length..]);
        return found is string id ? Guid.Parse(id) : null;
    }

    /// <summary>Attempts of an agent on an issue that were open or had failed at a moment, proposed in the window before it.</summary>
    public async Task<int> CountAttemptsAsync(WriteSession session, Attempt attempt) =>
        (int)(long)(await session.RunAsync(CountAttempts, attempt.AgentId, attempt.Issue, attempt.ProposedAt - Policy.AttemptWindow, attempt.ProposedAt, Guid.Empty))!;

    /// <summary>The same outside a transaction, without the fix itself when it is stored already.</summary>
    public async Task<int> CountAttemptsAsync(Attempt attempt, Guid self, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        var parameters = new DynamicParameters();
        parameters.Add("0", attempt.AgentId);
        parameters.Add("1", attempt.Issue);
        parameters.Add("2", attempt.ProposedAt - Policy.AttemptWindow);
        parameters.Add("3", attempt.ProposedAt);
        parameters.Add("4", self);
        return (int)await connection.ExecuteScalarAsync<long>(new CommandDefinition(CountAttempts, parameters, cancellationToken: cancel));
    }

    public Task InsertAsync(WriteSession session, FixRow r, DateTimeOffset now)
    {
        session.Changed(Change.Fixes, now);
        return session.RunAsync(InsertFix,
            r.Id, r.ExternalId, r.AgentId, r.Family, r.Model, r.FixStrategy, r.Issue, r.Repository, r.Domain, r.Layers, r.Error, r.Files,
            r.LinesAdded, r.LinesDeleted, r.Paths, r.Attributes, r.ProposedAt, now, r.Replay, r.Status, r.Decision, r.Confidence,
            r.IntervalLow, r.IntervalHigh, r.Scorer, r.Success, r.DurationMs, r.ErrorMessage, r.CompletedAt, r.RolledBackAt);
    }

    private const string InsertFix = """
        INSERT INTO fixes (id, external_id, agent_id, family, model, fix_strategy, issue, repository, domain, layers, error, files,
            lines_added, lines_deleted, paths, attributes, proposed_at, recorded_at, replay, status, decision, confidence,
            interval_low, interval_high, scorer, success, duration_ms, error_message, completed_at, rolled_back_at)
        VALUES (@0, @1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11, @12, @13, @14, @15, @16, @17, @18, @19, @20, @21, @22, @23, @24,
            @25, @26, @27, @28, @29)
        """;

    /// <summary>Stores what may change in the life of a fix.</summary>
    public Task UpdateAsync(WriteSession session, FixRow r, DateTimeOffset now)
    {
        session.Changed(Change.Fixes, now);
        return session.RunAsync(
            """
            UPDATE fixes SET status = @1, status_by = @2, status_reason = @3, status_at = @4, success = @5, duration_ms = @6,
                error_message = @7, completed_at = @8, rolled_back_at = @9
            WHERE id = @0
            """,
            r.Id, r.Status, r.StatusBy, r.StatusReason, r.StatusAt, r.Success, r.DurationMs, r.ErrorMessage, r.CompletedAt, r.RolledBackAt);
    }

    public Task InsertReceiptAsync(WriteSession session, Guid fixId, StoredReceipt receipt) => session.RunAsync(
        "INSERT INTO receipts (fix_id, schema_hash, body) VALUES (@0, @1, @2)",
        fixId, receipt.SchemaHash, JsonSerializer.Serialize(receipt, ReceiptJson.Default.StoredReceipt));

    public async Task<StoredReceipt?> FindReceiptAsync(WriteSession session, Guid fixId) =>
        await session.RunAsync("SELECT body FROM receipts WHERE fix_id = @0", fixId) is string body
            ? JsonSerializer.Deserialize(body, ReceiptJson.Default.StoredReceipt)
            : null;

    /// <summary>A receipt with the names of its features.</summary>
    public async Task<FixReceipt?> FindReceiptAsync(Guid fixId, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        var row = await connection.QueryFirstOrDefaultAsync<(string Body, string? Features)>(new CommandDefinition(
            "SELECT r.body, s.features FROM receipts r LEFT JOIN feature_schemas s ON s.hash = r.schema_hash WHERE r.fix_id = @fixId",
            new { fixId }, cancellationToken: cancel));
        if (row.Body is null)
            return null;
        var names = row.Features is null ? [] : JsonSerializer.Deserialize(row.Features, WitanJson.Default.IReadOnlyListString)!;
        return JsonSerializer.Deserialize(row.Body, ReceiptJson.Default.StoredReceipt)!.ToReceipt(fixId, names);
    }

    /// <summary>All fixes that were decided, with their receipts.</summary>
    public async IAsyncEnumerable<(FixRow Fix, StoredReceipt Receipt)> DecidedAsync(
        DateTimeOffset? since, DateTimeOffset? until, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var where = Between(since, until).And("decision IS NOT NULL");
        await using var connection = await database.OpenAsync(cancel);
        var rows = connection.QueryUnbufferedAsync<DecidedRow>(
            $"SELECT {FixRow.Columns}, body AS Receipt FROM fixes JOIN receipts ON fix_id = id {where}", where.Parameters);
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
        await foreach (var row in connection.QueryUnbufferedAsync<FixRow>($"SELECT {FixRow.Columns} FROM fixes ORDER BY proposed_at, id").WithCancellation(cancel))
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

    private static Where Filter(QueryValues query)
    {
        var where = new Where()
            .And("agent_id = @agentId", "agentId", query.Text("agentId"))
            .And("fix_strategy = @fixStrategy", "fixStrategy", query.Text("fixStrategy"))
            .And("success = @success", "success", query.Boolean("success"))
            .And("decision = @decision", "decision", query.Text("decision"))
            .And("status = @status", "status", query.Text("status"))
            .And("repository = @repository", "repository", query.Text("repository"))
            .And("issue = @issue", "issue", query.Text("issue"))
            .And("domain = @domain", "domain", query.Text("domain"))
            .And("proposed_at >= @since", "since", query.Time("since"))
            .And("proposed_at < @until", "until", query.Time("until"))
            .AndContains(query.Text("q"), "issue", "repository", "error")
            .And("(proposed_at, id) < (@afterTime, @afterId)", "afterTime", query.After?.Time);
        where.Parameters.Add("afterId", query.After?.Id);
        return where;
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
}
