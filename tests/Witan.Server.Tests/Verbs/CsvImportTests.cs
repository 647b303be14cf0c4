using System.IO.Compression;
using System.Text;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Witan.Server.Tests.Verbs;

/// <summary><c>witan import</c> of CSV: a header names the fields, an empty cell is an absent field.</summary>
public sealed class CsvImportTests : IDisposable
{
    private readonly WitanProcess _witan = new();

    public void Dispose() => _witan.Dispose();

    [Fact]
    public async Task The_columns_stand_in_any_order_and_empty_cells_are_absent()
    {
        await ImportsAsync("history.csv", """
            outcome.success,issue,proposedAt,layers,agentId,changes.paths,fixStrategy,changes.files,outcome.durationMs
            true,one,2026-01-01T00:00:00Z,"[1,2]",a,"[""x.cs"",""y.cs""]",code_patch,2,41000
            false,,2026-01-02T00:00:00Z,,b,,code_patch,,
            """, 2);
        Assert.Equal("1|[1,2]|[\"x.cs\",\"y.cs\"]|2|41000", Row("success || '|' || layers || '|' || paths || '|' || files || '|' || duration_ms", "a"));
        Assert.Equal("1", Row("issue IS NULL AND paths IS NULL AND files IS NULL AND duration_ms IS NULL AND attributes IS NULL AND layers = '[]'", "b"));
    }

    [Fact]
    public async Task The_same_history_as_CSV_and_as_NDJSON_is_the_same_history()
    {
        await ImportsAsync("history.csv", "issue,agentId,fixStrategy,proposedAt,outcome.success\none,a,code_patch,2026-01-01T00:00:00Z,true\n", 1);
        await ImportsAsync("history.ndjson", """{"agentId":"a","fixStrategy":"code_patch","issue":"one","proposedAt":"2026-01-01T00:00:00Z","outcome":{"success":true}}""", 0);
    }

    [Fact]
    public async Task A_column_for_an_attribute_is_a_number_or_a_boolean()
    {
        await ImportsAsync("history.csv", "agentId,fixStrategy,attributes.problemChars,attributes.hasTraceback,attributes.a.b\na,code_patch,1269,true,-0.5\nb,code_patch,,false,\n", 2);
        Assert.Equal("""{"problemChars":1269,"hasTraceback":true,"a.b":-0.5}""", Row("attributes", "a"));
        Assert.Equal("""{"hasTraceback":false}""", Row("attributes", "b"));
    }

    [Fact]
    public async Task A_text_stays_a_text_whatever_it_looks_like()
    {
        await ImportsAsync("history.csv", "agentId,fixStrategy,issue,error,outcome.success,outcome.errorMessage\n42,code_patch,true,\"{\"\"a\"\":1}\",false,17\n", 1);
        Assert.Equal("true|{\"a\":1}|17", Row("issue || '|' || error || '|' || error_message", "42"));
    }

    [Fact]
    public async Task Quoted_cells_hold_commas_quotes_and_line_breaks()
    {
        await ImportsAsync("history.csv", "agentId,fixStrategy,error\r\na,code_patch,\"one, \"\"two\"\"\r\nthree\n\nfour – ünï 漢\"\r\nb,code_patch,plain\r\n", 2);
        Assert.Equal("one, \"two\"\r\nthree\n\nfour – ünï 漢", Row("error", "a"));
        Assert.Equal("plain", Row("error", "b"));
    }

