using Npgsql;
using NpgsqlTypes;

namespace Witan.Server.Storage;

/// <summary>
/// A transaction on PostgreSQL. What answers nothing waits until something is read, or for the commit, and is then sent in one
/// round trip: rows of a table as one statement, many of them by COPY.
/// </summary>
internal sealed class PostgresSession(NpgsqlConnection connection, PostgresWriter writer, Dictionary<string, long> versions, Opening? opening) : WriteSession(connection, opening)
{
    private const string StoreChanges = """
        INSERT INTO changes (kind, at) SELECT * FROM unnest(@0, @1)
        ON CONFLICT (kind) DO UPDATE SET at = excluded.at, version = changes.version + 1
        """;

    private readonly List<Waiting> _waiting = [];

    public override long VersionOf(string kind) => versions.GetValueOrDefault(kind);

    public override long VersionAfter(string kind) => VersionOf(kind) + (Changes.ContainsKey(kind) ? 1 : 0);

    public override long VersionSumBefore => versions.Values.Sum();

    public override long VersionSum => versions.Values.Sum() + Changes.Count;

    public override Task AskAsync(IReadOnlyList<Question> questions)
    {
        if (questions.Count == 0)
            return Task.CompletedTask;
        using var batch = SendAllButLast();
        foreach (var question in questions)
            batch.BatchCommands.Add(writer.Command(question.Sql, question.Values));
        using var reader = batch.ExecuteReader();
        foreach (var question in questions)
        {
            while (reader.FieldCount == 0 && reader.NextResult())
            {
                // What was sent along answers nothing.
            }
            question.Answer(reader);
            reader.NextResult();
        }
        return Task.CompletedTask;
    }

    public override Task<T?> ScalarAsync<T>(string sql, params object?[] values)
        where T : default
    {
        using var batch = SendAllButLast();
        batch.BatchCommands.Add(writer.Command(sql, values));
        using var reader = batch.ExecuteReader();
        do
        {
            // What was sent along answers nothing: the first rows are the ones.
            if (reader.FieldCount > 0)
                return Task.FromResult(reader.Read() ? TypeMapping.FromDb<T>(reader.GetValue(0)) : default);
        }
        while (reader.NextResult());
        return Task.FromResult<T?>(default);
    }

    public override Task RunAsync(string sql, params object?[] values)
    {
        _waiting.Add(new(sql, values, null, null));
        return Task.CompletedTask;
    }

    public override Task InsertAsync(Table table, params object?[] values)
    {
        // A row may go with earlier ones of its table, unless a statement came between, or it could meet one of them.
        for (var i = _waiting.Count - 1; i >= 0 && _waiting[i].Rows is { } rows && table.OnConflict.Length == 0; i--)
        {
            if (_waiting[i].Table != table)
                continue;
            rows.Add(values);
            return Task.CompletedTask;
        }
        if (table.OnConflict.Length > 0 && _waiting.Count > 0 && _waiting[^1].Table == table)
            _waiting[^1].Rows!.Add(values); // a run of upserts has distinct keys
        else
            _waiting.Add(new(null, null, table, [values]));
        return Task.CompletedTask;
    }

    public override Task UpdateAsync(Table table, params object?[] values)
    {
        // One statement changes a row once.
        if (_waiting.Count > 0 && _waiting[^1] is { Keys: { } keys, Rows: { } rows } last && last.Table == table && keys.Add(values[0]!))
            rows.Add(values);
        else
            _waiting.Add(new(null, null, table, [values], [values[0]!]));
        return Task.CompletedTask;
    }

    public override async Task CommitAsync()
    {
        if (Changes.Count > 0)
            await RunAsync(StoreChanges, Changes.Keys.ToArray(), Changes.Values.Select(at => at.UtcDateTime).ToArray());
        using var batch = SendAllButLast();
        batch.BatchCommands.Add(new("COMMIT"));
        batch.ExecuteNonQuery();
    }

    public override Task RollbackAsync()
    {
        _waiting.Clear();
        if (connection.State != System.Data.ConnectionState.Open)
            return Task.CompletedTask;
        using var command = new NpgsqlCommand("ROLLBACK", connection);
        command.ExecuteNonQuery();
        return Task.CompletedTask;
    }

    protected override void Flush()
    {
        if (_waiting.Count == 0)
            return;
        using var batch = SendAllButLast();
        if (batch.BatchCommands.Count > 0)
            batch.ExecuteNonQuery();
    }

    // Everything that waits, in order. COPY has the connection for itself, so what stands before it is sent; the rest is returned.
    private NpgsqlBatch SendAllButLast()
    {
        var batch = connection.CreateBatch();
        foreach (var waiting in _waiting)
        {
            if (waiting.Rows is not { } rows)
            {
                batch.BatchCommands.Add(writer.Command(waiting.Sql!, waiting.Values!));
            }
            else if (waiting.Keys is not null)
            {
                batch.BatchCommands.Add(BulkWrite.Update(waiting.Table!, rows));
            }
            else if (!BulkWrite.IsForCopy(waiting.Table!, rows.Count))
            {
                batch.BatchCommands.Add(BulkWrite.Insert(waiting.Table!, rows));
            }
            else
            {
                if (batch.BatchCommands.Count > 0)
                    batch.ExecuteNonQuery();
                batch.Dispose();
                batch = connection.CreateBatch();
                BulkWrite.Copy(connection, waiting.Table!, rows);
            }
        }
        _waiting.Clear();
        return batch;
    }

    /// <summary>A statement with its values, or rows of a table: new ones, or changes of those with some keys.</summary>
    private sealed record Waiting(string? Sql, object?[]? Values, Table? Table, List<object?[]>? Rows, HashSet<object>? Keys = null);
}
