using System.IO.Compression;
using System.Text;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Witan.Server.Tests.Verbs;

public sealed class ImportTests : IDisposable
{
    private const string One = """{"agentId":"a","fixStrategy":"code_patch","issue":"one","proposedAt":"2026-01-01T00:00:00Z","outcome":{"success":true}}""";
    private const string Two = """{"agentId":"b","fixStrategy":"code_patch","issue":"two","proposedAt":"2026-01-02T00:00:00Z","outcome":{"success":false}}""";

    private readonly WitanProcess _witan = new();

    public void Dispose() => _witan.Dispose();

    [Fact]
    public async Task The_same_file_twice_adds_nothing()
    {
        var file = _witan.Write("history.ndjson", $"{One}\n{Two}\n");
        Says(await _witan.RunAsync("import", file), "2 added, 0 known already, 0 refused.");
        Says(await _witan.RunAsync("import", file), "0 added, 2 known already, 0 refused.");
        Assert.Equal(2, Count("fixes"));
        Assert.Equal(2, Count("outcomes"));
        Assert.Equal(2, Count("agent_records WHERE scope = 'overall' AND outcomes = 1"));
    }

    [Fact]
    public async Task Standard_input_and_gzip_are_taken()
    {
        var text = Encoding.UTF8.GetBytes($"{One}\n{Two}\n");
        Says(await _witan.RunAsync(["import", "-"], [], text), "2 added");
        Says(await _witan.RunAsync("import", _witan.Write("history.ndjson.gz", Gzip(text))), "0 added, 2 known already");
    }

    [Fact]
    public async Task Equal_lines_of_a_file_are_different_fixes_and_stay_so_the_next_time()
    {
        var file = _witan.Write("history.ndjson", $"{One}\n{One}\n{Two}\n{One}\n");
        Says(await _witan.RunAsync("import", file), "4 added");
        Says(await _witan.RunAsync("import", file), "0 added, 4 known already");
        Says(await _witan.RunAsync("import", _witan.Write("more.ndjson", $"{One}\n{One}\n{Two}\n{One}\n{One}\n")), "1 added, 4 known already");
    }

    [Fact]
    public async Task A_line_with_an_external_id_is_known_by_it()
    {
        const string proposed = """{"agentId":"a","fixStrategy":"code_patch","externalId":"pr-1","proposedAt":"2026-01-01T00:00:00Z"}""";
        const string reported = """{"agentId":"a","fixStrategy":"code_patch","externalId":"pr-1","proposedAt":"2026-01-01T00:00:00Z","outcome":{"success":true,"completedAt":"2026-01-01T01:00:00Z"}}""";
        const string contradicting = """{"agentId":"a","fixStrategy":"code_patch","externalId":"pr-1","outcome":{"success":false}}""";
        Says(await _witan.RunAsync("import", _witan.Write("proposed.ndjson", proposed)), "1 added");
        Says(await _witan.RunAsync("import", _witan.Write("reported.ndjson", $"{reported}\n{reported}")), "0 added, 2 known already");
        Assert.Equal(1, Count("outcomes"));
        var run = await _witan.RunAsync("import", _witan.Write("contradicting.ndjson", contradicting));
        run.FailsWith("line 1: ", "success");
        Assert.Contains("1 refused", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bad_lines_are_reported_with_their_numbers_and_the_rest_goes_in()
    {
        var file = _witan.Write("history.ndjson", $$$"""
            {{{One}}}
            nonsense

            {"agentId":"a","fixStrategy":"code_patch","attributes":{"x":1e999}}
            {"agentId":"a","fixStrategy":"code_patch","sucess":true}
            {"fixStrategy":"code_patch"}
            {"agentId":"a\u0000","fixStrategy":"code_patch"}
            {{{Two}}}
            """);
        var run = await _witan.RunAsync("import", file);
        run.FailsWith("line 2: body", "line 4: attributes.x: ", "line 5: sucess: ", "line 6: agentId: required", "line 7: agentId: ");
        Assert.Contains("2 added, 0 known already, 5 refused.", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_file_is_an_error()
    {
        (await _witan.RunAsync("import", _witan.Write("empty.ndjson", ""))).FailsWith("holds no");
        (await _witan.RunAsync(["import", "-"], [], [])).FailsWith("holds no");
        (await _witan.RunAsync("import", _witan.Write("empty.ndjson.gz", Gzip([])))).FailsWith("holds no");
    }

    [Fact]
    public async Task Windows_line_ends_and_a_missing_last_one_do_not_matter()
    {
        Says(await _witan.RunAsync("import", _witan.Write("windows.ndjson", $"{One}\r\n{Two}")), "2 added");
        Says(await _witan.RunAsync("import", _witan.Write("unix.ndjson", $"{One}\n{Two}\n")), "0 added, 2 known already");
    }

    [Theory]
    [InlineData(200)]
    [InlineData(10_000)]
    public async Task Of_a_gzip_file_that_was_cut_off_the_whole_lines_go_in_and_the_whole_file_adds_the_rest(int lines)
    {
        var whole = Gzip(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, lines).Select(i =>
            $$$"""{"agentId":"a{{{i % 7}}}","fixStrategy":"code_patch","issue":"i{{{i * 7919L % 100_003}}}","proposedAt":"2026-01-01T00:00:00Z","outcome":{"success":{{{(i % 3 == 0 ? "true" : "false")}}}}}""" + "\n"))));
        var cut = await _witan.RunAsync("import", _witan.Write("cut.ndjson.gz", whole[..(whole.Length * 2 / 3)]));
        cut.FailsWith("truncated");
        var went = Count("fixes");
        Assert.InRange(went, lines / 3, lines - 1);
        Assert.Equal(went, Count("outcomes"));

        Says(await _witan.RunAsync("import", _witan.Write("whole.ndjson.gz", whole)), $"{lines - went} added, {went} known already, 0 refused.");
    }

    [Fact]
    public async Task What_is_not_gzip_is_an_error() =>
        (await _witan.RunAsync("import", _witan.Write("plain.ndjson.gz", One))).FailsWith("gzip");

    [Fact]
    public async Task A_file_that_is_missing_is_an_error()
    {
        (await _witan.RunAsync("import", "nowhere.ndjson")).FailsWith("nowhere.ndjson");
        (await _witan.RunAsync("import", ".")).FailsWith("witan: ");
    }

    [Theory]
    [InlineData(2 << 20)]
    [InlineData((1 << 20) + 1)]
    public async Task A_line_over_1_MB_is_a_bad_line_like_any_other(int length)
    {
        var file = _witan.Write("long.ndjson", $"{One}\n{One[..^1]}{new string(' ', length - One.Length)}}}\n{Two}\n");
        var run = await _witan.RunAsync("import", file);
        run.FailsWith("line 2", "1 MB");
        Assert.Contains("2 added, 0 known already, 1 refused.", run.Out, StringComparison.Ordinal);
    }

    private static void Says(Run run, string words)
    {
        run.Succeeds();
        Assert.Contains(words, run.Out, StringComparison.Ordinal);
    }

    private long Count(string from)
    {
        using var connection = new SqliteConnection($"Data Source={_witan.Database};Mode=ReadOnly;Pooling=False");
        return connection.ExecuteScalar<long>($"SELECT count(*) FROM {from}");
    }

    private static byte[] Gzip(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(bytes);
        return packed.ToArray();
    }
}
