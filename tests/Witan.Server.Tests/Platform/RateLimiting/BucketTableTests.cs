using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Witan.Server.Platform.RateLimiting;
using Witan.Server.Platform.Telemetry;

namespace Witan.Server.Tests.Platform.RateLimiting;

/// <summary>The table of all callers' buckets: it has an end, and forgets.</summary>
public sealed class BucketTableTests
{
    private const int Most = 100_000;

    private readonly FakeTimeProvider _clock = new(OneServer.Start);

    [Fact]
    public async Task Who_comes_beyond_the_most_shares_a_bucket_with_others_and_the_known_keep_theirs()
    {
        await using var buckets = Local();
        var (two, three) = (new BucketRule("two", 2), new BucketRule("three", 3));
        for (var number = 0; number < Most; number++)
            Assert.True(buckets.AttemptAcquire(new($"caller {number}", two)).IsAcquired);
        Assert.Equal(Most, buckets.Count);

        Assert.True(buckets.AttemptAcquire(new("late", two)).IsAcquired);
        Assert.True(buckets.AttemptAcquire(new("later", two)).IsAcquired);
        Assert.False(buckets.AttemptAcquire(new("latest", two)).IsAcquired);
        Assert.True(buckets.AttemptAcquire(new("caller 5", two)).IsAcquired);
        Assert.False(buckets.AttemptAcquire(new("caller 5", two)).IsAcquired);

        // Neither does a question under another rule make the bucket of the others new.
        Assert.True(buckets.AttemptAcquire(new("late", three)).IsAcquired);
        Assert.False(buckets.AttemptAcquire(new("late", two)).IsAcquired);
        Assert.InRange(buckets.Count, Most, Most + 2);
    }

    [Fact]
    public async Task Buckets_that_nobody_asks_for_five_minutes_go_and_others_stay()
    {
        await using var buckets = Local();
        var rule = new BucketRule("one", 1);
        Assert.True(buckets.AttemptAcquire(new("idle", rule)).IsAcquired);
        Assert.True(buckets.AttemptAcquire(new("busy", rule)).IsAcquired);
        _clock.Advance(TimeSpan.FromMinutes(4.99));
        Assert.True(buckets.AttemptAcquire(new("busy", rule)).IsAcquired);
        buckets.Sweep();
        Assert.Equal(2, buckets.Count);
        _clock.Advance(TimeSpan.FromSeconds(1));
        buckets.Sweep();
        Assert.Equal(1, buckets.Count);
        Assert.False(buckets.AttemptAcquire(new("busy", rule)).IsAcquired);
    }

    [Fact]
    public async Task A_server_sweeps_by_itself()
    {
        await using var server = await Limited.StartAsync(clock: _clock);
        await server.AskAsync("/health/live");
        var buckets = server.Room<Buckets>();
        Assert.Equal(1, buckets.Count);
        for (var round = 0; buckets.Count > 0 && round < 100_000; round++)
        {
            _clock.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(1, TestContext.Current.CancellationToken); // for its timer to be seen
        }
        Assert.Equal(0, buckets.Count);
    }

    [Fact]
    public async Task Callers_that_come_at_once_with_a_new_name_are_counted_once()
    {
        await using var buckets = Local();
        var rule = new BucketRule("rule", 100);
        const int names = 3_000;
        var go = new Barrier(4);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() =>
        {
            for (var number = 0; number < names; number++)
            {
                if (number % 100 == 0)
                    go.SignalAndWait(TimeSpan.FromSeconds(10));
                buckets.AttemptAcquire(new($"caller {number}", rule));
            }
        }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.Equal(names, buckets.Count);
        _clock.Advance(TimeSpan.FromMinutes(6));
        buckets.Sweep();
        Assert.Equal(0, buckets.Count);
    }

    [Fact]
    public async Task A_caller_whose_plan_changes_begins_with_a_new_bucket()
    {
        await using var buckets = Local();
        Assert.True(buckets.AttemptAcquire(new("caller", new("small", 1))).IsAcquired);
        Assert.False(buckets.AttemptAcquire(new("caller", new("small", 1))).IsAcquired);
        Assert.Equal(4, ((BucketLease)buckets.AttemptAcquire(new("caller", new("large", 5)))).Remaining);
        Assert.Equal(3, ((BucketLease)buckets.AttemptAcquire(new("caller", new("large", 5)))).Remaining);
        Assert.Equal(1, buckets.Count);
    }

    [Fact]
    public async Task An_error_of_the_limiter_lets_the_request_through_and_is_counted()
    {
        await using var buckets = new Buckets(null, new BrokenClock());
        using var instruments = new Instruments();
        using var meter = new Counted(instruments.LimiterErrors);
        var limits = new RateLimits(buckets, new(new()), instruments, TimeProvider.System, NullLogger<RateLimits>.Instance);
        var context = new DefaultHttpContext();
        var passed = 0;
        await limits.LimitAsync(context, _ =>
        {
            passed++;
            return Task.CompletedTask;
        });
        Assert.Equal((1, 200, 1), (passed, context.Response.StatusCode, meter.Count));
    }

    private Buckets Local() => new(null, _clock);

    private sealed class BrokenClock : TimeProvider
    {
        public override long GetTimestamp() => throw new InvalidOperationException("The clock is broken.");
    }
}
