using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Witan.Server.Platform.RateLimiting;

namespace Witan.Server.Tests.Platform.RateLimiting;

/// <summary>The arithmetic of a bucket, against the same in exact numbers.</summary>
public sealed class LocalBucketTests
{
    private const long TicksPerMinute = TimeSpan.TicksPerMinute;

    private static readonly Gen<int> Rates = Gen.OneOf(Gen.Int[1, 20], Gen.Int[1, 20_000], Gen.Const(100_000_000));

    // From a part of a microsecond to more than a minute.
    private static readonly Gen<long> Waits = Gen.OneOf(Gen.Long[0, 30], Gen.Long[0, 1_000_000], Gen.Long[0, TicksPerMinute * 3 / 2]);

    [Fact]
    public void No_more_are_let_through_than_the_exact_bucket_holds_and_none_is_refused_that_it_holds() =>
        Gen.Select(Rates, Gen.Select(Waits, Gen.Int[1, 40]).Array[1, 60]).Sample((rate, steps) =>
        {
            var clock = new FakeTimeProvider(OneServer.Start);
            using var bucket = new LocalBucket(new("rule", rate), clock);
            Int128 full = (Int128)rate * TicksPerMinute, left = full;
            foreach (var (wait, asks) in steps)
            {
                clock.Advance(TimeSpan.FromTicks(wait));
                left = Int128.Min(full, left + ((Int128)wait * rate));
                for (var ask = 0; ask < asks; ask++)
                {
                    using var lease = bucket.AttemptAcquire();
                    if (lease.IsAcquired)
                        left -= TicksPerMinute;
                    Assert.True(left >= 0, $"one too many at {rate} a minute");
                    Assert.True(lease.IsAcquired || left < TicksPerMinute + (10 * rate), $"refused with a token there at {rate} a minute"); // but for the microsecond that is not over
                }
            }
        }, iter: 2_000);

    [Fact]
    public void In_no_span_of_time_are_more_let_through_than_the_bucket_holds_and_what_the_span_adds() =>
        Gen.Select(Rates, Waits.Array[2, 80]).Sample((rate, waits) =>
        {
            var clock = new FakeTimeProvider(OneServer.Start);
            using var bucket = new LocalBucket(new("rule", rate), clock);
            var taken = new List<long>();
            foreach (var wait in waits)
            {
                clock.Advance(TimeSpan.FromTicks(wait));
                using var lease = bucket.AttemptAcquire();
                if (lease.IsAcquired)
                    taken.Add(clock.GetTimestamp());
            }
            for (var from = 0; from < taken.Count; from++)
            {
                for (var to = from; to < taken.Count; to++)
                    Assert.True((Int128)(to - from + 1) * TicksPerMinute <= (Int128)rate * (TicksPerMinute + taken[to] - taken[from]));
            }
        }, iter: 1_000);

    [Fact]
    public void A_bucket_that_is_asked_all_the_time_fills_as_fast_as_any()
    {
        var clock = new FakeTimeProvider(OneServer.Start);
        using var bucket = new LocalBucket(new("rule", 60_000), clock); // one in a millisecond
        Empty(bucket);
        var (start, admitted) = (clock.GetTimestamp(), 0);
        while (clock.GetElapsedTime(start) < TimeSpan.FromMilliseconds(5.0001))
        {
            clock.Advance(TimeSpan.FromTicks(7)); // less than the microsecond in which it counts
            admitted += bucket.AttemptAcquire().IsAcquired ? 1 : 0;
        }
        Assert.Equal(5, admitted);
    }

    [Fact]
    public void The_highest_rate_overflows_nothing()
    {
        var clock = new FakeTimeProvider(OneServer.Start);
        using var bucket = new LocalBucket(new("rule", 100_000_000), clock);
        Assert.True(bucket.AttemptAcquire(100_000_000).IsAcquired);
        Assert.False(bucket.AttemptAcquire().IsAcquired);
        foreach (var gone in new[] { TimeSpan.FromSeconds(59.999999), TimeSpan.FromDays(20_000) })
        {
            clock.Advance(gone);
            var lease = (BucketLease)bucket.AttemptAcquire(0);
            Assert.Equal((long)(Math.Min(gone.TotalMinutes, 1) * 100_000_000), lease.Remaining);
            Assert.InRange(lease.Reset, TimeSpan.Zero, TimeSpan.FromMicroseconds(2));
        }
        Assert.True(bucket.AttemptAcquire(100_000_000).IsAcquired);
    }

    [Fact]
    public void After_the_time_that_a_refusal_names_there_is_a_token_and_not_before() =>
        Gen.Select(Rates.Where(rate => rate <= 20_000), Gen.Long[0, TicksPerMinute]).Sample((rate, into) =>
        {
            var clock = new FakeTimeProvider(OneServer.Start);
            using var bucket = new LocalBucket(new("rule", rate), clock);
            Empty(bucket);
            clock.Advance(TimeSpan.FromTicks(into % (TicksPerMinute / rate) / 10 * 10));
            var refused = (BucketLease)bucket.AttemptAcquire();
            Assert.False(refused.IsAcquired);
            Assert.True(refused.TryGetMetadata(System.Threading.RateLimiting.MetadataName.RetryAfter, out var wait));
            clock.Advance(wait - TimeSpan.FromMicroseconds(1));
            Assert.False(bucket.AttemptAcquire().IsAcquired);
            clock.Advance(TimeSpan.FromMicroseconds(1));
            Assert.True(bucket.AttemptAcquire().IsAcquired);
        }, iter: 300);

    private static void Empty(LocalBucket bucket)
    {
        while (bucket.AttemptAcquire().IsAcquired)
        {
        }
    }
}
