namespace Witan.Server.Tests.TwoNodes;

/// <summary>How old an answer may be that a node has kept, whatever happens to Redis.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "Resilience")]
public sealed class FreshnessTests
{
    private static readonly TimeSpan Promised = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(2);
    private static readonly int Writes = int.Parse(Environment.GetEnvironmentVariable("WITAN_TEST_WRITES") ?? "1500", System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task While_Redis_tells_what_was_written_no_read_is_older_than_a_tenth_of_a_second()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var nodes = await Nodes.StartAsync(redis);
        var watch = new Freshness(nodes.First, nodes.Second);

        await watch.RunAsync(Writes, Promised);

        Says(watch);
        Assert.Empty(watch.Complaints);
        Assert.InRange(watch.HitRate, 0.05, 0.99);
    }

    [Fact]
    public async Task Without_Redis_no_read_is_older_than_two_seconds()
    {
        await using var nodes = await Nodes.StartAsync(null);
        var watch = new Freshness(nodes.First, nodes.Second);

        await watch.RunAsync(300, Alone);

        Says(watch);
        Assert.Empty(watch.Complaints);
    }

    [Fact]
    public async Task Whatever_happens_to_Redis_no_read_is_older_than_two_seconds_and_none_fails()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var nodes = await Nodes.StartAsync(redis);
        var watch = new Freshness(nodes.First, nodes.Second);
        var random = new Random(5);

        await watch.RunAsync(900, Alone, i => (i % 150) switch
        {
            20 => redis.FlushAsync(),
            40 => redis.StopAsync(),
            80 => redis.ContinueAsync(),
            100 => redis.KillAsync(),
            130 => redis.RestartAsync(),
            _ => Task.Delay(random.Next(8)),
        });

        Says(watch);
        Assert.Empty(watch.Complaints);
        await Nodes.UntilAsync(async () => await nodes.ShareAsync($"/auto-fixes?limit={random.Next(1, 200)}")); // and it is used again
    }

    /// <summary>What the writing node would have told is lost with its connection; the database's own numbers tell that something is missing.</summary>
    [Fact]
    public async Task A_message_that_is_lost_is_found_out()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var nodes = await Nodes.StartAsync(redis);
        var watch = new Freshness(nodes.First, nodes.Second);
        var killed = 0;

        await watch.RunAsync(400, TimeSpan.FromMilliseconds(250), async i =>
        {
            if (i % 20 == 10)
                killed += await redis.AskAsync(async database => (int)await database.ExecuteAsync("CLIENT", "KILL", "TYPE", i % 40 == 10 ? "pubsub" : "normal", "SKIPME", "yes"));
            await Task.Delay(5);
        });

        Says(watch);
        Assert.InRange(killed, 20, int.MaxValue);
        Assert.Empty(watch.Complaints);
    }

    /// <summary>The same without luck: a node without Redis tells nobody anything.</summary>
    [Fact]
    public async Task What_nobody_tells_is_found_out_by_the_numbers_of_the_database()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var nodes = await Nodes.StartAsync(redis);
        await using var silent = await WitanServer.StartAsync(change: settings => settings with { Database = nodes.First.Database });
        var watch = new Freshness(silent, nodes.Second);

        await watch.RunAsync(200, TimeSpan.FromMilliseconds(250), _ => Task.Delay(15));

        Says(watch);
        Assert.Empty(watch.Complaints);
        Assert.InRange(watch.Worst, TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(250)); // the control: there was something to be found out
    }

    private static void Says(Freshness watch) => TestContext.Current.TestOutputHelper?.WriteLine(watch.ToString());
}
