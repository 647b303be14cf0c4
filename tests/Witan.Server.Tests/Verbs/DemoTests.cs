using Dapper;
using Microsoft.Data.Sqlite;
using Witan.Client;

namespace Witan.Server.Tests.Verbs;

/// <summary><c>witan demo</c>: from nothing to a trained server on real outcomes.</summary>
[Collection(nameof(Alone))]
public sealed class DemoTests
{
    [Fact]
    public async Task It_imports_trains_shows_how_true_the_numbers_are_and_serves()
    {
        using var witan = new WitanProcess();
        using var demo = await witan.ListenAsync("demo", "--urls", "http://127.0.0.1:0");
        using var client = new WitanClient(demo.Url);

        Assert.Contains("Judged on the newer part of these outcomes", demo.Said, StringComparison.Ordinal);
        Assert.Matches("(?m)^ensemble ", demo.Said);
        Assert.Matches("(?m)^model-1 was trained and is the champion now: ", demo.Said);
        await AssertReplayedAsync(client);
        Assert.Equal("model-1", (await client.AskAsync(new() { AgentId = "20250514_aime_coder", FixStrategy = "code_patch", Issue = "django__django-14017", Repository = "django/django" }, TestContext.Current.CancellationToken)).Scorer);
        await AssertReceiptsAsync(witan.PathOf("witan-data/demo.db"));
        Assert.True(File.Exists(witan.PathOf("witan-data/demo.db")) && !File.Exists(witan.Database));
        (await demo.EndBySignalAsync("TERM")).Succeeds();

        using var again = await witan.ListenAsync("demo", "--urls", "http://127.0.0.1:0");
        Assert.Contains("holds 27808 outcomes and a trained model from an earlier run", again.Said, StringComparison.Ordinal);
        (await again.EndBySignalAsync("TERM")).Succeeds();
    }

    // The older outcomes were reported after the fact and trained on; about the newest it was asked before each of their outcomes.
    private static async Task AssertReplayedAsync(WitanClient client)
    {
        var cancel = TestContext.Current.CancellationToken;
        var stats = await client.GetStatsAsync(cancel);
        var model = await client.GetModelAsync("model-1", cancel);
        var decisions = (await client.GetDecisionStatsAsync(cancel: cancel)).Decisions;

        Assert.Equal((27_808, 27_808), (stats.Fixes, stats.FixOutcomes));
        Assert.Equal(25_308, model.Outcomes);
        Assert.Equal((2_500, 2_500), (decisions.Sum(stat => stat.Fixes), decisions.Sum(stat => stat.Outcomes)));
        Assert.All(decisions.Where(stat => stat.Fixes > 100), stat => Assert.InRange(stat.MeanConfidence!.Value, stat.SuccessRate!.Value - 0.15, stat.SuccessRate.Value + 0.15));
        Assert.Equal(("model-1", 1_000), (await client.GetDriftAsync(cancel)) is var drift ? (drift.Version, drift.Proposals) : default); // it remembers no more
    }

    // Each decision was made with every outcome before it, and none after.
    private static async Task AssertReceiptsAsync(string file)
    {
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        Assert.Equal(2_500, await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM receipts r JOIN fixes f ON f.id = r.fix_id WHERE f.decision IS NOT NULL AND f.success IS NOT NULL"));
        Assert.Equal(2_500, await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM receipts"));
        Assert.Equal(Enumerable.Range(25_308, 2_500).Select(i => (long)i), await connection.QueryAsync<long>("SELECT json_extract(body, '$.sequence') AS sequence FROM receipts ORDER BY sequence"));
        Assert.True(await connection.ExecuteScalarAsync<bool>("SELECT (SELECT min(proposed_at) FROM fixes WHERE decision IS NOT NULL) >= (SELECT max(proposed_at) FROM fixes WHERE decision IS NULL)"));
    }
}
