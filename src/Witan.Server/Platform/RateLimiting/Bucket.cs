using System.Threading.RateLimiting;

namespace Witan.Server.Platform.RateLimiting;

/// <summary>A token bucket: so many requests a minute, all of which may come at once. It fills steadily.</summary>
/// <param name="Name">Of the policy, as callers see it.</param>
/// <param name="PerMinute">Requests a minute, and how many the bucket holds.</param>
/// <param name="IsExact">Whether nodes that share it ask Redis for each request, and take none in store.</param>
/// <param name="IsShare">Whether it is what one node of several lets through while they cannot agree.</param>
internal sealed record BucketRule(string Name, int PerMinute, bool IsExact = false, bool IsShare = false)
{
    /// <summary>The small unit of tokens: what a microsecond adds to a bucket of n a minute is exactly n of them.</summary>
    public const long Unit = 60_000_000;

    /// <summary>The field <c>RateLimit-Policy</c>, as in draft-ietf-httpapi-ratelimit-headers.</summary>
    public string Field { get; } = $"\"{Name}\";q={PerMinute};w=60";

    public string Limit { get; } = PerMinute.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public long Full => PerMinute * Unit;

    /// <summary>How long until a bucket with so much in it holds so much.</summary>
    public TimeSpan Until(long left, long wanted) => wanted <= left ? TimeSpan.Zero : TimeSpan.FromMicroseconds(Math.Ceiling((double)(wanted - left) / PerMinute));
}

/// <summary>An answer of a bucket.</summary>
internal sealed class BucketLease(BucketRule rule, bool isAcquired, long left) : RateLimitLease
{
    private static readonly string[] Names = [MetadataName.RetryAfter.Name];

    public BucketRule Rule => rule;

    /// <summary>Whether it was decided without Redis, which should have been asked.</summary>
    public bool IsAlone => rule.IsShare;

    public override bool IsAcquired => isAcquired;

    /// <summary>Whole tokens that are left.</summary>
    public long Remaining => left / BucketRule.Unit;

    /// <summary>How long until the bucket is full.</summary>
    public TimeSpan Reset => rule.Until(left, rule.Full);

    /// <summary>How long until there is a token.</summary>
    public TimeSpan RetryAfter => rule.Until(left, BucketRule.Unit);

    public override IEnumerable<string> MetadataNames => Names;

    public override bool TryGetMetadata(string metadataName, out object? metadata)
    {
        metadata = !isAcquired && metadataName == MetadataName.RetryAfter.Name ? RetryAfter : null;
        return metadata is not null;
    }
}

/// <summary>A bucket in this process.</summary>
internal sealed class LocalBucket(BucketRule rule, TimeProvider clock) : RateLimiter
{
    private readonly Lock _gate = new();
    private long _left = rule.Full;
    private long _at = clock.GetTimestamp();

    public override TimeSpan? IdleDuration => null;

    /// <summary>Whether it holds all that it can, and so is like a new one.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate)
            {
                Fill();
                return _left == rule.Full;
            }
        }
    }

    public override RateLimiterStatistics GetStatistics()
    {
        lock (_gate)
            return new() { CurrentAvailablePermits = _left / BucketRule.Unit };
    }

    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        lock (_gate)
        {
            Fill();
            var isTaken = _left >= permitCount * BucketRule.Unit;
            if (isTaken)
                _left -= permitCount * BucketRule.Unit;
            return new BucketLease(rule, isTaken, _left);
        }
    }

    protected override ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken) => new(AttemptAcquireCore(permitCount));

    // By whole microseconds; the rest of one counts the next time, or a bucket that is asked all the time would never fill.
    private void Fill()
    {
        var now = clock.GetTimestamp();
        var elapsed = (long)clock.GetElapsedTime(_at, now).TotalMicroseconds;
        var isLong = elapsed >= BucketRule.Unit;
        _left = isLong ? rule.Full : Math.Min(rule.Full, _left + (elapsed * rule.PerMinute));
        _at = isLong ? now : _at + (elapsed * clock.TimestampFrequency / 1_000_000);
    }
}
