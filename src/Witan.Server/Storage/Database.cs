using System.Data.Common;
using Dapper;

namespace Witan.Server.Storage;

/// <summary>What one process at a time may do on a database, however many there are.</summary>
internal enum FleetLock
{
    /// <summary>Migrating.</summary>
    Migrations = 1,

    /// <summary>A transaction that writes.</summary>
    Writing = 2,

    /// <summary>Sweeps, refreshes and the schedule of trainings.</summary>
    Duties = 3,

    /// <summary>Training.</summary>
    Training = 4,
}

/// <summary>A lock that is held, until it is disposed of or the process ends.</summary>
internal interface IHeldLock : IAsyncDisposable
{
    /// <summary>Whether it is still held: the database may have been away meanwhile, and given it to another.</summary>
    Task<bool> IsHeldAsync(CancellationToken cancel);
}

/// <summary>A database: opens connections, migrates, checks that commits are durable, and tells what others write.</summary>
internal abstract class Database : IAsyncDisposable
{
    private int _activeReads;

    /// <summary>The database of a setting without <see cref="Objection"/>: a connection string has an equals sign, the path of a SQLite file has none.</summary>
    public static Database Of(string setting) => IsConnectionString(setting) ? new PostgresDatabase(setting) : new SqliteDatabase(setting);

    /// <summary>What is wrong with a setting, or null.</summary>
    public static string? Objection(string setting) => IsConnectionString(setting) ? PostgresDatabase.Unreadable(setting) : null;

    /// <summary>There is a database of this name, and it is not Witan's.</summary>
    public static StorageFault Foreign(string name) => new($"The database {name} holds nothing of Witan's; name another with --database.", false);

    public static bool IsConnectionString(string setting) => setting.Contains('=', StringComparison.Ordinal);

    /// <summary>Its name for people, without secrets.</summary>
    public abstract string Name { get; }

    /// <summary>What its SQL says otherwise.</summary>
    public abstract Dialect Dialect { get; }

    /// <summary>How often to look for what other processes write.</summary>
    public abstract TimeSpan NewsInterval { get; }

    /// <summary>Whether several nodes may use it at the same time.</summary>
    public bool IsShared => Deadline is not null;

    /// <summary>How long a question may take before it is answered with a fault; null where the engine has no remote to wait for.</summary>
    public abstract TimeSpan? Deadline { get; }

    /// <summary>Why it is known to be away now, or null. Found out in the background, so that requests do not wait for it.</summary>
    public abstract StorageFault? Away { get; }

    /// <summary>Brings the schema up to date.</summary>
    /// <returns>The names of the migrations that ran.</returns>
    /// <exception cref="StorageFault">The database cannot be opened or written, is no database, or comes from a newer version.</exception>
    public abstract IReadOnlyList<string> Migrate();

    /// <summary>Is told how long each read had its connection.</summary>
    public Action<TimeSpan>? ReadEnded { get; set; }

    /// <summary>How many reads have a connection now.</summary>
    public int ActiveReads => Volatile.Read(ref _activeReads);

    /// <summary>Opens a pooled connection for reading.</summary>
    public async Task<DbConnection> OpenAsync(CancellationToken cancel) => Watch(await OpenReaderAsync(cancel));

    /// <summary>Opens a connection for one short question, which may share its way to the database with others': a long one would keep them waiting.</summary>
    public async Task<DbConnection> OpenSharedAsync(CancellationToken cancel) => Watch(await OpenSharedReaderAsync(cancel));

    protected abstract Task<DbConnection> OpenReaderAsync(CancellationToken cancel);

    protected virtual Task<DbConnection> OpenSharedReaderAsync(CancellationToken cancel) => OpenReaderAsync(cancel);

    /// <summary>Tells other processes of a change that was made outside of a writer's transaction.</summary>
    public virtual Task TellAsync(string kind, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Seconds that a read of everything may take until its first row, which is sorted out before.</summary>
    public const int LongRead = 300;

    /// <summary>Opens the one connection of this process that writes, with every commit flushed to the disk.</summary>
    public abstract Task<Writer> OpenWriterAsync(CancellationToken cancel);

    /// <summary>A number that moves whenever anybody has written; null where only the writer can tell.</summary>
    public abstract Task<long?> NewsAsync(CancellationToken cancel);

    /// <summary>The summaries, by the names of their views.</summary>
    public IReadOnlyList<string> Summaries { get; } = ["fix_statistics", "collaboration_statistics", "learning_domains", "vote_consensus", "overall_statistics"];

    /// <summary>Whether summaries get old until they are refreshed.</summary>
    public abstract bool NeedsRefresh { get; }

    /// <summary>Makes a summary anew, as of a moment.</summary>
    /// <returns>False where it is always fresh.</returns>
    public abstract Task<bool> RefreshAsync(string summary, DateTimeOffset at, CancellationToken cancel);

    /// <summary>When each summary was last up to date; those that never held anything are not there.</summary>
    public async Task<IReadOnlyDictionary<string, DateTimeOffset?>> SummaryAgesAsync(CancellationToken cancel)
    {
        await using var connection = await OpenAsync(cancel);
        var rows = await connection.QueryAsync<SummaryAge>(new CommandDefinition(Dialect.SummaryAges, cancellationToken: cancel));
        return rows.ToDictionary(row => row.Summary, row => (DateTimeOffset?)row.At);
    }

    /// <summary>Takes a lock if nobody holds it.</summary>
    public abstract Task<IHeldLock?> TryLockAsync(FleetLock which, CancellationToken cancel);

    /// <summary>
    /// Copies the database as of one moment into a file, while others write to it. Everything that was acknowledged before is in it.
    /// The file is in its place once it is complete, instead of what was there before; where that fails nothing is left.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="progress">Is told the share that is done, where that can be known.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="StorageFault">The database cannot be read, or the file not written. The message says what to do.</exception>
    public abstract Task BackupAsync(string file, IProgress<double>? progress, CancellationToken cancel);

    public abstract ValueTask DisposeAsync();

    private DbConnection Watch(DbConnection connection)
    {
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        Interlocked.Increment(ref _activeReads);
        connection.StateChange += Ended;
        return connection;

        void Ended(object sender, System.Data.StateChangeEventArgs change)
        {
            if (change.CurrentState == System.Data.ConnectionState.Open)
                return;
            connection.StateChange -= Ended;
            Interlocked.Decrement(ref _activeReads);
            ReadEnded?.Invoke(System.Diagnostics.Stopwatch.GetElapsedTime(began));
        }
    }

    private sealed record SummaryAge
    {
        public required string Summary { get; init; }
        public DateTimeOffset At { get; init; }
    }
}
