using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using Witan.Client;
using Witan.Server.Storage;

namespace Witan.Server.Tests.Storage;

/// <summary>Backups of a SQLite database that is being written to.</summary>
public sealed class BackupTests : IDisposable
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly WitanProcess _witan = new();

    private string File => _witan.PathOf("backups/copy.db");

    public BackupTests() => Directory.CreateDirectory(_witan.PathOf("backups"));

    public void Dispose() => _witan.Dispose();

    [Fact]
    public async Task Everything_acknowledged_before_a_backup_began_is_in_it_with_its_receipt_and_outcome()
    {
        var clock = new FakeTimeProvider(OneServer.Start);
        await using var original = await WitanServer.StartAsync(clock);
        await BackupUnderLoad.HoldsAsync(original, clock, BackUpAsync, RestoreAsync);

        // Writers go on while the copy stands between its first page and its last, and do not make it begin anew.
        async Task BackUpAsync(Func<Task> midway)
        {
            await using var database = Database.Of(original.Database);
            var shares = new List<double>();
            await database.BackupAsync(File, new Told(share =>
            {
                if (shares is [0])
                    midway().GetAwaiter().GetResult();
                shares.Add(share);
            }), Cancel);
            Assert.InRange(shares.Count, 4, int.MaxValue);
            Assert.Equal(shares.Distinct().Order(), shares);
            Assert.Equal((0, 1), (shares[0], shares[^1]));
        }

        Task<WitanServer> RestoreAsync()
        {
            IsWholeInOneFile(File);
            return WitanServer.StartAsync(clock, settings => settings with { Database = File });
        }
    }

    [Fact]
    public async Task The_verb_backs_up_beside_a_process_that_serves_and_the_file_can_be_served()
    {
        using var serving = await _witan.ServeAsync();
        await using var writers = new BusyWriters(serving.Url);
        await writers.AcknowledgeAsync(100);
        var before = writers.Acknowledged;
        var run = await _witan.RunAsync("backup", File, "--json");
        await writers.AcknowledgeAsync(1);
        await writers.StopAsync();

        run.Succeeds();
        var told = System.Text.Json.JsonElement.Parse(run.Out);
        Assert.Equal(["file", "bytes", "durationMs"], told.EnumerateObject().Select(property => property.Name));
        Assert.Equal((File, new FileInfo(File).Length), (told.GetProperty("file").GetString(), told.GetProperty("bytes").GetInt64()));
        Assert.InRange(told.GetProperty("durationMs").GetDouble(), 1, 60_000);

        IsWholeInOneFile(File);
        using var copy = await _witan.ServeAsync(File);
        using var client = new WitanClient(copy.Url);
        Assert.Empty(await before.MissingFromAsync(client));
    }

    /// <summary>The control: what came after a backup is found missing from it.</summary>
    [Fact]
    public async Task What_is_not_in_a_backup_is_found_missing()
    {
        await using var original = await WitanServer.StartAsync();
        await using var database = Database.Of(original.Database);
        await database.BackupAsync(File, null, Cancel);
        await using var writers = new BusyWriters(original.Url);
        await writers.AcknowledgeAsync(20);
        await writers.StopAsync();

        await using var copy = await WitanServer.StartAsync(change: settings => settings with { Database = File });
        Assert.Equal(writers.Acknowledged.Fixes.Count, (await writers.Acknowledged.MissingFromAsync(copy.Client)).Count);
    }

    [Fact]
    public async Task A_backup_holds_what_is_still_in_the_write_ahead_log_of_a_killed_process()
    {
        Acknowledged acknowledged;
        using (var serving = await _witan.ServeAsync())
        {
            using var client = new WitanClient(serving.Url);
            var answer = await client.ProposeAsync(Some.Fix("a"), Cancel);
            acknowledged = new(new Dictionary<Guid, FixAnswer> { [answer.Id!.Value] = answer }, new Dictionary<Guid, OutcomeReport>());
            serving.Kill();
            await serving.EndAsync();
        }
        Assert.True(System.IO.File.Exists(_witan.Database + "-wal"));
        (await _witan.RunAsync("backup", File)).Succeeds();
        await using var copy = await WitanServer.StartAsync(change: settings => settings with { Database = File });
        Assert.Empty(await acknowledged.MissingFromAsync(copy.Client));
    }

    [Fact]
    public async Task A_backup_that_is_stopped_leaves_no_file()
    {
        await MigratedAsync();
        await StoppedAsync();
        Assert.Empty(Directory.EnumerateFileSystemEntries(_witan.PathOf("backups")));
    }

    [Fact]
    public async Task A_backup_that_is_stopped_leaves_the_one_that_it_was_to_replace()
    {
        await MigratedAsync();
        _witan.Write("backups/copy.db", "of yesterday");
        await StoppedAsync();
        Assert.Equal(File, Assert.Single(Directory.EnumerateFileSystemEntries(_witan.PathOf("backups"))));
        Assert.Equal("of yesterday", await System.IO.File.ReadAllTextAsync(File, Cancel));
    }

    [Fact]
    public async Task A_file_that_exists_is_replaced_by_force_alone()
    {
        await MigratedAsync();
        _witan.Write("backups/copy.db", "of yesterday");
        (await _witan.RunAsync("backup", File)).FailsWith(File, "exists", "--force");
        Assert.Equal("of yesterday", await System.IO.File.ReadAllTextAsync(File, Cancel));

        var run = await _witan.RunAsync("backup", File, "--force");
        run.Succeeds();
        Assert.Contains($"backed up in {File}", run.Out, StringComparison.Ordinal);
        IsWholeInOneFile(File);
    }

    [Theory]
    [InlineData("nowhere/copy.db", "no folder", "make it first")]
    [InlineData("backups", "is a folder", "name a file")]
    [InlineData("a-file/copy.db", "no folder", "a-file")]
    [InlineData("witan-data/witan.db", "belongs to the database itself")]
    [InlineData("witan-data/witan.db-wal", "belongs to the database itself")]
    [InlineData("a-link/witan.db", "belongs to the database itself")]
    public async Task A_place_where_no_backup_can_be_is_told(string place, params string[] words)
    {
        await MigratedAsync();
        _witan.Write("a-file", "");
        Directory.CreateSymbolicLink(_witan.PathOf("a-link"), _witan.PathOf("witan-data"));
        var (files, database) = (FilesOf(_witan), await System.IO.File.ReadAllBytesAsync(_witan.Database, Cancel));
        (await _witan.RunAsync("backup", place, "--force")).FailsWith(words);
        Assert.Equal(files, FilesOf(_witan));
        Assert.Equal(database, await System.IO.File.ReadAllBytesAsync(_witan.Database, Cancel));
    }

    [Fact]
    public async Task Without_a_database_of_witan_there_is_nothing_to_back_up()
    {
        (await _witan.RunAsync("backup", File)).FailsWith("no database", "--database");
        Assert.False(System.IO.File.Exists(_witan.Database));

        (await _witan.RunAsync("backup", File, "--database", _witan.Write("letter", string.Concat(Enumerable.Repeat("Not a database.\n", 100))))).FailsWith("letter", "not a database");

        using (var other = new SqliteConnection($"Data Source={_witan.PathOf("other.db")};Pooling=False"))
            other.Execute("CREATE TABLE poems (text TEXT)");
        (await _witan.RunAsync("backup", File, "--database", _witan.PathOf("other.db"))).FailsWith("other.db", "nothing of Witan's", "--database");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_witan.PathOf("backups")));
    }

    [Fact]
    public async Task A_damaged_database_gives_no_backup()
    {
        using (var serving = await _witan.ServeAsync())
        {
            await using var writers = new BusyWriters(serving.Url);
            await writers.AcknowledgeAsync(200);
            await writers.StopAsync();
            (await serving.EndBySignalAsync("TERM")).Succeeds();
        }
        using (var spoiling = System.IO.File.Open(_witan.Database, FileMode.Open))
        {
            spoiling.Position = spoiling.Length / 2 / 4096 * 4096;
            spoiling.Write(new byte[8 * 4096]);
        }
        (await _witan.RunAsync("backup", File)).FailsWith("damaged", "integrity_check");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_witan.PathOf("backups")));
    }

    private async Task MigratedAsync() => (await _witan.RunAsync("migrate")).Succeeds();

    private async Task StoppedAsync()
    {
        using var stop = new CancellationTokenSource();
        await using var database = Database.Of(_witan.Database);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => database.BackupAsync(File, new Told(_ => stop.Cancel()), stop.Token));
    }

    private static List<string> FilesOf(WitanProcess witan) => [.. Directory.EnumerateFileSystemEntries(witan.PathOf("."), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static void IsWholeInOneFile(string file)
    {
        Assert.Equal(file, Assert.Single(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(file)!)));
        using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
        connection.Open();
        Assert.Equal("delete", connection.ExecuteScalar<string>("PRAGMA journal_mode"));
        Assert.Equal(["ok"], connection.Query<string>("PRAGMA integrity_check"));
        Assert.Empty(connection.Query("PRAGMA foreign_key_check"));
    }

    private sealed class Told(Action<double> told) : IProgress<double>
    {
        public void Report(double value) => told(value);
    }
}
