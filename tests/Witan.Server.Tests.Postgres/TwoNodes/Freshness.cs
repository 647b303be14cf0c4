using System.Collections.Concurrent;
using System.Diagnostics;
using Witan.Client;
using Witan.Server.Tests.Platform.Caching;

namespace Witan.Server.Tests.TwoNodes;

/// <summary>
/// Writes through one node and reads through both: each read must know of every write that was answered some time before it was sent, and
/// at the node that wrote of every one that was answered at all. Writes are of one fix at a time, whose list grows by one.
/// </summary>
internal sealed class Freshness(WitanServer writer, WitanServer other)
{
    private readonly ConcurrentQueue<string> _complaints = [];
    private readonly List<long> _answered = []; // when the fix of each number was answered
    private readonly Lock _gate = new();
    private long _worst;
    private int _reads;
    private int _hits;

    /// <summary>What was not as promised: reads that were too old, and answers other than 200.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>The oldest that a read of the other node was.</summary>
    public TimeSpan Worst => TimeSpan.FromTicks(Volatile.Read(ref _worst));

    public int Reads => _reads;

    public double HitRate => (double)_hits / Math.Max(1, _reads);

    public override string ToString() => $"{_answered.Count} writes, {_reads} reads, {HitRate:P0} of them hits; the oldest at the other node was {Worst.TotalMilliseconds:0} ms behind";

    /// <summary>Writes and reads until there are so many writes.</summary>
    /// <param name="writes">How many.</param>
    /// <param name="allowed">How old a read of the other node may be.</param>
    /// <param name="beside">Is told the number of each write.</param>
    public async Task RunAsync(int writes, TimeSpan allowed, Func<int, Task>? beside = null)
    {
        using var end = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 6).Select(i => Task.Run(() => ReadAsync(i % 3 == 0 ? writer : other, i % 3 == 0 ? TimeSpan.Zero : allowed, i, end.Token))).ToList();
        for (var i = 0; i < writes; i++)
        {
            var answer = await writer.PostAsync("/auto-fixes", new FixProposal { AgentId = "fresh", FixStrategy = "code_patch", Outcome = new() { Success = true } });
            if (answer.Status != 201)
                _complaints.Enqueue($"write {i}: {answer.Status} {answer.Text}");
            lock (_gate)
                _answered.Add(Stopwatch.GetTimestamp());
            await CheckAsync(writer, TimeSpan.Zero, "/agents/fresh");
            await (beside?.Invoke(i) ?? Task.CompletedTask);
        }
        await Task.Delay(allowed + TimeSpan.FromMilliseconds(20));
        await CheckAsync(other, allowed, "/agents/fresh");
        await end.CancelAsync();
        await Task.WhenAll(readers);
    }

    private async Task ReadAsync(WitanServer node, TimeSpan allowed, int reader, CancellationToken end)
    {
        var random = new Random(reader);
        while (!end.IsCancellationRequested)
        {
            // The answer is kept by target: some are asked for again and again, others come and go.
            await CheckAsync(node, allowed, random.Next(4) > 0 ? "/agents/fresh" : $"/agents/fresh?{new string('&', random.Next(5))}");
            await Task.Delay(random.Next(3), CancellationToken.None);
        }
    }

    private async Task CheckAsync(WitanServer node, TimeSpan allowed, string read)
    {
        var sent = Stopwatch.GetTimestamp();
        int known;
        lock (_gate)
            known = _answered.Count;
        var answer = await node.GetAsync(read);
        Interlocked.Increment(ref _reads);
        if (answer.IsHit())
            Interlocked.Increment(ref _hits);
        if (answer.Status == 404 && known == 0)
            return;
        if (answer.Status != 200)
        {
            _complaints.Enqueue($"{read}: {answer.Status} {answer.Text}");
            return;
        }
        var seen = (int)answer.As<Agent>().Overall.N;
        if (seen >= known)
            return;
        long missing;
        lock (_gate)
            missing = _answered[seen]; // the first write that it does not know of
        var behind = Stopwatch.GetElapsedTime(missing, sent);
        if (node == other && behind.Ticks > Worst.Ticks)
            Interlocked.Exchange(ref _worst, behind.Ticks);
        if (behind > allowed)
            _complaints.Enqueue($"{(node == writer ? "own" : "other")} node, {read}: {seen} of {known}, {behind.TotalMilliseconds:0} ms behind [{answer.CacheStatus()}]");
    }
}
