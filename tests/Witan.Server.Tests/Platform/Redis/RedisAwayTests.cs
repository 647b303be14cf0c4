using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Witan.Server.Platform.RateLimiting;
using Witan.Server.Tests.Platform.RateLimiting;

namespace Witan.Server.Tests.Platform.Redis;

/// <summary>Redis goes away in five ways, under load: nobody is failed by it, nobody waits for it, and limits hold.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "Resilience")]
public sealed class RedisAwayTests
{
    private const string Agents = Conversation.Prefix + "/agents";
    private const int Few = 30;
    private const int Callers = 4;

    private static readonly RateLimitRules Limits = new()
    {
        Plans = new Dictionary<string, int> { [RateLimitRules.Fleet] = 10_000_000, ["few"] = Few, [RateLimitRules.Local] = 10_000_000 },
    };

    [Theory]
    [InlineData("killed")]
    [InlineData("hung")]
    [InlineData("slow")]
    [InlineData("cut")]
    public async Task Nobody_notices_that_Redis_is_away_and_it_is_used_again_when_it_is_back(string how)
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var wire = new Wire(redis.Setting);
        await using var server = await Limited.StartAsync(Limits, change: settings => settings with { Redis = wire.Setting });
        var (many, few) = await KeysAsync(server);
        await UntilAsync(async () => await StateAsync(server) == "ok" && server.Room<Buckets>().Server!.IsUp);
        await using var load = new Load(server, many);
        await load.BestAsync(3); // warm
        var before = await load.BestAsync(3);

        await (how switch { "killed" => redis.KillAsync(), "hung" => redis.StopAsync(), "slow" => Set(() => wire.Delay = TimeSpan.FromMilliseconds(60)), _ => Set(() => wire.IsCut = true) });
        await UntilAsync(async () => await StateAsync(server) == "degraded" && !server.Room<Buckets>().Server!.IsUp);
        var fallbacks = await MetricAsync(server, many, "ratelimit_fallbacks_total");
        var away = await load.BestAsync(5);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{how}: p99 {before:0.00} ms before, {away:0.00} ms while away; {load.Answered} answered"));
        Assert.InRange(away - before, -1_000, 5);

        await UntilAsync(async () => await MetricAsync(server, many, "circuit_open{circuit=\"limiter\"}") == 1);
        Assert.InRange(await MetricAsync(server, many, "ratelimit_fallbacks_total"), fallbacks + 1, double.MaxValue);
        var answers = await Task.WhenAll(Enumerable.Range(0, 3 * Few).Select(_ => server.AskAsync(Agents, few)));
        Assert.InRange(answers.Count(answer => answer.Status == 200), Few / 2, Few + 3);
        Assert.All(answers, answer => Assert.True(answer.Status is 200 or 429, answer.Text));

