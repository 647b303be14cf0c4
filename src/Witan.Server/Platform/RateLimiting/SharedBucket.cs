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
    private Task<Fetched>? _fetching;
    private int _waiting;
    private long _held;
    private long _left; // in the bucket, as Redis last told
    private long _emptyUntil;

    public override TimeSpan? IdleDuration => null;

    public override RateLimiterStatistics? GetStatistics() => null;

    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        lock (_gate)
            return Decide(_waiting, !server.IsUp) ?? new BucketLease(rule, false, 0);
    }

    protected override ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (Decide(_waiting, !server.IsUp) is { } decided)
                return new(decided);
            _waiting++;
            var isCounted = _fetching is null;
            return WaitAsync(_fetching ??= FetchAsync(), isCounted);
        }
    }

    // Who was counted when tokens were asked for finds one held, or there were too few: nobody waits for long.
    private async ValueTask<RateLimitLease> WaitAsync(Task<Fetched> fetching, bool isCounted)
    {
        while (true)
        {
            Fetched fetched;
            try
            {
                fetched = await fetching;
            }
            catch
            {
                lock (_gate)
                    _waiting--;
                throw;
            }
            lock (_gate)
            {
                var decided = Decide(0, fetched == Fetched.Nothing);
                if (decided is null && isCounted && fetched == Fetched.TooFew)
                    decided = new(rule, false, _left);
                if (decided is not null)
                {
                    _waiting--;
                    return decided;
                }
                isCounted = true;
                fetching = _fetching ??= FetchAsync();
            }
        }
    }

    // What can be said without Redis; null when it has to be asked. Those that wait come before those that arrive.
    private BucketLease? Decide(int before, bool isAlone)
    {
        if (_held > before)
        {
            _held--;
            if (_held < _batch / 4 && !isAlone && WaitForToken() <= TimeSpan.Zero)
                _fetching ??= FetchAsync();
            return new(rule, true, _left + (_held * BucketRule.Unit));
        }
        if (isAlone)
            return (BucketLease)(_alone ??= new(server.ShareOf(rule), clock)).AttemptAcquire();
        var wait = WaitForToken();
        return wait > TimeSpan.Zero ? new(rule, false, Math.Max(0, BucketRule.Unit - ((long)wait.TotalMicroseconds * rule.PerMinute))) : null;
    }

    private TimeSpan WaitForToken() => _emptyUntil == 0 ? TimeSpan.Zero : clock.GetElapsedTime(clock.GetTimestamp(), _emptyUntil);

    // In the background even where Redis answers at once: whoever begins it holds the gate.
    private async Task<Fetched> FetchAsync()
    {
        await Task.Yield();
        (long Taken, long Left)? answer;
        int wanted;
        try
        {
            lock (_gate)
                wanted = (int)(Math.Max(_batch, _waiting) - _held);
            answer = wanted > 0 ? await server.TakeAsync(key, rule, wanted) : (0, _left);
        }
        catch
        {
            lock (_gate)
                _fetching = null; // the next one tries anew
            throw;
        }
        lock (_gate)
        {
            _fetching = null;
            return Note(wanted, answer);
        }
    }

    private Fetched Note(int wanted, (long Taken, long Left)? answer)
    {
        if (answer is not (var taken, var left))
            return Fetched.Nothing;
        if (_alone is { IsFull: true })
            _alone = null; // until then it goes on from what it has let through, should Redis come and go
        if (wanted <= 0)
            return Fetched.Enough;
        (_held, _left) = (_held + taken, left);
        _emptyUntil = taken >= wanted ? 0 : clock.GetTimestamp() + (long)(rule.Until(left, BucketRule.Unit).TotalSeconds * clock.TimestampFrequency);
        return taken >= wanted ? Fetched.Enough : Fetched.TooFew;
    }

    /// <summary>What came of asking Redis for tokens.</summary>
    private enum Fetched
    {
        Nothing,
        TooFew,
        Enough,
    }
}
