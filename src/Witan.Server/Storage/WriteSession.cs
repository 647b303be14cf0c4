using System.Data.Common;
using Dapper;

namespace Witan.Server.Storage;

/// <summary>The transaction that a group of writes shares. Statements are prepared once and kept for the life of the writer.</summary>
internal sealed class WriteSession(DbConnection connection, Dictionary<string, DbCommand> prepared)
{
    private readonly List<Action> _afterCommit = [];
    private readonly Dictionary<string, DateTimeOffset> _changed = [];

    public DbTransaction? Transaction { get; private set; }

    public async Task BeginAsync() => Transaction = await connection.BeginTransactionAsync();

    /// <summary>Runs when the transaction is durable, before anybody is answered. Lost when it is rolled back.</summary>
    public void AfterCommit(Action action) => _afterCommit.Add(action);

    /// <summary>Notes that a kind of record changed, for the age of the summaries.</summary>
    public void Changed(string kind, DateTimeOffset at) => _changed[kind] = at;

    public Task<IEnumerable<T>> QueryAsync<T>(string sql, object? parameters = null) => connection.QueryAsync<T>(sql, parameters, Transaction);

    public Task<T?> QueryFirstOrDefaultAsync<T>(string sql, object? parameters = null) =>
        connection.QueryFirstOrDefaultAsync<T>(sql, parameters, Transaction);

    public Task<int> ExecuteAsync(string sql, object? parameters = null) => connection.ExecuteAsync(sql, parameters, Transaction);

    /// <summary>Runs a statement with parameters @0, @1, … and returns the first value of its first row.</summary>
    public async Task<object?> RunAsync(string sql, params object?[] values)
    {
        var command = Prepare(sql, values.Length);
        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = Dialect.ToDb(values[i]);
        var first = await command.ExecuteScalarAsync();
        return first is DBNull ? null : first;
    }

    public async Task CommitAsync()
    {
        foreach (var (kind, at) in _changed)
            await RunAsync("INSERT INTO changes (kind, at) VALUES (@0, @1) ON CONFLICT (kind) DO UPDATE SET at = excluded.at", kind, at);
        await Transaction!.CommitAsync();
        await Transaction.DisposeAsync();
    }

    /// <summary>What is to be done now that the transaction is durable.</summary>
    public IReadOnlyList<Action> Committed => _afterCommit;

    public async Task RollbackAsync()
    {
        await Transaction!.DisposeAsync();
        _afterCommit.Clear();
    }

    /// <summary>Runs work that leaves nothing behind when it throws.</summary>
    public async Task<T> NestAsync<T>(Func<Task<T>> work)
    {
        var (kept, changed) = (_afterCommit.Count, _changed.ToArray());
        await Transaction!.SaveAsync("nested");
        try
        {
            var result = await work();
            await Transaction.ReleaseAsync("nested");
            return result;
        }
        catch (DbException e) when (Dialect.FaultOf(e) is not null)
        {
            throw; // the database may have ended the transaction by itself, so there is nothing to go back to
        }
        catch
        {
            _afterCommit.RemoveRange(kept, _afterCommit.Count - kept);
            _changed.Clear();
            foreach (var (kind, at) in changed)
                _changed[kind] = at;
            await Transaction.RollbackAsync("nested");
            await Transaction.ReleaseAsync("nested");
            throw;
        }
    }

    private DbCommand Prepare(string sql, int parameters)
    {
        if (!prepared.TryGetValue(sql, out var command))
        {
            prepared[sql] = command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < parameters; i++)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = $"@{i}";
                command.Parameters.Add(parameter);
            }
        }
        command.Transaction = Transaction;
        return command;
    }
}
