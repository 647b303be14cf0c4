using Witan.Server.Storage;

namespace Witan.Server.Tests.Platform.Telemetry;

/// <summary>What is counted of the database and of cached answers.</summary>
[Collection(nameof(Metered))]
public sealed class StoreMetricsTests(OneServer one) : IClassFixture<OneServer>
{
    private readonly WitanServer _server = one.Server;

    [Fact]
    public async Task An_answer_is_a_miss_when_it_is_made_and_a_hit_when_it_is_there()
    {
        await _server.TeachAsync("cached", successes: 1);
        var (before, after) = await _server.AroundAsync(async () =>
        {
            await _server.GetAsync("/agents/cached");
            await _server.GetAsync("/agents/cached");
            await _server.GetAsync("/agents/cached");
        });
        Assert.Equal((1, 2), (after.Since(before, "cache_misses_total", ("kind", "agents")), after.Since(before, "cache_hits_total", ("kind", "agents"), ("level", "memory"))));
        Assert.Equal((1, 2), (after.Since(before, "cache_misses_total"), after.Since(before, "cache_hits_total")));

        (before, after) = await _server.AroundAsync(async () =>
        {
            await _server.TeachAsync("cached", successes: 1);
            await _server.GetAsync("/agents/cached");
        });
        Assert.Equal((1, 0), (after.Since(before, "cache_misses_total"), after.Since(before, "cache_hits_total")));
    }

    [Fact]
    public async Task An_answer_that_was_made_for_another_request_at_the_same_time_is_a_hit()
    {
        var before = await _server.ScrapeAsync();
        for (var round = 0; (await _server.ScrapeAsync()).Since(before, "cache_hits_total", ("level", "shared_load")) == 0; round++)
        {
            Assert.True(round < 500, "Of many requests at the same time none has shared an answer.");
            await _server.TeachAsync("crowded", successes: 1); // what was cached is not current any more
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _server.GetAsync("/agents/crowded")));
        }
        Assert.Equal(["agents"], (await _server.ScrapeAsync()).Labels("cache_hits_total", "kind"));
    }

    [Fact]
    public async Task Reads_and_transactions_are_timed()
    {
        var (before, after) = await _server.AroundAsync(() => _server.GetAsync("/auto-fixes?limit=7"));
        Assert.True(after.Since(before, "db_query_duration_ms_count", ("operation", "read")) >= 1);
        Assert.True(after.Since(before, "db_query_duration_ms_sum", ("operation", "read")) > 0);

        (before, after) = await _server.AroundAsync(() => _server.ProposeAsync(Some.Fix("a")));
        Assert.True(after.Since(before, "db_query_duration_ms_count", ("operation", "write")) >= 1);
        Assert.True(after.Since(before, "db_query_duration_ms_sum", ("operation", "write")) > 0);
    }

    [Fact]
    public async Task A_read_that_has_a_connection_is_seen()
    {
        var database = _server.Room<Database>();
        await _server.ScrapeUntilAsync(page => page.Value("db_connections_active") == 0);
        await using (await database.OpenAsync(TestContext.Current.CancellationToken))
        await using (await database.OpenAsync(TestContext.Current.CancellationToken))
            Assert.Equal(2, (await _server.ScrapeAsync()).Value("db_connections_active"));
        await _server.ScrapeUntilAsync(page => page.Value("db_connections_active") == 0);
    }

    [Fact]
    public async Task Writes_that_wait_are_seen_and_share_a_transaction()
    {
        var (writes, held, goOn) = (_server.Room<WriteQueue>(), new TaskCompletionSource(), new TaskCompletionSource());
        WriteOperation<int, int> hold = async (_, inputs) =>
        {
            held.SetResult();
            await goOn.Task;
            return [.. inputs];
        };
        WriteOperation<int, int> nothing = (_, inputs) => Task.FromResult<IReadOnlyList<int>>([.. inputs]);
        var first = writes.RunAsync(hold, 0);
        await held.Task;
        var before = await _server.ScrapeAsync();
        var rest = Enumerable.Range(0, 5).Select(i => writes.RunAsync(nothing, i)).ToList();

        Assert.True((await _server.ScrapeAsync()).Value("db_write_queue_depth") >= 5);
        goOn.SetResult();
        await Task.WhenAll([first, .. rest]);
        var after = await _server.ScrapeUntilAsync(page => page.Value("db_write_queue_depth") == 0);
        Assert.True(after.Since(before, "db_commit_writes_sum") >= 6);
        Assert.True(after.Since(before, "db_commit_writes_count") < after.Since(before, "db_commit_writes_sum"));
        Assert.True(after.Since(before, "db_commit_writes_bucket", ("le", "+Inf")) > after.Since(before, "db_commit_writes_bucket", ("le", "4")));
    }
}
