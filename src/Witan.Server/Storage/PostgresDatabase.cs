using System.Data.Common;
using System.Globalization;
using Dapper;
using DbUp;
using Npgsql;

namespace Witan.Server.Storage;

/// <summary>A PostgreSQL database, which several processes may share.</summary>
internal sealed class PostgresDatabase : Database
{
    private const int OldestMajor = 14; // date_bin
    private const int LockClass = 0x5749_5441; // the first of the two numbers of an advisory lock; the second is the FleetLock

    // What a connection string may say otherwise. A command is told to stop by breaking its connection: a database that hangs
    // takes no cancellation either.
    private static readonly string Defaults = $"Maximum Pool Size={Math.Clamp(4 * Environment.ProcessorCount, 12, 64)};" + // more only take turns
        "Application Name=witan;Timeout=3;Command Timeout=3;Cancellation Timeout=-1;GSS Encryption Mode=Disable;Tcp Keepalive=true;" +
        "Tcp Keepalive Time=10;Tcp Keepalive Interval=3;Max Auto Prepare=200;Auto Prepare Min Usages=2;No Reset On Close=true;";

    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(1.5);

    private readonly NpgsqlDataSource _readers;
    private readonly NpgsqlDataSource _single; // outside of the pool: the writer, the probe, locks
    private readonly string _connectionString;
    private readonly string? _sharedString; // null where there are several hosts, among which the driver does not share
    private volatile NpgsqlDataSource? _shared; // few connections, on which many questions are on their way at once
    private NpgsqlConnection? _probe;
    private volatile StorageFault? _away;

    public PostgresDatabase(string setting)
    {
        var builder = new NpgsqlConnectionStringBuilder(Defaults + setting);
        if (builder.Host!.StartsWith('/'))
            (builder.TcpKeepAlive, builder.TcpKeepAliveTime, builder.TcpKeepAliveInterval) = (false, 0, 0); // a socket of this machine has none
        Name = $"PostgreSQL {builder.Host}:{builder.Port.ToString(CultureInfo.InvariantCulture)}/{builder.Database}";
        _readers = Source(builder.ToString());
        _sharedString = builder.Host.Contains(',', StringComparison.Ordinal) ? null : Shared(builder.ToString());
        _shared = _sharedString is null ? null : Source(_sharedString, isShared: true);
        builder.Pooling = false;
        _connectionString = builder.ToString();
        _single = Source(_connectionString);
    }

    public override string Name { get; }

    public override Dialect Dialect => Dialect.Postgres;

    public override TimeSpan NewsInterval { get; } = TimeSpan.FromMilliseconds(50);

    public override TimeSpan? Deadline { get; } = TimeSpan.FromSeconds(2.8); // an answer within 3 s

    public override StorageFault? Away => _away;

    protected override async Task<DbConnection> OpenReaderAsync(CancellationToken cancel) =>
        _away is { } away ? throw away : await _readers.OpenConnectionAsync(cancel);

    protected override async Task<DbConnection> OpenSharedReaderAsync(CancellationToken cancel) =>
        _away is { } away ? throw away : await (_shared ?? _readers).OpenConnectionAsync(cancel);

