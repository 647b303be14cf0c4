using System.Diagnostics;
using System.Globalization;
using Dapper;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Witan.Client;
using Witan.Server.Storage;

namespace Witan.Server.Tests;

/// <summary>Backups of a PostgreSQL database that is being written to, by pg_dump, and what pg_restore makes of them.</summary>
public sealed class BackupTests : IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly WitanProcess _witan = new();
    private readonly List<string> _databases = [];

    private string File => _witan.PathOf("backups/witan.dump");

    public ValueTask InitializeAsync()
    {
        Engine.NeedPostgres();
        Directory.CreateDirectory(_witan.PathOf("backups"));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var database in _databases)
            await Engine.DropAsync(database);
        _witan.Dispose();
    }

    [Fact]
    public async Task Everything_acknowledged_before_a_backup_began_is_in_it_with_its_receipt_and_outcome()
    {
        var clock = new FakeTimeProvider(OneServer.Start);
        await using var original = await WitanServer.StartAsync(clock);
        await using var obstacle = await Obstacle.PutAsync(original.Database);
        await using var database = Database.Of(original.Database);
        await BackupUnderLoad.HoldsAsync(original, clock, async midway =>
        {
            var backup = database.BackupAsync(File, null, Cancel);
            await obstacle.IsReachedAsync(backup);
            await midway();
            await obstacle.GoAwayAsync();
            await backup;
        }, async () => await WitanServer.StartAsync(clock, await RestoredAsync()));
    }

    [Fact]
    public async Task The_verb_backs_up_beside_a_process_that_serves_and_what_is_restored_can_be_served_and_refreshed()
    {
        var setting = await CreateAsync();
        using var serving = await _witan.ServeAsync(setting);
        await using var writers = new BusyWriters(serving.Url);
        await writers.AcknowledgeAsync(100);
        var before = writers.Acknowledged;
        var run = await _witan.RunAsync("backup", File, "--json", "--database", setting);
        await writers.AcknowledgeAsync(1);
        await writers.StopAsync();
        run.Succeeds();
        var told = System.Text.Json.JsonElement.Parse(run.Out);
        Assert.Equal(["file", "bytes", "durationMs"], told.EnumerateObject().Select(property => property.Name));
        Assert.Equal((File, new FileInfo(File).Length), (told.GetProperty("file").GetString(), told.GetProperty("bytes").GetInt64()));
        Assert.Equal(File, Assert.Single(Directory.EnumerateFileSystemEntries(_witan.PathOf("backups"))));

        var restored = await RestoreAsync();
        (await _witan.RunAsync("migrate", "--database", restored)).Succeeds();
        using var copy = await _witan.ServeAsync(restored);
        using var client = new WitanClient(copy.Url);
        Assert.Empty(await before.MissingFromAsync(client));
        // pg_restore has made the summaries anew, and Witan can.
        var summarised = (await client.GetStatsAsync(Cancel)).Fixes;
        Assert.InRange(summarised, before.Fixes.Count, long.MaxValue);
        await client.ProposeAsync(Some.Fix("a"), Cancel);
        (await _witan.RunAsync("refresh", "--database", restored)).Succeeds();
        while ((await client.GetStatsAsync(Cancel)).Fixes != summarised + 1) // another process made them anew, of which this one hears in a moment
            await Task.Yield();
    }

    [Fact]
    public async Task Receipts_that_were_restored_never_change_either()
    {
        await using var original = await WitanServer.StartAsync();
        var fix = await original.ProposeAsync(Some.Fix("a"));
        await using var database = Database.Of(original.Database);
        await database.BackupAsync(File, null, Cancel);

        await using var connection = new NpgsqlConnection($"{await RestoreAsync()};Pooling=false");
        Assert.Equal(fix.Id, await connection.ExecuteScalarAsync<Guid>("SELECT fix_id FROM receipts"));
        foreach (var change in new[] { "UPDATE receipts SET schema_hash = ''", "DELETE FROM receipts", "TRUNCATE receipts" })
            Assert.Contains("never change", (await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteAsync(change))).MessageText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_backup_that_is_stopped_leaves_nothing_but_what_was_there(bool exists)
    {
        var setting = await CreateAsync();
        await using var obstacle = await Obstacle.PutAsync(setting);
        await using var database = Database.Of(setting);
        if (exists)
            _witan.Write("backups/witan.dump", "of yesterday");
        using var stop = new CancellationTokenSource();
        var backup = database.BackupAsync(File, null, stop.Token);
        await obstacle.IsReachedAsync(backup);
        Assert.Single(Directory.EnumerateFiles(_witan.PathOf("backups"), "*.partial")); // it was under way
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backup);
        Assert.Equal(exists ? [File] : [], Directory.EnumerateFileSystemEntries(_witan.PathOf("backups")));
        if (exists)
            Assert.Equal("of yesterday", await System.IO.File.ReadAllTextAsync(File, Cancel));
    }

    [Fact]
    public async Task A_file_that_exists_is_replaced_by_force_alone()
    {
        var setting = await CreateAsync();
        _witan.Write("backups/witan.dump", "of yesterday");
        (await _witan.RunAsync("backup", File, "--database", setting)).FailsWith(File, "exists", "--force");
        Assert.Equal("of yesterday", await System.IO.File.ReadAllTextAsync(File, Cancel));
        (await _witan.RunAsync("backup", File, "--force", "--database", setting)).Succeeds();
        await RestoreAsync();
    }

    [Fact]
    public async Task A_role_that_may_not_read_every_table_is_told_so()
    {
        var setting = await CreateAsync();
        var role = $"stranger_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE ROLE {role} LOGIN");
        try
        {
            (await _witan.RunAsync("backup", File, "--database", $"{setting};Username={role}")).FailsWith("permission denied", "--database", "may read every table");
        }
        finally
        {
            await ExecuteAsync($"DROP ROLE {role}");
        }
        IsEmpty();
    }

    [Fact]
    public async Task Without_a_database_of_witan_there_is_nothing_to_back_up()
    {
        var setting = new NpgsqlConnectionStringBuilder(Engine.Postgres) { Database = "nowhere" }.ToString();
        (await _witan.RunAsync("backup", File, "--database", setting)).FailsWith("nowhere", "does not exist", "--database");
        (await _witan.RunAsync("backup", File, "--database", await CreateEmptyAsync())).FailsWith("nothing of Witan's", "--database");
        (await _witan.RunAsync("backup", File, "--database", "Host=127.0.0.1;Port=1;Database=witan")).FailsWith("127.0.0.1:1", "cannot be used");
        IsEmpty();
    }

    [Theory]
    [InlineData("nowhere/witan.dump", "no folder")]
    [InlineData("backups", "is a folder")]
    public async Task A_place_where_no_backup_can_be_is_told(string place, string words)
    {
        (await _witan.RunAsync("backup", place, "--database", await CreateAsync())).FailsWith(words);
        IsEmpty();
    }

    // What the program says stands here as PostgreSQL 14 says it to a server of version 15.
    [Fact]
    public async Task A_pg_dump_older_than_the_server_is_told_with_the_remedy()
    {
        var run = await RunWithAsync("""
            echo 'pg_dump: error: aborting because of server version mismatch' >&2
            echo 'pg_dump: detail: server version: 15.18; pg_dump version: 14.9' >&2
            exit 1
            """);
        run.FailsWith(_witan.PathOf("bin/pg_dump"), "older than the server", "Install the client of PostgreSQL", "PATH");
        IsEmpty();
    }

    [Fact]
    public async Task A_pg_dump_that_fails_in_the_middle_leaves_no_file()
    {
        (await RunWithAsync("for argument; do case $argument in --file=*) echo half >\"${argument#--file=}\";; esac; done; echo 'pg_dump: error: the wire broke' >&2; exit 1")).FailsWith("the wire broke", "Nothing was kept");
        IsEmpty();
    }

    [Fact]
    public async Task A_password_goes_by_the_environment_and_not_by_the_command_line()
    {
        (await RunWithAsync("echo \"$*\" >\"$0.arguments\"; env >\"$0.environment\"; exit 1", ";Password=open sesame;SSL Mode=Prefer")).FailsWith("did not say why");
        var arguments = await System.IO.File.ReadAllTextAsync(_witan.PathOf("bin/pg_dump.arguments"), Cancel);
        Assert.Contains("--format=custom --no-owner --no-privileges", arguments, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", arguments, StringComparison.Ordinal);
        var environment = await System.IO.File.ReadAllLinesAsync(_witan.PathOf("bin/pg_dump.environment"), Cancel);
        var server = new NpgsqlConnectionStringBuilder(Engine.Postgres);
        Assert.Superset(new HashSet<string> { "PGPASSWORD=open sesame", "PGSSLMODE=prefer", $"PGHOST={server.Host}", $"PGPORT={server.Port.ToString(CultureInfo.InvariantCulture)}", $"PGUSER={server.Username}" }, environment.ToHashSet());
        Assert.DoesNotContain(environment, line => line.StartsWith("PGHOSTADDR=", StringComparison.Ordinal));
    }

    [Fact]
    public void The_first_pg_dump_on_the_path_is_taken_and_else_the_newest_that_is_installed()
    {
        foreach (var folder in new[] { "one", "two", "versions/9.6/bin", "versions/14/bin", "versions/15/bin", "versions/9/bin" })
            Directory.CreateDirectory(_witan.PathOf(folder));
        string[] programs = [_witan.Write("two/pg_dump", ""), _witan.Write("versions/9/bin/pg_dump", ""), _witan.Write("versions/15/bin/pg_dump", ""), _witan.Write("versions/14/bin/pg_dump", "")];
        var (version, versions) = (new Version(15, 3), _witan.PathOf("versions"));
        Assert.Equal(programs[0], PgDump.Find($"{_witan.PathOf("one")}:{_witan.PathOf("two")}", version, versions));
        Assert.Equal(programs[2], PgDump.Find(_witan.PathOf("one"), version, versions));
        Assert.Equal(programs[2], PgDump.Find(null, version, versions));
        var fault = Assert.Throws<StorageFault>(() => PgDump.Find(_witan.PathOf("one"), version, _witan.PathOf("nothing")));
        Assert.Contains("Install the client of PostgreSQL 15", fault.Message, StringComparison.Ordinal);
    }

    // A run of the verb that finds this program as pg_dump, and the environment of somebody who has another server in mind.
    private async Task<Run> RunWithAsync(string script, string more = "")
    {
        Directory.CreateDirectory(_witan.PathOf("bin"));
        var program = _witan.Write("bin/pg_dump", $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            System.IO.File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return await _witan.RunAsync(["backup", File, "--database", await CreateAsync() + more],
            new() { ["PATH"] = $"{_witan.PathOf("bin")}:{Environment.GetEnvironmentVariable("PATH")}", ["PGHOST"] = "elsewhere", ["PGHOSTADDR"] = "192.0.2.1" });
    }

    private void IsEmpty() => Assert.Empty(Directory.EnumerateFileSystemEntries(_witan.PathOf("backups")));

    private async Task<string> CreateAsync()
    {
        _databases.Add(await Engine.CreatePostgresAsync());
        return _databases[^1];
    }

    private async Task<string> CreateEmptyAsync()
    {
        var name = $"restored_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE DATABASE {name}");
        _databases.Add(new NpgsqlConnectionStringBuilder(Engine.Postgres) { Database = name }.ToString());
        return _databases[^1];
    }

    private static async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection($"{Engine.Postgres};Pooling=false");
        await connection.ExecuteAsync(sql, commandTimeout: 60);
    }

    private async Task<Func<Settings, Settings>> RestoredAsync()
    {
        var restored = await RestoreAsync();
        return settings => settings with { Database = restored };
    }

    /// <summary>Restores the file as the documentation says, into an empty database.</summary>
    private async Task<string> RestoreAsync()
    {
        var restored = await CreateEmptyAsync();
        var server = new NpgsqlConnectionStringBuilder(restored);
        var program = Path.Combine(Environment.GetEnvironmentVariable("WITAN_TEST_POSTGRES_BIN") ?? "", "pg_restore");
        using var process = Process.Start(new ProcessStartInfo(program, ["--no-owner", "--exit-on-error", "--dbname", server.Database!, File])
        {
            RedirectStandardError = true,
            Environment = { ["PGHOST"] = server.Host, ["PGPORT"] = server.Port.ToString(CultureInfo.InvariantCulture), ["PGUSER"] = server.Username, ["PGPASSWORD"] = server.Password },
        })!;
        var said = await process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        Assert.True(process.ExitCode == 0 && said.Length == 0, said);
        return restored;
    }

    /// <summary>A table that somebody has locked: pg_dump, with its moment taken, waits for it before it reads any.</summary>
    private sealed class Obstacle(NpgsqlConnection locking, NpgsqlConnection looking) : IAsyncDisposable
    {
        public static async Task<Obstacle> PutAsync(string setting)
        {
            var obstacle = new Obstacle(new($"{setting};Pooling=false"), new($"{setting};Pooling=false"));
            await obstacle.LockAsync();
            return obstacle;
        }

        public async Task IsReachedAsync(Task backup)
        {
            while (!await looking.ExecuteScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'witan backup' AND wait_event_type = 'Lock')"))
                Assert.False(backup.IsCompleted, "the backup has ended already");
        }

        public Task GoAwayAsync() => locking.ExecuteAsync("ROLLBACK");

        public async ValueTask DisposeAsync()
        {
            await locking.DisposeAsync();
            await looking.DisposeAsync();
        }

        private async Task LockAsync()
        {
            await locking.OpenAsync(Cancel);
            await looking.OpenAsync(Cancel);
            await locking.ExecuteAsync("CREATE TABLE obstacle ()");
            await locking.ExecuteAsync("BEGIN; LOCK TABLE obstacle");
        }
    }
}
