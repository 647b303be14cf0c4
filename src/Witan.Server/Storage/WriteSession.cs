using System.Data.Common;
using Dapper;

namespace Witan.Server.Storage;

/// <summary>A connection that writes, one transaction after the other.</summary>
internal abstract class Writer : IAsyncDisposable
{
    /// <summary>Begins a transaction. Nobody else writes until it ends.</summary>
    /// <param name="opening">What its first writes have to know.</param>
    public abstract Task<WriteSession> BeginAsync(Opening? opening);

    public abstract ValueTask DisposeAsync();
}

/// <summary>The transaction that a group of writes shares. The writer's thread waits for the database here: a task that is returned is done.</summary>
internal abstract class WriteSession(DbConnection connection, Opening? opening)
{
    private readonly List<Action> _afterCommit = [];
    private readonly List<Action> _whenUndone = [];
    private readonly HashSet<int> _touched = [];

    /// <summary>The kinds of record that changed, and when.</summary>
    protected Dictionary<string, DateTimeOffset> Changes { get; } = [];

    /// <summary>The connection that the transaction is on.</summary>
    public DbConnection Connection => connection;

    /// <summary>The transaction where the driver wants to be told of it.</summary>
    protected virtual DbTransaction? Transaction => null;

    /// <summary>What is to be done now that the transaction is durable.</summary>
    public IReadOnlyList<Action> Committed => _afterCommit;

    /// <summary>Runs when the transaction is durable, before anybody is answered. Lost when it is rolled back.</summary>
    public void AfterCommit(Action action) => _afterCommit.Add(action);

    /// <summary>Runs when the transaction is not committed, or nobody knows whether it is.</summary>
    public void WhenUndone(Action action) => _whenUndone.Add(action);

    /// <summary>What is to be done now that the transaction is undone.</summary>
    public IReadOnlyList<Action> Undone => _whenUndone;

    /// <summary>The tags of what changed, by which cached answers are found.</summary>
    public IReadOnlyCollection<int> Touched => _touched;

    /// <summary>Notes that what depends on these tags is out of date once this is committed.</summary>
    public void Touch(params ReadOnlySpan<int> tags)
    {
        foreach (var tag in tags)
            _touched.Add(tag);
    }

    /// <summary>Notes that a kind of record changed, for the age of the summaries and for other processes.</summary>
    public void Changed(string kind, DateTimeOffset at) => Changes[kind] = at;

    /// <summary>A number that others' writes of a kind have moved when the transaction began.</summary>
    public abstract long VersionOf(string kind);

    /// <summary>The same once this transaction is committed.</summary>
    public abstract long VersionAfter(string kind);

    /// <summary>The sum of the versions of all kinds when the transaction began.</summary>
    public abstract long VersionSumBefore { get; }

    /// <summary>The sum of the versions of all kinds once this transaction is committed.</summary>
    public abstract long VersionSum { get; }

    /// <summary>Reads what is there, and what this transaction has written.</summary>
    public Task<IEnumerable<T>> QueryAsync<T>(string sql, object? parameters = null)
    {
        Flush();
        return Task.FromResult(connection.Query<T>(sql, parameters, Transaction));
    }

    /// <summary>Reads the first row, or null.</summary>
    public Task<T?> QueryFirstOrDefaultAsync<T>(string sql, object? parameters = null)
    {
        Flush();
        return Task.FromResult(connection.QueryFirstOrDefault<T>(sql, parameters, Transaction));
    }

    /// <summary>What a group of inputs has to know: as it was read when the transaction began, or else now.</summary>
    public async Task<T> ReadAsync<T>(object inputs, Func<T> reads)
        where T : class, IReads
    {
        if (opening is not null && ReferenceEquals(opening.Inputs, inputs) && opening.Reads is T known)
            return known;
        var wanted = reads();
        await AskAsync(wanted.Questions);
        return wanted;
    }

    /// <summary>Asks questions at once; they see what this transaction has written.</summary>
    public abstract Task AskAsync(IReadOnlyList<Question> questions);

    /// <summary>Runs a statement with parameters @0, @1, … and returns the first value of its first row.</summary>
    public abstract Task<T?> ScalarAsync<T>(string sql, params object?[] values);

    /// <summary>Runs a statement with parameters @0, @1, … that answers nothing; it may be sent later, in order, with others.</summary>
    public abstract Task RunAsync(string sql, params object?[] values);

    /// <summary>Adds a row; rows of one table may be sent later, together.</summary>
    public abstract Task InsertAsync(Table table, params object?[] values);

    /// <summary>Changes the row whose key is the first value; rows of one table may be sent later, together.</summary>
    public abstract Task UpdateAsync(Table table, params object?[] values);

    public abstract Task CommitAsync();

    public abstract Task RollbackAsync();

    /// <summary>Sends what waits to be sent.</summary>
    protected virtual void Flush()
    {
    }
}
