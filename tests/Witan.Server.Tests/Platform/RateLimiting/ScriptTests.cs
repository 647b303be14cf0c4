using System.Globalization;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using Witan.Server.Platform.RateLimiting;
using Witan.Server.Platform.Redis;

namespace Witan.Server.Tests.Platform.RateLimiting;

/// <summary>The bucket in Redis and the one in memory are the same bucket.</summary>
public sealed class ScriptTests
{
    private const string Key = "witan:bucket:{test}";
    private static readonly string Script = Scripts.Read("token_bucket");

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(600)]
    [InlineData(10_000)]
    [InlineData(100_000_000)]
    public async Task Both_say_the_same_to_the_same_questions_at_the_same_moments(int perMinute)
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Setting);
        var database = connection.GetDatabase();
        var random = new Random(perMinute);
        var (clock, rule) = (new FakeTimeProvider(OneServer.Start), new BucketRule("rule", perMinute));
        LocalBucket? local = null;
        long at = 0;
        for (var step = 0; step < 300; step++)
        {
            // Time goes by for both: for Redis, by having been there earlier.
            if (local is not null)
                at = await GoBackAsync(database, random.Next(3) switch { 0 => 0, 1 => random.Next(1, 10_000_000 / Math.Min(perMinute, 10_000)), _ => random.Next(70_000_000) });
            var wanted = random.Next(2) == 0 ? 1 : random.Next(1, perMinute + 1);
            var (taken, left) = await TakeAsync(database, perMinute, wanted);
            var now = (await StateAsync(database)).At;
            if (local is not null)
                clock.Advance(TimeSpan.FromMicroseconds(now - at));
            local ??= new(rule, clock);
            Assert.True(local.AttemptAcquire((int)taken).IsAcquired, $"step {step}: Redis let {taken} through");
            Assert.True(taken == wanted || !local.AttemptAcquire().IsAcquired, $"step {step}: Redis let only {taken} of {wanted} through");
            Assert.Equal(rule.Until(left, rule.Full), ((BucketLease)local.AttemptAcquire(0)).Reset);
        }
        local!.Dispose();
    }

    [Fact]
    public async Task No_more_are_taken_than_the_bucket_holds_and_what_the_time_adds()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Setting);
        var database = connection.GetDatabase();
        await Gen.Select(Gen.OneOf(Gen.Int[1, 1_000], Gen.Const(100_000_000)), Gen.Select(Gen.Long[0, 61_000_000], Gen.Int[1, 2_000]).Array[2, 20]).SampleAsync(async (rate, steps) =>
        {
            await database.KeyDeleteAsync(Key);
            Int128 allowed = (Int128)rate * BucketRule.Unit, all = 0;
            long? before = null;
            foreach (var (gone, wanted) in steps)
            {
                if (before is not null)
                    before = await GoBackAsync(database, gone);
                all += (await TakeAsync(database, rate, wanted)).Taken;
                var now = (await StateAsync(database)).At;
                allowed += (Int128)rate * (now - (before ?? now));
                before = now;
                Assert.True(all * BucketRule.Unit <= allowed, $"{all} taken at {rate} a minute");
            }
        }, iter: 40, threads: 1);
    }

    [Fact]
    public async Task A_clock_that_goes_back_gives_nothing_and_every_bucket_goes_by_itself()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Setting);
        var database = connection.GetDatabase();
        Assert.Equal(3, (await TakeAsync(database, 3, 5)).Taken);
        await GoBackAsync(database, -3_600_000_000); // as if it had been an hour later
        Assert.Equal(0, (await TakeAsync(database, 3, 5)).Taken);
        Assert.InRange((await database.KeyTimeToLiveAsync(Key))!.Value, TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(61));
    }

    private static async Task<(long Taken, long Left)> TakeAsync(IDatabase database, int perMinute, int wanted)
    {
        var answer = await database.ScriptEvaluateAsync(Script, [Key], [perMinute, wanted]);
        return ((long)answer[0], (long)answer[1]);
    }

    private static async Task<(long At, string Left)> StateAsync(IDatabase database)
    {
        var parts = ((string)(await database.StringGetAsync(Key))!).Split(':');
        return (long.Parse(parts[0], CultureInfo.InvariantCulture), parts[1]);
    }

    private static async Task<long> GoBackAsync(IDatabase database, long microseconds)
    {
        var (at, left) = await StateAsync(database);
        await database.StringSetAsync(Key, $"{at - microseconds}:{left}", TimeSpan.FromMinutes(1));
        return at - microseconds;
    }
}
