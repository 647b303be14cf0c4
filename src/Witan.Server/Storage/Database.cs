using System.Data.Common;
using System.Reflection;
using Dapper;
using DbUp;
using DbUp.Engine.Output;
using Microsoft.Data.Sqlite;

namespace Witan.Server.Storage;

/// <summary>The database: opens connections, migrates, and checks that commits are durable.</summary>
internal sealed class Database(string path)
{
    private const string Journal = "SchemaVersions";
    private const int BusySeconds = 1;

    private readonly string _connectionString = new SqliteConnectionStringBuilder
    {
        DataSource = path,
        DefaultTimeout = BusySeconds,
        Pooling = true,
    }.ToString();

    public string Path => path;

    /// <summary>Opens a pooled connection for reading.</summary>
    public async Task<DbConnection> OpenAsync(CancellationToken cancel)
    {
        var connection = new SqliteConnection(_connectionString);
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

    /// <summary>Opens the one connection that writes, with every commit flushed to the disk.</summary>
    public async Task<DbConnection> OpenWriterAsync(CancellationToken cancel)
    {
        var connection = await OpenAsync(cancel);
        await connection.ExecuteAsync("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -32000; PRAGMA wal_autocheckpoint = 4000;");
        var mode = await connection.ExecuteScalarAsync<string>("PRAGMA journal_mode = WAL");
        var synchronous = await connection.ExecuteScalarAsync<long>("PRAGMA synchronous");
        if (mode != "wal" || synchronous != 2)
            throw new StorageFault($"The database {path} does not keep what it commits (journal_mode {mode}, synchronous {synchronous}); put it on a local disk.", false);
        return connection;
    }

    /// <summary>Brings the schema up to date.</summary>
    /// <returns>The names of the migrations that ran.</returns>
    /// <exception cref="StorageFault">The database cannot be opened or written, is no database, or comes from a newer version.</exception>
    public IReadOnlyList<string> Migrate()
    {
        Dialect.Register();
        try
        {
            if (System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path)) is { } folder)
                Directory.CreateDirectory(folder);
            using var connection = new SqliteConnection(_connectionString);
            connection.Open();
            connection.Execute("PRAGMA journal_mode = WAL");
            RefuseNewer(connection);
            return Upgrade();
        }
        catch (SqliteException e)
        {
            throw new StorageFault($"The database {path} cannot be used: {Dialect.FaultOf(e)?.Message ?? e.Message}", false, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageFault($"The database {path} cannot be created: {e.Message}", false, e);
        }
    }

    private static void RefuseNewer(SqliteConnection connection)
    {
        if (connection.ExecuteScalar<long>("SELECT count(*) FROM sqlite_master WHERE name = @Journal", new { Journal }) == 0)
            return;
        var unknown = connection.Query<string>($"SELECT ScriptName FROM {Journal}").Except(Scripts()).Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
            throw new StorageFault($"The database {connection.DataSource} was written by a newer version of Witan ({string.Join(", ", unknown)}). Upgrade Witan, or name another database with --database.", false);
    }

    private IReadOnlyList<string> Upgrade()
    {
        var result = DeployChanges.To.SqliteDatabase(_connectionString)
            .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => name.Contains(".sqlite.", StringComparison.Ordinal))
            .WithTransactionPerScript()
            .LogTo(new NoOpUpgradeLog())
            .Build()
            .PerformUpgrade();
        if (result.Error is SqliteException e && Dialect.FaultOf(e) is not null)
            throw e;
        if (!result.Successful)
            throw new StorageFault($"The database {path} cannot be migrated ({result.ErrorScript?.Name}): {result.Error.Message}", false, result.Error);
        return [.. result.Scripts.Select(script => script.Name)];
    }

    private static IEnumerable<string> Scripts() =>
        Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal));
}
