using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Witan.Client;

namespace Witan.Server.Tests.Verbs;

/// <summary><c>witan export</c> writes what <c>witan import</c> takes.</summary>
public sealed class ExportTests : IDisposable
{
    // Everything that a text can hold and a format can trip over.
    private const string Awkward = "He said \"no, never\";\r\nline two\n\n  'quoted', ünïcödé 漢字 🦉\ttab \\n";

    private const string Fixes = """
        SELECT agent_id, family, model, fix_strategy, issue, repository, domain, layers, error, files, lines_added, lines_deleted, paths, attributes,
            proposed_at, status, success, duration_ms, error_message, iif(rolled_back_at IS NULL, completed_at, NULL) AS completed_at
        FROM fixes ORDER BY proposed_at, agent_id, issue
        """;

    private const string Outcomes = "SELECT f.issue, o.kind, o.success, o.occurred_at FROM outcomes o JOIN fixes f ON f.id = o.fix_id WHERE f.status <> 'rolled_back' ORDER BY f.issue, o.seq";

    private const string Records = "SELECT * FROM agent_records ORDER BY agent_id, scope, key";

    private readonly WitanProcess _witan = new();

    public void Dispose() => _witan.Dispose();

    [Theory]
    [InlineData("history.ndjson")]
    [InlineData("history.csv")]
    public async Task An_export_into_an_empty_database_gives_the_same_fixes_outcomes_and_records(string file)
    {
        await ImportHistoryAsync();
        var export = await _witan.RunAsync("export", _witan.PathOf(file));
        export.Succeeds();
        Assert.Equal("4 fixes exported.\n", export.Error);

        var other = _witan.PathOf("other.db");
        var import = await _witan.RunAsync("import", _witan.PathOf(file), "--database", other);
        import.Succeeds();
        Assert.Contains("4 added, 0 known already, 0 refused.", import.Out, StringComparison.Ordinal);
        foreach (var table in new[] { Fixes, Outcomes, Records })
            Assert.Equal(Rows(_witan.Database, table), Rows(other, table));
        Assert.Contains(Rows(other, Fixes), row => row.Contains(JsonSerializer.Serialize(Awkward), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("history.ndjson")]
    [InlineData("history.csv")]
    public async Task An_export_into_its_own_database_adds_nothing(string file)
    {
        await ImportHistoryAsync();
        await ProposeAndReportAsync();
        var before = new[] { Fixes, Outcomes, Records }.Select(table => Rows(_witan.Database, table)).ToList();
        (await _witan.RunAsync("export", _witan.PathOf(file))).Succeeds();

        var import = await _witan.RunAsync("import", _witan.PathOf(file));
        import.Succeeds();
        Assert.Contains("0 added, 8 known already, 0 refused.", import.Out, StringComparison.Ordinal);
        Assert.Equal(before, [.. new[] { Fixes, Outcomes, Records }.Select(table => Rows(_witan.Database, table))]);
    }

    [Theory]
    [InlineData("history.ndjson")]
    [InlineData("history.csv")]
    public async Task A_success_that_was_rolled_back_stays_a_failure(string file)
    {
        await ProposeAndReportAsync();
        (await _witan.RunAsync("export", _witan.PathOf(file))).Succeeds();
        var other = _witan.PathOf("other.db");
        (await _witan.RunAsync("import", _witan.PathOf(file), "--database", other)).Succeeds();

        const string taken = "SELECT status, success, duration_ms FROM fixes WHERE issue = 'taken-back'";
        Assert.Equal(["rolled_back|0|5000"], Rows(_witan.Database, taken));
        Assert.Equal(["rolled_back|0|5000"], Rows(other, taken));
        Assert.Equal(Rows(_witan.Database, Records), Rows(other, Records));
    }

    [Fact]
    public async Task An_export_of_an_import_of_an_export_is_the_same_text()
    {
        await ImportHistoryAsync();
        foreach (var arguments in new[] { Array.Empty<string>(), ["-", "--csv"] })
        {
            var first = await _witan.RunAsync(["export", .. arguments]);
            first.Succeeds();
            var file = _witan.Write(arguments.Length == 0 ? "again.ndjson" : "again.csv", first.Out);
            var other = _witan.PathOf($"{arguments.Length}.db");
            (await _witan.RunAsync("import", file, "--database", other)).Succeeds();
            Assert.Equal(first.Out, (await _witan.RunAsync(["export", .. arguments, "--database", other])).Out);
        }
    }

    [Fact]
    public async Task Each_line_is_a_fix_as_the_API_takes_it_in_the_order_of_the_proposals()
    {
        await ImportHistoryAsync();
        var lines = (await _witan.RunAsync("export")).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        var fixes = lines.Select(line => JsonSerializer.Deserialize(line, WitanJson.Default.FixProposal)!).ToList();
        Assert.Equal(["plain", "full", "undone", "open"], fixes.Select(f => f.Issue));
        Assert.DoesNotContain("null", lines[0], StringComparison.Ordinal);
        Assert.Equal(Awkward, fixes[1].Error);
    }

    [Theory]
    [InlineData("history.ndjson.gz")]
    [InlineData("history.csv.gz")]
    public async Task The_kind_of_the_file_is_told_by_its_name_as_import_tells_it(string file)
    {
        await ImportHistoryAsync();
        (await _witan.RunAsync("export", _witan.PathOf(file))).Succeeds();

        var import = await _witan.RunAsync("import", _witan.PathOf(file), "--database", _witan.PathOf("other.db"));
        import.Succeeds();
        Assert.Contains("4 added", import.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_an_empty_database_there_is_nothing_but_the_header()
    {
        Assert.Equal("", (await _witan.RunAsync("export")).Out);
        var csv = await _witan.RunAsync("export", "-", "--csv");
        csv.Succeeds();
        Assert.StartsWith("agentId,fixStrategy,", csv.Out, StringComparison.Ordinal);
        Assert.Single(csv.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("0 fixes exported.\n", csv.Error);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_one_line_and_exit_code_1() =>
        (await _witan.RunAsync("export", _witan.PathOf("nowhere/history.csv"))).FailsWith("witan: ", "history.csv");

    private async Task ImportHistoryAsync()
    {
        FixProposal[] history =
        [
            new() { AgentId = "plain", FixStrategy = "code_patch", Issue = "plain", ProposedAt = At(1), Outcome = new() { Success = true } },
            new()
            {
                AgentId = "agent, \"the\" 漢", FixStrategy = "my_own", ExternalId = "pr,1\"", Issue = "full", Repository = "org/\"app\", the", Domain = "backend", Layers = [1, 2],
                Error = Awkward, Family = "fam", Model = "mod,el", ProposedAt = At(2).AddMicroseconds(123_456),
                Changes = new() { Files = 2, LinesAdded = 14, LinesDeleted = 0, Paths = ["a,b.cs", "dir/\"q\".cs"] },
                Attributes = JsonSerializer.Deserialize("""{"chars":1269,"share":0.125,"has, traceback":true,"not":false}""", WitanJson.Default.IReadOnlyDictionaryStringJsonElement),
                Outcome = new() { Success = false, DurationMs = 41_000, ErrorMessage = Awkward, CompletedAt = At(3) },
            },
            new() { AgentId = "plain", FixStrategy = "code_patch", Issue = "undone", ProposedAt = At(4), Outcome = new() { Success = true, RolledBack = true, CompletedAt = At(5) } },
            new() { AgentId = "plain", FixStrategy = "config_update", Issue = "open", ExternalId = "pr-2", ProposedAt = At(6) },
        ];
        var file = _witan.Write("first.ndjson", string.Join('\n', history.Select(fix => JsonSerializer.Serialize(fix, WitanJson.Default.FixProposal))));
        (await _witan.RunAsync("import", file)).Succeeds();
    }

    // Over the API, without a key of their own: open, known, failed, and taken back an hour after it had worked.
    private async Task ProposeAndReportAsync()
    {
        using var serving = await _witan.ServeAsync();
        using var client = new WitanClient(serving.Url);
        foreach (var (issue, success) in new[] { ("asked", (bool?)null), ("worked", true), ("broke", false), ("taken-back", true) })
        {
            var fix = await client.ProposeAsync(new() { AgentId = "live", FixStrategy = "code_patch", Issue = issue, Domain = "backend", ProposedAt = At(10) }, TestContext.Current.CancellationToken);
            if (success is { } known)
                await client.ReportOutcomeAsync(fix.Id!.Value, new() { Success = known, DurationMs = 5_000, CompletedAt = At(11) }, TestContext.Current.CancellationToken);
            if (issue == "taken-back")
                await client.ReportOutcomeAsync(fix.Id!.Value, new() { RolledBack = true, CompletedAt = At(12) }, TestContext.Current.CancellationToken);
        }
        await serving.EndBySignalAsync("TERM");
    }

    private static DateTimeOffset At(int hour) => new(2026, 1, 1, hour, 0, 0, TimeSpan.Zero);

    private static List<string> Rows(string database, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={database};Mode=ReadOnly;Pooling=False");
        return [.. connection.Query(sql).Select(row => string.Join('|', ((IDictionary<string, object?>)row).Values.Select(Cell)))];
    }

    private static string Cell(object? value) => value is string text ? text.Any(char.IsControl) ? JsonSerializer.Serialize(text) : text : $"{value}";
}