    [Fact]
    public async Task A_bad_cell_is_reported_with_its_line_and_the_rest_goes_in()
    {
        var run = await _witan.RunAsync("import", _witan.Write("history.csv", """
            agentId,fixStrategy,changes.files,proposedAt,outcome.success,attributes.x
            a,code_patch,two,,true,
            b,code_patch,2,yesterday,true,
            c,code_patch,2,,maybe,
            d,code_patch,2,,true,1e999
            e,code_patch,2,,true,many
            ,code_patch,2,,true,
            g,code_patch,2,,true,1
            """));
        run.FailsWith("line 2: changes.files: ", "line 3: proposedAt: ", "line 4: outcome.success: ", "line 5: attributes.x: ", "line 6: attributes.x: ", "line 7: agentId: ");
        Assert.Contains("1 added, 0 known already, 6 refused.", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_line_of_a_fix_is_the_one_it_begins_on()
    {
        var run = await _witan.RunAsync("import", _witan.Write("history.csv", "agentId,fixStrategy,error,changes.files\na,code_patch,\"one\ntwo\nthree\",1\nb,code_patch,\"one\ntwo\",bad\n\n\nc,code_patch,x,bad\n"));
        run.FailsWith("line 5: changes.files: ", "line 9: changes.files: ");
    }

    [Theory]
    [InlineData("colour", "line 2: colour: unknown field")]
    [InlineData("outcome.colour", "line 2: outcome.colour: unknown field")]
    [InlineData("AgentID", "line 2: AgentID: unknown field")]
    [InlineData("agentId", "line 2: agentId: given more than once")]
    public async Task A_column_that_is_not_a_field_is_named(string column, string error)
    {
        var run = await _witan.RunAsync("import", _witan.Write("history.csv", $"agentId,fixStrategy,{column}\na,code_patch,red\n"));
        run.FailsWith(error);
        Assert.Contains("0 added, 0 known already, 1 refused.", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_byte_order_mark_and_spaces_in_the_header_do_not_matter()
    {
        _witan.Write("history.csv", [.. Encoding.UTF8.Preamble, .. "agentId, fixStrategy ,issue\na,code_patch,one\n"u8]);
        Says(await _witan.RunAsync("import", _witan.PathOf("history.csv")), 1);
    }

    [Fact]
    public async Task Gzip_is_taken()
    {
        var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write("agentId,fixStrategy,outcome.success\na,code_patch,true\nb,code_patch,false\n"u8);
        Says(await _witan.RunAsync("import", _witan.Write("history.csv.gz", packed.ToArray())), 2);
    }

    [Theory]
    [InlineData("")]
    [InlineData("agentId,fixStrategy\n")]
    [InlineData("agentId,fixStrategy\n\n\n")]
    public async Task Without_a_line_below_the_header_it_is_an_error(string text) =>
        (await _witan.RunAsync("import", _witan.Write("history.csv", text))).FailsWith("holds no");

    [Fact]
    public async Task What_is_not_UTF_8_is_an_error()
    {
        byte[] latin1 = [.. "agentId,fixStrategy,issue\na,code_patch,"u8, 0xE9, .. "\n"u8];
        (await _witan.RunAsync("import", _witan.Write("history.csv", latin1))).FailsWith("UTF-8");
    }

    [Fact]
    public async Task A_row_with_too_few_cells_lacks_what_is_missing_and_one_with_too_many_is_refused()
    {
        var run = await _witan.RunAsync("import", _witan.Write("history.csv", "agentId,fixStrategy,issue\na,code_patch\nb,code_patch,one,surplus\n"));
        run.FailsWith("line 3: ");
        Assert.Contains("1 added, 0 known already, 1 refused.", run.Out, StringComparison.Ordinal);
    }

    private async Task ImportsAsync(string file, string text, int added) => Says(await _witan.RunAsync("import", _witan.Write(file, text)), added);

    private static void Says(Run run, int added)
    {
        run.Succeeds();
        Assert.StartsWith($"{added} added, ", run.Out, StringComparison.Ordinal);
        Assert.Contains(" 0 refused.", run.Out, StringComparison.Ordinal);
    }

    private string? Row(string expression, string agent)
    {
        using var connection = new SqliteConnection($"Data Source={_witan.Database};Mode=ReadOnly;Pooling=False");
        return connection.ExecuteScalar<string>($"SELECT {expression} FROM fixes WHERE agent_id = @agent", new { agent });
    }
}
