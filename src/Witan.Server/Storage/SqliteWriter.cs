using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Witan.Server.Storage;

/// <summary>The connection that writes a SQLite file. Statements are prepared once and kept for its life.</summary>
internal sealed class SqliteWriter(SqliteConnection connection) : Writer
{
    private readonly Dictionary<string, SqliteCommand> _prepared = [];
    private readonly Dictionary<Table, string> _inserts = [];
    private readonly Dictionary<Table, string> _updates = [];

    public override async Task<WriteSession> BeginAsync(Opening? opening)
    {
        var session = new Session(this, connection, connection.BeginTransaction(), opening);
        try
        {
            await session.ReadVersionAsync();
            await session.AskAsync(opening?.Reads.Questions ?? []);
            return session;
        }
        catch
        {
            await session.RollbackAsync(); // or no other could begin
            throw;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var command in _prepared.Values)
            await command.DisposeAsync();
        await connection.DisposeAsync();
    }

    private SqliteCommand Prepare(string sql, object?[] values, SqliteTransaction transaction)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            _prepared[sql] = command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < values.Length; i++)
                command.Parameters.Add(new SqliteParameter { ParameterName = $"@{i}" });
        }
        command.Transaction = transaction;
        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = TypeMapping.ToSqlite(values[i]);
        return command;
    }

    private string InsertInto(Table table)
    {
        if (!_inserts.TryGetValue(table, out var sql))
            _inserts[table] = sql = $"INSERT INTO {table.Name} ({table.ColumnList}) VALUES ({string.Join(", ", table.Columns.Select((_, i) => $"@{i}"))}) {table.OnConflict}";
        return sql;
    }

    private string UpdateOf(Table table)
    {
        if (!_updates.TryGetValue(table, out var sql))
            _updates[table] = sql = $"UPDATE {table.Name} SET {string.Join(", ", table.Columns.Skip(1).Select((column, i) => $"{column.Name} = @{i + 1}"))} WHERE {table.Columns[0].Name} = @0";
        return sql;
    }

    private sealed class Session(SqliteWriter writer, SqliteConnection connection, SqliteTransaction transaction, Opening? opening) : WriteSession(connection, opening)
    {
        private long _dataVersion;

        protected override DbTransaction Transaction => transaction;

        public async Task ReadVersionAsync() => _dataVersion = await ScalarAsync<long>("PRAGMA data_version");

        // It moves when another connection has written whatever it was, and not by what this one writes.
        public override long VersionOf(string kind) => _dataVersion;

        public override long VersionAfter(string kind) => _dataVersion;

        public override long VersionSumBefore => _dataVersion;

        public override long VersionSum => _dataVersion;

        public override async Task<T?> ScalarAsync<T>(string sql, params object?[] values)
            where T : default => TypeMapping.FromDb<T>(await writer.Prepare(sql, values, transaction).ExecuteScalarAsync());

        public override async Task AskAsync(IReadOnlyList<Question> questions)
        {
            foreach (var question in questions)
            {
                await using var reader = await writer.Prepare(question.Sql, question.Values, transaction).ExecuteReaderAsync();
                question.Answer(reader);
            }
        }

        public override Task RunAsync(string sql, params object?[] values) => writer.Prepare(sql, values, transaction).ExecuteNonQueryAsync();

        public override Task InsertAsync(Table table, params object?[] values) => RunAsync(writer.InsertInto(table), values);

        public override Task UpdateAsync(Table table, params object?[] values) => RunAsync(writer.UpdateOf(table), values);

        public override async Task CommitAsync()
        {
            foreach (var (kind, at) in Changes)
                await RunAsync("INSERT INTO changes (kind, at) VALUES (@0, @1) ON CONFLICT (kind) DO UPDATE SET at = excluded.at, version = changes.version + 1", kind, at);
            await transaction.CommitAsync();
            await transaction.DisposeAsync();
        }

        public override Task RollbackAsync() => transaction.DisposeAsync().AsTask();
    }
}
