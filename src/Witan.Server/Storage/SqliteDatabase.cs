using System.Data.Common;
using Dapper;
using DbUp;
using Microsoft.Data.Sqlite;

namespace Witan.Server.Storage;

/// <summary>A SQLite file.</summary>
internal sealed class SqliteDatabase(string path) : Database
{
    private const int BusySeconds = 1;

    private static readonly string[] Endings = ["", "-wal", "-shm", "-journal"]; // of the files that are one database

    private readonly string _connectionString = new SqliteConnectionStringBuilder
    {
        DataSource = path,
        DefaultTimeout = BusySeconds,
        Pooling = true,
    }.ToString();

    public override string Name => path;

    public override Dialect Dialect => Dialect.Sqlite;

    public override TimeSpan NewsInterval { get; } = TimeSpan.FromSeconds(1);

    public override TimeSpan? Deadline => null;

    public override StorageFault? Away => null;

    protected override async Task<DbConnection> OpenReaderAsync(CancellationToken cancel) => await OpenAsync(_connectionString, cancel);

    public override async Task<Writer> OpenWriterAsync(CancellationToken cancel)
    {
        var connection = await OpenAsync(_connectionString, cancel);
        try
        {
            await connection.ExecuteAsync("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -32000; PRAGMA wal_autocheckpoint = 4000;");
            var mode = await connection.ExecuteScalarAsync<string>("PRAGMA journal_mode = WAL");
            var synchronous = await connection.ExecuteScalarAsync<long>("PRAGMA synchronous");
            if (mode != "wal" || synchronous != 2)
                throw new StorageFault($"The database {path} does not keep what it commits (journal_mode {mode}, synchronous {synchronous}); put it on a local disk.", false);
            return new SqliteWriter(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public override IReadOnlyList<string> Migrate()
    {
        TypeMapping.Register();
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                Directory.CreateDirectory(folder);
            using var connection = new SqliteConnection(_connectionString);
            connection.Open();
            connection.Execute("PRAGMA journal_mode = WAL");
            var hasJournal = connection.ExecuteScalar<long>("SELECT count(*) FROM sqlite_master WHERE name = @Journal", new { Migrations.Journal }) > 0;
            List<string> done = hasJournal ? [.. connection.Query<string>($"SELECT ScriptName FROM {Migrations.Journal}")] : [];
            return Migrations.Run("sqlite", path, done, to => to.SqliteDatabase(_connectionString), e => e is SqliteException fault ? StorageFault.Of(fault)?.Message : null);
        }
        catch (SqliteException e)
        {
            throw Unusable(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageFault($"The database {path} cannot be created: {e.Message}", false, e);
        }
    }

    // The connection that writes finds out by SQLite's data version, which each connection counts for itself.
    public override Task<long?> NewsAsync(CancellationToken cancel) => Task.FromResult<long?>(null);

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public override bool NeedsRefresh => false;

    public override Task<bool> RefreshAsync(string summary, DateTimeOffset at, CancellationToken cancel) => Task.FromResult(false);

    // Whoever shares the file does the duties too; the writer's transactions keep them apart.
    public override Task<IHeldLock?> TryLockAsync(FleetLock which, CancellationToken cancel) => Task.FromResult<IHeldLock?>(new Always());

    public override async Task BackupAsync(string file, IProgress<double>? progress, CancellationToken cancel)
    {
        if (!File.Exists(path))
            throw new StorageFault($"There is no database {path}; name another with --database.", false);
        try
        {
            await PartialFile.WriteAsync(file, partial => IsOwn(file, partial)
                ? throw new StorageFault($"{file} belongs to the database itself; name another file.", false)
                : Task.Run(() => SqliteBackup.Copy(path, partial, progress, cancel), cancel));
        }
        catch (SqliteException e)
        {
            throw Unusable(e);
        }
    }

    // Whatever the path is called: where the partial file appears in its folder, the file would too.
    private bool IsOwn(string file, string partial) => new[] { Path.GetFullPath(path), File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName }
        .OfType<string>().Where(own => File.Exists(Path.Combine(Path.GetDirectoryName(own)!, Path.GetFileName(partial))))
        .Any(own => Endings.Any(ending => Path.GetFileName(own) + ending == Path.GetFileName(file)));

    private StorageFault Unusable(SqliteException e) => new($"The database {path} cannot be used: {StorageFault.Of(e)?.Message ?? e.Message}", false, e);

    private static async Task<SqliteConnection> OpenAsync(string connectionString, CancellationToken cancel)
    {
        var connection = new SqliteConnection(connectionString);
        try
        {
            await connection.OpenAsync(cancel);
            // SQLite's own lower() knows ASCII only.
            connection.CreateFunction("lower", (string? text) => text?.ToLowerInvariant(), isDeterministic: true);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private sealed class Always : IHeldLock
    {
        public Task<bool> IsHeldAsync(CancellationToken cancel) => Task.FromResult(true);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
