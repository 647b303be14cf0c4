using StackExchange.Redis;
using Witan.Server.Storage;
using Witan.Server.Tests.Collaborations;
using Witan.Server.Tests.Platform.Caching;

namespace Witan.Server.Tests.TwoNodes;

/// <summary>Answers that nodes share through Redis, which may be slow, lose what it has, or be handed on by others.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "Resilience")]
public sealed class SharedCacheTests : IAsyncLifetime
{
    private OwnRedis _redis = null!;
    private Nodes _nodes = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = await OwnRedis.StartAsync();
        _nodes = await Nodes.StartAsync(_redis);
    }

    public async ValueTask DisposeAsync()
    {
        await _nodes.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task A_second_node_answers_from_Redis_what_the_first_has_made_and_then_from_memory()
    {
        const string read = "/auto-fixes?agentId=ada&limit=200";
        var made = await _nodes.First.GetAsync(read);
        await Nodes.UntilAsync(async () => await KeysAsync("witan:answer:*") > 0);
        await Task.Delay(30, TestContext.Current.CancellationToken);
        var (count, hits) = (new ReadCount(_nodes.Second), _nodes.Second.Hits("redis"));

        var (shared, again) = (await _nodes.Second.GetAsync(read), await _nodes.Second.GetAsync(read));

        Assert.Equal(("witan; hit; detail=redis", made.Text, made.ETag), (shared.CacheStatus(), shared.Text, shared.ETag));
        Assert.Equal(("witan; hit", made.Text, 0), (again.CacheStatus(), again.Text, count.Count));
        Assert.Equal(hits + 1, _nodes.Second.Hits("redis"));
    }

    [Fact]
    public async Task A_node_is_fresh_after_its_own_write_although_Redis_hangs_or_is_slow()
    {
        const string read = "/agents/ada";
        for (var round = 0; round < 12; round++)
        {
            await _nodes.First.GetAsync(read);
            if (round % 3 == 1)
                await _redis.StopAsync();
            var slow = round % 3 == 2 ? _redis.AskAsync(database => database.ExecuteAsync("EVAL", "local t = redis.call('TIME') while true do local n = redis.call('TIME') if (n[1] - t[1]) * 1000000 + n[2] - t[2] > 150000 then return 1 end end", "0")) : null;
            await _nodes.First.TeachAsync("ada", successes: 1);
            for (var i = 0; i < 5; i++)
                Assert.Equal(4 + round, (await _nodes.First.AgentAsync("ada")).Overall.N);
            if (round % 3 == 1)
                await _redis.ContinueAsync();
            await (slow ?? Task.FromResult(RedisResult.Create(RedisValue.Null)));
        }
    }

    /// <summary>Redis may drop any key when its memory is full.</summary>
    [Fact]
    public async Task What_is_dropped_of_the_generations_brings_nothing_old_back()
    {
        const string read = "/agents/ada";
        await _redis.FlushAsync(); // nothing has been invalidated yet
        await Nodes.UntilAsync(async () => await _nodes.ShareAsync($"/auto-fixes?limit={Random.Shared.Next(1, 200)}"));
        Assert.True(await _nodes.ShareAsync(read));
        await _nodes.First.TeachAsync("ada", successes: 1);
        await Task.Delay(300, TestContext.Current.CancellationToken);

        await _redis.AskAsync(database => database.KeyDeleteAsync("witan:generations"));

        foreach (var node in (WitanServer[])[_nodes.First, _nodes.Second])
            Assert.Equal(4, (await node.AgentAsync("ada")).Overall.N);
    }

    [Fact]
    public async Task What_was_written_while_no_node_ran_is_known_to_the_next_one()
    {
        const string read = "/agents/ada";
        await Nodes.UntilAsync(() => _nodes.ShareAsync(read));
        // Another that knows nothing of Redis, such as an import, while those who do are not there; what they stored is.
        var stored = await _redis.AskAsync(async database => await DumpAsync(database));
        await using (var import = await WitanServer.StartAsync(change: settings => settings with { Database = _nodes.First.Database }))
            await import.TeachAsync("ada", successes: 1);
        await Task.Delay(500, TestContext.Current.CancellationToken);
        await _redis.AskAsync(async database => await RestoreAsync(database, stored));

        await using var later = await WitanServer.StartAsync(change: settings => settings with { Database = _nodes.First.Database, Redis = _redis.Setting });

        Assert.Equal(4, (await later.AgentAsync("ada")).Overall.N);
    }

    [Fact]
    public async Task A_node_that_writes_no_more_uses_Redis_again_after_a_hiccup()
    {
        for (var round = 0; round < 3; round++)
        {
            var paused = _redis.AskAsync(database => database.ExecuteAsync("CLIENT", "PAUSE", "150", "ALL"));
            await Task.Delay(30, TestContext.Current.CancellationToken);
            await _nodes.First.TeachAsync("ada", successes: 1); // a call or two fail, which does not open the circuit
            await paused;

            await Nodes.UntilAsync(async () => await _nodes.ShareAsync($"/auto-fixes?limit={Random.Shared.Next(1, 200)}"));
        }
    }

    /// <summary>What is like a learning each node keeps in memory, and brings up to date a moment after it hears of a write.</summary>
    [Fact]
    public async Task What_another_node_has_made_of_the_learnings_does_not_overtake_a_node_that_wrote_them()
    {
        for (var i = 0; i < 25; i++)
        {
            await _nodes.First.LearnAsync(Council.Lesson($"mend-{i}", problem: "It leaks"));
            var read = $"/learnings/mend-{Math.Max(0, i - 1)}";
            var expected = Math.Min(i, 5);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _nodes.Second.GetAsync(read)));
            for (var again = 0; again < 4; again++)
                Assert.Equal(expected, (await _nodes.First.GetAsync(read))["relatedPatterns"].GetArrayLength());
        }
        foreach (var node in (WitanServer[])[_nodes.First, _nodes.Second])
            await Nodes.UntilAsync(async () => (await node.GetAsync("/learnings/mend-24"))["relatedPatterns"].GetArrayLength() == 5);
    }

    [Fact]
    public async Task A_refresh_of_the_summaries_is_known_to_the_other_node()
    {
        var before = (await _nodes.Second.GetAsync("/stats/fixes")).Text;
        Assert.Equal(200, (await _nodes.First.PostAsync("/stats/refresh", null)).Status);

        await Nodes.UntilAsync(async () => (await _nodes.Second.GetAsync("/stats/fixes")).Text != before);
    }

    [Fact]
    public async Task A_node_starts_without_Redis_and_uses_it_when_it_comes()
    {
        await _redis.KillAsync();
        await using var node = await WitanServer.StartAsync(change: settings => settings with { Database = _nodes.First.Database, Redis = _redis.Setting });
        Assert.Equal(200, (await node.GetAsync("/auto-fixes")).Status);
        await node.TeachAsync("ada", successes: 1);
        Assert.Equal(4, (await node.AgentAsync("ada")).Overall.N);

        await _redis.RestartAsync();

        await Nodes.UntilAsync(async () =>
        {
            var read = $"/auto-fixes?limit={Random.Shared.Next(1, 200)}";
            await _nodes.First.GetAsync(read);
            await Task.Delay(20);
            return (await node.GetAsync(read)).CacheStatus().Contains("redis", StringComparison.Ordinal);
        });
    }

    private async Task<int> KeysAsync(string pattern) => await _redis.AskAsync(async database => ((RedisResult[])(await database.ExecuteAsync("KEYS", pattern))!).Length);

    private static async Task<List<(string Key, byte[] Value)>> DumpAsync(IDatabase database)
    {
        var all = new List<(string, byte[])>();
        foreach (var key in (string[])(await database.ExecuteAsync("KEYS", "witan:*"))!)
            all.Add((key, (await database.KeyDumpAsync(key))!));
        return all;
    }

    private static async Task<bool> RestoreAsync(IDatabase database, List<(string Key, byte[] Value)> all)
    {
        await database.ExecuteAsync("FLUSHALL");
        foreach (var (key, value) in all)
            await database.KeyRestoreAsync(key, value);
        return true;
    }
}
