using System.Threading.RateLimiting;

namespace Witan.Server.Platform.RateLimiting;

/// <summary>
/// A bucket in Redis that all nodes share. A busy one is taken from in small batches ahead of need, so that few requests wait for
/// Redis: each node then holds at most a hundredth of a minute's tokens, and only by that much may more come in any minute than the rule
/// says. Where the rule is exact nothing is held, and those that wait at the same time ask together. A bucket that is empty refuses
/// until the moment at which it can hold a token, without asking.
/// </summary>
internal sealed class SharedBucket(BucketRule rule, BucketServer server, string key, TimeProvider clock) : RateLimiter
{
    private const int MostAhead = 1_000;

    private readonly Lock _gate = new();
    private readonly int _batch = rule.IsExact ? 1 : Math.Clamp(rule.PerMinute / 100, 1, MostAhead);
    private LocalBucket? _alone; // while Redis is away
    private Task<bool>? _fetching;
    private int _waiting;
    private long _held;
    private long _left; // in the bucket, as Redis last told
    private long _emptyUntil;

    public override TimeSpan? IdleDuration => null;

    public override RateLimiterStatistics? GetStatistics() => null;

    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        lock (_gate)
            return Decide() ?? new BucketLease(rule, false, 0);
    }

    protected override ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
    {
        Task<bool> fetching;
        lock (_gate)
        {
            if (Decide() is { } decided)
                return new(decided);
            _waiting++;
            fetching = _fetching ??= FetchAsync();
        }
        return WaitAsync(fetching);
    }

    private async ValueTask<RateLimitLease> WaitAsync(Task<bool> fetching)
    {
        while (true)
        {
            var isAnswered = await fetching;
            lock (_gate)
            {
                if ((isAnswered ? Decide() : (BucketLease)_alone!.AttemptAcquire()) is { } decided)
                {
                    _waiting--;
                    return decided;
                }
                fetching = _fetching ??= FetchAsync();
            }
        }
    }

    // What can be said without Redis; null when it has to be asked.
    private BucketLease? Decide()
    {
        if (_held > 0)
        {
            _held--;
            if (_held < _batch / 4 && server.IsUp)
                _fetching ??= FetchAsync();
            return new(rule, true, _left + (_held * BucketRule.Unit));
        }
        if (!server.IsUp)
            return (BucketLease)(_alone ??= new(server.ShareOf(rule), clock)).AttemptAcquire();
        var wait = clock.GetElapsedTime(clock.GetTimestamp(), _emptyUntil);
        return _emptyUntil != 0 && wait > TimeSpan.Zero ? new(rule, false, Math.Max(0, BucketRule.Unit - ((long)wait.TotalMicroseconds * rule.PerMinute))) : null;
    }

    // Whether Redis answered. In the background even where it does at once: whoever begins it holds the gate.
    private async Task<bool> FetchAsync()
    {
        await Task.Yield();
        int wanted;
        lock (_gate)
            wanted = rule.IsExact ? Math.Max(1, _waiting) : Math.Max(_batch, _waiting);
        var answer = await server.TakeAsync(key, rule, wanted);
        lock (_gate)
        {
            _fetching = null;
            if (answer is not (var taken, var left))
            {
                _alone ??= new(server.ShareOf(rule), clock);
                return false;
            }
            _alone = null;
            (_held, _left) = (_held + taken, left);
            _emptyUntil = taken > 0 ? 0 : clock.GetTimestamp() + (long)(rule.Until(left, BucketRule.Unit).TotalSeconds * clock.TimestampFrequency);
            return true;
        }
    }
}
