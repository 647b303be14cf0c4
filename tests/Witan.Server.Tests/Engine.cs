using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;
using Witan.Server.Storage;

namespace Witan.Server.Tests;

/// <summary>A database of its own for each server of a test, on the engine that this assembly is compiled for.</summary>
internal static class Engine
{
#if POSTGRES
    public static bool IsPostgres => true;
#else
    public static bool IsPostgres => false;
#endif

    /// <summary>A time long past, as SQL.</summary>
    public static string LongAgo => IsPostgres ? "'2000-01-01'" : "1";

    private const string Variable = "WITAN_TEST_POSTGRES";

    private static readonly SemaphoreSlim Turn = new(1);
    private static string? _template;
    private static int _databases;

    /// <summary>A PostgreSQL that tests may create databases on, or null.</summary>
    public static string? Postgres { get; } = Environment.GetEnvironmentVariable(Variable);

    /// <summary>Skips the test where there is none.</summary>
    public static string NeedPostgres()
    {
        Assert.SkipWhen(Postgres is null, $"There is no PostgreSQL: {Variable} is not set. ./test starts one.");
        return Postgres!;
    }

    /// <summary>The setting of an empty database; a folder is for what lies in files.</summary>
    public static Task<string> CreateAsync(DirectoryInfo folder) => IsPostgres ? CreatePostgresAsync() : Task.FromResult(Path.Combine(folder.FullName, "witan.db"));

    /// <summary>The setting of an empty database with a schema on PostgreSQL.</summary>
    public static async Task<string> CreatePostgresAsync()
    {
        var server = NeedPostgres();
        await Turn.WaitAsync();
        try
        {
            await using var connection = new NpgsqlConnection($"{server};Pooling=false");
            _template ??= await CreateTemplateAsync(connection, server);
            var name = $"witan_{Environment.ProcessId}_{++_databases}";
            await connection.ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {_template}", commandTimeout: 60);
            return Named(server, name);
        }
        finally
        {
            Turn.Release();
        }
    }

    /// <summary>Drops a database with whoever is still in it.</summary>
    public static async Task DropAsync(string setting)
    {
        if (!Database.IsConnectionString(setting))
            return;
        await using var connection = new NpgsqlConnection($"{Postgres};Pooling=false");
        await connection.ExecuteAsync($"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(setting).Database} WITH (FORCE)", commandTimeout: 60);
    }

    /// <summary>A connection that knows nothing of the server.</summary>
    public static DbConnection Connect(string setting) => Database.IsConnectionString(setting)
        ? new NpgsqlConnection($"{setting};Pooling=false")
        : new SqliteConnection($"Data Source={setting};Pooling=false");

    /// <summary>Makes a database refuse to be written through the connection that writes, and through those that come after it; or take it up again.</summary>
    public static async Task RefuseWritesAsync(string setting, DbConnection writer, bool refuse)
    {
        if (!IsPostgres)
        {
            await writer.ExecuteAsync($"PRAGMA query_only = {(refuse ? "ON" : "OFF")}");
            return;
        }
        if (refuse)
            await writer.ExecuteAsync("SET default_transaction_read_only = on");
        await using var connection = new NpgsqlConnection($"{setting};Pooling=false;Options=-c default_transaction_read_only=off");
        await connection.ExecuteAsync($"ALTER DATABASE {connection.Database} SET default_transaction_read_only = {(refuse ? "on" : "off")}");
    }

    /// <summary>Lets go of the files of databases.</summary>
    public static void Forget() => SqliteConnection.ClearAllPools();

    private static async Task<string> CreateTemplateAsync(NpgsqlConnection connection, string server)
    {
        var name = $"witan_{Environment.ProcessId}_template";
        await connection.ExecuteAsync($"CREATE DATABASE {name}");
        await using var database = Database.Of(Named(server, name));
        database.Migrate();
        return name;
    }

    private static string Named(string server, string name) => new NpgsqlConnectionStringBuilder(server) { Database = name }.ToString();
}