        await (how switch { "killed" => redis.RestartAsync(), "hung" => redis.ContinueAsync(), "slow" => Set(() => wire.Delay = TimeSpan.Zero), _ => Set(() => wire.IsCut = false) });
        await SharedAgainAsync(server, redis, few);
        await load.EndAsync();
        Assert.Empty(load.Failures);
    }

    [Fact]
    public async Task A_server_starts_without_Redis_and_uses_it_when_it_comes()
    {
        await using var redis = await OwnRedis.StartAsync();
        await redis.KillAsync();
        var time = Stopwatch.StartNew();
        await using var server = await Limited.StartAsync(Limits, change: settings => settings with { Redis = redis.Setting });
        Assert.InRange(time.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        var (many, few) = await KeysAsync(server);
        await using var load = new Load(server, many);
        await UntilAsync(async () => await StateAsync(server) == "degraded");
        for (var asked = 0; asked < 2 * Few; asked++)
            await server.AskAsync(Agents, few);
        Assert.Equal(429, (await server.AskAsync(Agents, few)).Status);

        await redis.RestartAsync();
        await SharedAgainAsync(server, redis, few);
        await load.EndAsync();
        Assert.Empty(load.Failures);
    }

    [Fact]
    public async Task A_flushed_Redis_fails_nobody_and_counts_anew()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var server = await Limited.StartAsync(Limits, change: settings => settings with { Redis = redis.Setting });
        var (many, few) = await KeysAsync(server);
        await UntilAsync(() => Task.FromResult(server.Room<Buckets>().Server!.IsUp));
        await using var load = new Load(server, many);
        for (var round = 0; round < 5; round++)
        {
            await redis.FlushAsync();
            await server.AskAsync(Agents, few);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        await load.EndAsync();
        Assert.Empty(load.Failures);
        Assert.True(load.Answered > 100, $"{load.Answered} answered");
        Assert.True(await redis.AskAsync(database => database.KeyExistsAsync(Bucket(few))));
    }

    private static async Task<(string Many, string Few)> KeysAsync(WitanServer server)
    {
        var many = await server.KeyAsync();
        return (many, await server.KeyAsync("few", many));
    }

    private static StackExchange.Redis.RedisKey Bucket(string key) => $"witan:bucket:{{few:Lenient:{key.Split('_')[1]}}}";

    // Within 5 seconds of its return a request of the caller is counted in Redis.
    private static async Task SharedAgainAsync(WitanServer server, OwnRedis redis, string few)
    {
        var time = Stopwatch.StartNew();
        await redis.FlushAsync();
        do
        {
            Assert.InRange(time.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
            Assert.True((await server.AskAsync(Agents, few)).Status is 200 or 429);
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        while (!await redis.AskAsync(database => database.KeyExistsAsync(Bucket(few))));
        TestContext.Current.TestOutputHelper?.WriteLine($"shared again after {time.Elapsed.TotalSeconds:0.0} s");
        await UntilAsync(async () => await StateAsync(server) == "ok");
    }

    private static async Task<string> StateAsync(WitanServer server)
    {
        var ready = await server.AskAsync("/health/ready");
        Assert.True(ready.Status == 200, ready.Text);
        return ready["dependencies"].GetProperty("redis").GetProperty("status").GetString()!;
    }

    private static async Task<double> MetricAsync(WitanServer server, string key, string name)
    {
        var line = (await server.AskAsync("/metrics", key)).Text.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    private static async Task UntilAsync(Func<Task<bool>> isTrue)
    {
        var time = Stopwatch.StartNew();
        while (!await isTrue())
        {
            Assert.InRange(time.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    private static Task Set(Action act)
    {
        act();
        return Task.CompletedTask;
    }

    /// <summary>Some callers that ask one question after the other, and note each answer.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly Task _callers;
        private ConcurrentBag<double> _took = [];
        private int _answered;

        public Load(WitanServer server, string key) => _callers = Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(() => AskAsync(server, key))));

        public ConcurrentBag<string> Failures { get; } = [];

        public int Answered => Volatile.Read(ref _answered);

        /// <summary>The best p99 of some seconds, in milliseconds: a busy machine spoils some of them.</summary>
        public async Task<double> BestAsync(int seconds)
        {
            var best = double.MaxValue;
            for (var second = 0; second < seconds; second++)
            {
                Interlocked.Exchange(ref _took, []);
                await Task.Delay(1_000, TestContext.Current.CancellationToken);
                double[] took = [.. Interlocked.Exchange(ref _took, []).Order()];
                best = took.Length < 50 ? best : Math.Min(best, took[took.Length * 99 / 100]);
            }
            return best;
        }

        public async Task EndAsync()
        {
            await _end.CancelAsync();
            await _callers;
        }

        public async ValueTask DisposeAsync()
        {
            await EndAsync();
            _end.Dispose();
        }

        private async Task AskAsync(WitanServer server, string key)
        {
            while (!_end.IsCancellationRequested)
            {
                var time = Stopwatch.GetTimestamp();
                try
                {
                    var answer = await server.AskAsync(Agents, key);
                    if (answer.Status != 200)
                        Failures.Add(answer.Text);
                    Interlocked.Increment(ref _answered);
                    _took.Add(Stopwatch.GetElapsedTime(time).TotalMilliseconds);
                }
                catch (HttpRequestException e)
                {
                    Failures.Add(e.Message);
                }
            }
        }
    }
}
