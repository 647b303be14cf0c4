using Witan.Client;
using Witan.Intelligence.Features;

namespace Witan.Server.Tests.Fixes;

/// <summary>What was decided, when, and from what. It never changes.</summary>
public sealed class ReceiptTests(OneServer one) : IClassFixture<OneServer>
{
    private readonly WitanServer _server = one.Server;

    [Fact]
    public async Task A_receipt_holds_the_vector_its_schema_the_thresholds_and_the_answer()
    {
        await _server.TeachAsync("keeps", successes: 30, failures: 4);
        var proposed = await _server.PostAsync("/auto-fixes", Some.Fix("keeps", "issue-1"));

        var receipt = (await _server.GetAsync(proposed.Location!))["receipt"];

        Assert.Equal(["answer", "asOf", "features", "propensity", "schemaHash", "sequence"], receipt.EnumerateObject().Select(p => p.Name).Order());
        Assert.Equal("2026-11-23T10:00:00Z", receipt.GetProperty("asOf").GetString());
        Assert.Equal(await _server.QueryAsync<long>("SELECT max(seq) FROM outcomes"), receipt.GetProperty("sequence").GetInt64());
        Assert.Equal(FeatureSchema.Core.Hash, receipt.GetProperty("schemaHash").GetString());
        Assert.Equal(FeatureSchema.Core.Names, receipt.GetProperty("features").EnumerateObject().Select(p => p.Name));
        Assert.Equal(proposed.Text, receipt.GetProperty("answer").GetRawText());
    }

    [Fact]
    public async Task Nothing_that_happens_later_changes_a_receipt()
    {
        await _server.TeachAsync("stays", successes: 25, failures: 9);
        var id = (await _server.ProposeAsync(Some.Fix("stays", "issue-2"))).Id;
        var receipt = await ReceiptAsync(id);

        await _server.SetStatusAsync(id, """{"status":"applied","by":"ci"}""");
        Assert.Equal(receipt, await ReceiptAsync(id));
        await _server.ReportAsync(id, """{"success":true}""");
        Assert.Equal(receipt, await ReceiptAsync(id));
        await _server.ReportAsync(id, """{"rolledBack":true}""");
        await _server.TeachAsync("stays", successes: 0, failures: 50, issue: "issue-2");
        Assert.Equal(receipt, await ReceiptAsync(id));
    }

    [Theory]
    [InlineData("UPDATE receipts SET body = '{}' WHERE fix_id = @id")]
    [InlineData("UPDATE receipts SET schema_hash = '' WHERE fix_id = @id")]
    [InlineData("DELETE FROM receipts WHERE fix_id = @id")]
#if POSTGRES
    [InlineData("TRUNCATE receipts")]
#else
    [InlineData("INSERT OR REPLACE INTO receipts (fix_id, schema_hash, body) VALUES (@id, '', '{}')")]
    [InlineData("REPLACE INTO receipts (fix_id, schema_hash, body) VALUES (@id, '', '{}')")]
#endif
    [InlineData("INSERT INTO receipts (fix_id, schema_hash, body) VALUES (@id, '', '{}') ON CONFLICT (fix_id) DO UPDATE SET body = '{}'")]
    public async Task The_database_itself_refuses_to_change_a_receipt(string sql)
    {
        var id = (await _server.ProposeAsync(Some.Fix("guards"))).Id;
        var receipt = await ReceiptAsync(id);

        var refusal = await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => _server.ExecuteAsync(sql, new { id = id!.Value }));

        Assert.Contains("receipts never change", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(receipt, await ReceiptAsync(id));
    }

    [Fact]
    public async Task A_receipt_of_an_unscored_proposal_has_no_features()
    {
        await using var server = await WitanServer.StartAsync();
        var receipt = (await server.FixAsync((await server.ProposeAsync(Some.Fix("first"))).Id)).Receipt!;

        Assert.Equal((0L, ""), (receipt.Sequence, receipt.SchemaHash));
        Assert.Empty(receipt.Features);
        Assert.Equal("none", receipt.Answer.Scorer);
    }

    private async Task<string> ReceiptAsync(Guid? id) => (await _server.GetAsync($"/auto-fixes/{id}"))["receipt"].GetRawText();
}
