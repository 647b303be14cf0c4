using Microsoft.Extensions.Time.Testing;
using Witan.Server.Platform.RateLimiting;

namespace Witan.Server.Tests.Platform.Telemetry;

/// <summary>What is counted of limits, of Redis, and of what goes on without it.</summary>
[Collection(nameof(Metered))]
public sealed class LimiterMetricsTests
{
    private const string Decisions = "ratelimit_decisions_total";

    private static readonly RateLimitRules Asking = new() { Plans = new Dictionary<string, int> { [RateLimitRules.Local] = 10_000_000 }, Exact = [RateLimitRules.Local] };

    [Fact]
    public async Task Requests_are_counted_as_let_through_or_refused_and_buckets_are_seen()
    {
        var clock = new FakeTimeProvider(OneServer.Start);
        await using var server = await WitanServer.StartAsync(clock, settings => settings with { Limits = new() { Plans = new Dictionary<string, int> { [RateLimitRules.Local] = 20 } } });
        var before = await server.ScrapeAsync();
        Assert.Equal(1, before.Value("ratelimit_partitions"));
        for (var i = 0; i < 25; i++)
            await server.PostAsync("/auto-fixes", Some.Fix("a"));
        var after = await server.ScrapeAsync(); // a read, with a bucket of its own

        Assert.Equal((21, 5), (after.Since(before, Decisions, ("policy", "local"), ("decision", "admitted")), after.Since(before, Decisions, ("policy", "local"), ("decision", "refused"))));
        Assert.Equal(2, after.Value("ratelimit_partitions"));
        Assert.Equal((0, 0), (after.Value("ratelimit_fallbacks_total"), after.Value("ratelimit_errors_total")));
    }

    [Fact]
    public async Task A_limiter_that_fails_lets_the_request_through_and_is_counted()
    {
        var clock = new BrokenClock();
        await using var server = await WitanServer.StartAsync(clock);
        var before = await server.ScrapeAsync();

        clock.IsBroken = true;
        var answers = new[] { await server.SendAsync(new(HttpMethod.Get, "/health/live")), await server.SendAsync(new(HttpMethod.Get, "/health/live")) };
        clock.IsBroken = false;

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal(2, (await server.ScrapeAsync()).Since(before, "ratelimit_errors_total"));
    }

    [Fact]
    public async Task While_Redis_is_away_circuits_are_open_and_decisions_are_counted_as_made_alone()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var server = await WitanServer.StartAsync(change: settings => settings with { Redis = redis.Setting, Limits = Asking });
        var before = await server.ScrapeUntilAsync(page => page.Has("system_health_status", ("dependency", "redis")));
        Assert.Equal((0, 0), (before.Value("circuit_open", ("circuit", "limiter")), before.Value("circuit_open", ("circuit", "cache"))));
        Assert.Equal((1, 0), (before.Value("system_health_status", ("dependency", "redis")), before.Value("ratelimit_fallbacks_total")));

        await redis.KillAsync();
        var away = await server.ScrapeUntilAsync(page => page.Value("circuit_open", ("circuit", "limiter")) == 1 && page.Value("circuit_open", ("circuit", "cache")) == 1 && page.Value("ratelimit_fallbacks_total") > 0);
        await server.SendAsync(new(HttpMethod.Get, "/health/live"));
        Assert.InRange((await server.ScrapeAsync()).Since(away, "ratelimit_fallbacks_total"), 2, 3);
        await server.ScrapeUntilAsync(page => page.Value("system_health_status", ("dependency", "redis")) == 0.5);

        await redis.RestartAsync();
        await server.ScrapeUntilAsync(page => page.Value("circuit_open", ("circuit", "limiter")) == 0 && page.Value("circuit_open", ("circuit", "cache")) == 0);
        await server.ScrapeUntilAsync(page => page.Value("system_health_status", ("dependency", "redis")) == 1);
    }

    [Fact]
    public async Task An_answer_that_another_node_made_is_a_hit_in_Redis()
    {
        await using var redis = await OwnRedis.StartAsync();
        var folder = Directory.CreateTempSubdirectory("witan-test-");
        var database = await Engine.CreateAsync(folder);
        // Both are there before anything is stored: a node that starts trusts nothing of before.
        await using (var first = await WitanServer.StartAsync(change: settings => settings with { Database = database, Redis = redis.Setting }))
        await using (var second = await WitanServer.StartAsync(change: settings => settings with { Database = database, Redis = redis.Setting }))
        {
            await first.TeachAsync("a", successes: 1);
            await AskAllAsync(first);
            for (var looks = 0; !(await redis.AskAsync(async store => (string[]?)await store.ExecuteAsync("KEYS", "*")))!.Any(key => key.Contains(":answer:", StringComparison.Ordinal)); looks++)
                Assert.True(looks < 5_000, "The answer never came to Redis.");
            IReadOnlyList<Answer> answers = [];
            var (before, after) = await second.AroundAsync(async () => answers = await AskAllAsync(second));
            var fromRedis = answers.Count(answer => answer.Headers.GetValues("Cache-Status").Single() == "witan; hit; detail=redis");
            Assert.InRange(fromRedis, 1, Answers);
            Assert.Equal(fromRedis, after.Since(before, "cache_hits_total", ("level", "redis"), ("kind", "agents")));
        }
        Engine.Forget();
        await Engine.DropAsync(database);
        folder.Delete(recursive: true);
    }

    private const int Answers = 100;

    // Many: on a busy machine a call to Redis may take longer than a request waits for it.
    private static async Task<IReadOnlyList<Answer>> AskAllAsync(WitanServer server)
    {
        var answers = new List<Answer>();
        for (var limit = 1; limit <= Answers; limit++)
            answers.Add(await server.GetAsync($"/agents?limit={limit}"));
        return answers;
    }

    /// <summary>A clock that can fail when it is asked how much time has passed.</summary>
    private sealed class BrokenClock : TimeProvider
    {
        public volatile bool IsBroken;

        public override long GetTimestamp() => IsBroken ? throw new InvalidOperationException("The clock is broken.") : base.GetTimestamp();
    }
}