    public override Task<Writer> OpenWriterAsync(CancellationToken cancel)
    {
        var connection = _single.OpenConnection(); // a socket that was never waited for by the pool wakes the writer's thread at once
        try
        {
            var durable = connection.QuerySingle<(string Fsync, string Commit)>("SELECT current_setting('fsync'), current_setting('synchronous_commit')");
            if (durable.Fsync != "on" || durable.Commit == "off")
                throw new StorageFault($"The database {Name} does not keep what it commits (fsync {durable.Fsync}, synchronous_commit {durable.Commit}); turn both on.", false);
            // A process that stops in the middle of a transaction must not keep the others waiting for long.
            connection.Execute("SET idle_in_transaction_session_timeout = '5s'");
            return Task.FromResult<Writer>(new PostgresWriter(connection, LockClass));
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public override IReadOnlyList<string> Migrate()
    {
        TypeMapping.Register();
        try
        {
            using var connection = _single.OpenConnection();
            if (connection.PostgreSqlVersion.Major < OldestMajor)
                throw new StorageFault($"The database {Name} is PostgreSQL {connection.PostgreSqlVersion}; Witan needs {OldestMajor} or later.", false);
            // Of nodes that start together one migrates, and the others wait for it.
            connection.Execute("SELECT pg_advisory_lock(@LockClass, @which)", new { LockClass, which = (int)FleetLock.Migrations }, commandTimeout: 0);
            var hasJournal = connection.ExecuteScalar<bool>("SELECT to_regclass(@Journal) IS NOT NULL", new { Migrations.Journal });
            List<string> done = hasJournal ? [.. connection.Query<string>($"SELECT scriptname FROM {Migrations.Journal}")] : [];
            if (Migrations.AreDone("postgres", done))
                return []; // and no right to change the schema is needed
            return Migrations.Run("postgres", Name, done, to => to.PostgresqlDatabase(_connectionString).JournalToPostgresqlTable(null, Migrations.Journal.ToLowerInvariant()),
                e => e is PostgresException { SqlState: "42501" } ? "its user may not change the schema. Run witan migrate with the role that owns it" : null);
        }
        catch (NpgsqlException e)
        {
            throw Unusable(e);
        }
    }

    public override async Task<long?> NewsAsync(CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(ProbeTimeout);
        try
        {
            _probe ??= await _single.OpenConnectionAsync(limit.Token);
            var version = await _probe.ExecuteScalarAsync<long>("SELECT coalesce(sum(version), 0)::bigint FROM changes").WaitAsync(limit.Token);
            if (_away is not null)
                ForgetConnections();
            _away = null;
            return version;
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or InvalidOperationException or IOException && !cancel.IsCancellationRequested)
        {
            _away = StorageFault.Away(e);
            _ = CloseAsync(_probe); // which a database that hangs may keep waiting
            _probe = null;
            throw _away;
        }
    }

    // Those of before are dead. What is on its way on a shared one would wait for its answer for good, and others behind it.
    private void ForgetConnections()
    {
        _readers.Clear();
        if (_sharedString is not null)
            _ = CloseAsync(Interlocked.Exchange(ref _shared, Source(_sharedString, isShared: true)));
    }

    // Not waited for, so whatever comes of it: what is closed is gone either way.
    private static async Task CloseAsync(IAsyncDisposable? connections)
    {
        await Task.Yield();
        await (connections?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    public override bool NeedsRefresh => true;

    public override async Task<bool> RefreshAsync(string summary, DateTimeOffset at, CancellationToken cancel)
    {
        await using var connection = await _single.OpenConnectionAsync(cancel);
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        await connection.ExecuteAsync(new CommandDefinition("SELECT refresh_summary(@summary)", new { summary }, commandTimeout: 0, cancellationToken: cancel));
        await connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO refreshes (summary, refreshed_at, duration_ms) VALUES (@summary, @at, @duration)
            ON CONFLICT (summary) DO UPDATE SET refreshed_at = excluded.refreshed_at, duration_ms = excluded.duration_ms
            """, new { summary, at, duration = System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalMilliseconds }, cancellationToken: cancel));
        return true;
    }

    public override async Task TellAsync(string kind, CancellationToken cancel)
    {
        await using var connection = await _single.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition(
            "INSERT INTO changes (kind, at) VALUES (@kind, now()) ON CONFLICT (kind) DO UPDATE SET at = excluded.at, version = changes.version + 1", new { kind }, cancellationToken: cancel));
    }

    public override async Task<IHeldLock?> TryLockAsync(FleetLock which, CancellationToken cancel)
    {
        var connection = await _single.OpenConnectionAsync(cancel);
        if (await connection.ExecuteScalarAsync<bool>(new CommandDefinition("SELECT pg_try_advisory_lock(@LockClass, @which)", new { LockClass, which = (int)which }, cancellationToken: cancel)))
            return new Held(connection);
        await connection.DisposeAsync();
        return null;
    }

    public override Task BackupAsync(string file, IProgress<double>? progress, CancellationToken cancel) => PartialFile.WriteAsync(file, async partial =>
    {
        var (environment, version) = await LookAsync(cancel);
        await PgDump.RunAsync(environment, version, partial, cancel);
    });

    // Whether there is anything to back up: where not, Npgsql tells it better than a program's last words.
    private async Task<(IReadOnlyDictionary<string, string?> Environment, Version Version)> LookAsync(CancellationToken cancel)
    {
        try
        {
            await using var connection = await _single.OpenConnectionAsync(cancel);
            if (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition("SELECT to_regclass(@Journal) IS NOT NULL", new { Migrations.Journal }, cancellationToken: cancel)))
                throw Foreign(Name);
            return (PgDump.EnvironmentOf(connection, new(_connectionString)), connection.PostgreSqlVersion);
        }
        catch (NpgsqlException e)
        {
            throw Unusable(e);
        }
    }

    private StorageFault Unusable(NpgsqlException e) =>
        new($"The database {Name} cannot be used: {(e is PostgresException ? StorageFault.Of(e)?.Message : null) ?? e.InnerException?.Message ?? e.Message}", false, e);

    public override async ValueTask DisposeAsync()
    {
        await (_probe?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _readers.DisposeAsync();
        await (_shared?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _single.DisposeAsync();
    }

    // A page is a few reads here and there: with the default, made for turning disks, a prepared statement would rather read
    // everything from the newest on than follow the index of a rare value.
    // The driver has no deadline for what shares a connection, so there the database keeps that of a command.
    private static NpgsqlDataSource Source(string connectionString, bool isShared = false)
    {
        var setUp = $"SET random_page_cost = 1.1{(isShared ? "; SET statement_timeout = '3s'" : "")}";
        var source = new NpgsqlDataSourceBuilder(connectionString);
        source.UsePhysicalConnectionInitializer(
            connection => connection.Execute(setUp),
            connection => connection.ExecuteAsync(setUp));
        return source.Build();
    }

    // Two a core, whatever the string says of the pool of whole connections; a keepalive of the driver's is not to be had on them (TCP has its own).
    private static string Shared(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString)
    {
        Multiplexing = true, Pooling = true, KeepAlive = 0, MinPoolSize = 0, MaxPoolSize = Math.Clamp(2 * Environment.ProcessorCount, 4, 16),
    }.ToString();

    /// <summary>What is wrong with a connection string, or null.</summary>
    public static string? Unreadable(string setting)
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(Defaults + setting);
            return builder.Host is { Length: > 0 } && builder.Database is { Length: > 0 } ? null : "the connection string names no Host or no Database";
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException)
        {
            return $"the connection string cannot be read ({e.Message}); expected Host=…;Database=…;Username=…;Password=…";
        }
    }

    // A session's lock goes with its connection, so that another takes over when this process dies.
    private sealed class Held(NpgsqlConnection connection) : IHeldLock
    {
        public async Task<bool> IsHeldAsync(CancellationToken cancel)
        {
            try
            {
                await connection.ExecuteScalarAsync(new CommandDefinition("SELECT 1", cancellationToken: cancel));
                return true;
            }
            catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
            {
                return false;
            }
        }

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}
