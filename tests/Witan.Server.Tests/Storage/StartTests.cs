using Dapper;
using Microsoft.Data.Sqlite;

namespace Witan.Server.Tests.Storage;

/// <summary>Databases that cannot be used: said at the start, in a line with the remedy.</summary>
public sealed class StartTests : IDisposable
{
    private readonly WitanProcess _witan = new();

    public static TheoryData<string> Verbs => ["serve --urls http://127.0.0.1:0", "migrate", "import -", "train"];

    public void Dispose() => _witan.Dispose();

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task A_database_of_a_newer_version_is_left_alone(string verb)
    {
        await MigratedAsync();
        Execute("INSERT INTO SchemaVersions (ScriptName, Applied) VALUES ('Witan.Server.Storage.Migrations.sqlite.9999_future.sql', '2030-01-01')");
        (await RunAsync(verb)).FailsWith("newer version", "9999_future.sql", "--database");
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task A_file_that_is_no_database_is_left_alone(string verb)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_witan.Database)!);
        var text = string.Concat(Enumerable.Repeat("This is a letter, not a database.\n", 100));
        await File.WriteAllTextAsync(_witan.Database, text, TestContext.Current.CancellationToken);
        (await RunAsync(verb)).FailsWith(_witan.Database, "not a database");
        Assert.Equal(text, await File.ReadAllTextAsync(_witan.Database, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_database_of_another_program_is_left_alone()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_witan.Database)!);
        Execute("CREATE TABLE agents (name TEXT)");
        (await RunAsync("migrate")).FailsWith(_witan.Database);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task A_folder_is_no_database(string verb)
    {
        Directory.CreateDirectory(_witan.Database);
        (await RunAsync(verb)).FailsWith(_witan.Database);
    }

    [Fact]
    public async Task A_place_where_no_folder_can_be_made_is_told()
    {
        _witan.Write("file", "");
        (await _witan.RunAsync("migrate", "--database", "file/witan.db")).FailsWith("file/witan.db");
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task A_read_only_database_is_told(string verb)
    {
        await MigratedAsync();
        MakeReadOnly();
        (await RunAsync(verb)).FailsWith(_witan.Database, "read-only", "writable");
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task A_database_that_another_process_locks_is_told(string verb)
    {
        await MigratedAsync();
        using (Locked())
            (await RunAsync(verb)).FailsWith("locked by another process");
        (await RunAsync("migrate")).Succeeds();
    }

    [Fact]
    public async Task A_database_that_would_forget_what_it_commits_is_refused() =>
        (await _witan.RunAsync("serve", "--database", ":memory:", "--urls", "http://127.0.0.1:0")).FailsWith("does not keep what it commits");

    private Task<Run> RunAsync(string verb) => _witan.RunAsync([.. verb.Split(' '), "--database", _witan.Database], [], "{\"agentId\":\"a\",\"fixStrategy\":\"s\"}"u8.ToArray());

    private async Task MigratedAsync() => (await _witan.RunAsync("migrate")).Succeeds();

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_witan.Database};Pooling=False");
        connection.Execute(sql);
    }

    private SqliteConnection Locked()
    {
        var connection = new SqliteConnection($"Data Source={_witan.Database};Pooling=False");
        connection.Open();
        connection.Execute("BEGIN EXCLUSIVE");
        return connection;
    }

    // Whoever runs the tests: SQLite itself will not write a file whose header names a later write format.
    private void MakeReadOnly()
    {
        Execute("PRAGMA journal_mode = DELETE");
        using var file = File.Open(_witan.Database, FileMode.Open);
        file.Position = 18;
        file.WriteByte(3);
    }
}
