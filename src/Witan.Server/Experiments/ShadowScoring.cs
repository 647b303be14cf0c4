using System.Threading.Channels;
using Witan.Intelligence.Models;
using Witan.Server.Fixes;
using Witan.Server.Models;
using Witan.Server.Storage;

namespace Witan.Server.Experiments;

/// <summary>What a scorer that did not answer said of a fix.</summary>
internal sealed record ShadowScore(Guid FixId, string Scorer, double Confidence);

/// <summary>
/// Scores every fix with the scorers that did not answer it: after its commit, beside the requests, and stored a moment later,
/// many in a transaction. It needs no HTTP, and stores what it holds before the writer stops.
/// </summary>
internal sealed partial class ShadowScoring : IAsyncDisposable
{
    private const int Capacity = 10_000;
    private const int MostInBatch = 512;

    // So that fixes that come one by one share a flush to the disk; about that, not about the time of any fix.
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly WriteQueue _writes;
    private readonly ILogger<ShadowScoring> _log;
    private readonly Channel<Unscored> _channel;
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;
    private int _dropped;
    private bool _isLate;

    public ShadowScoring(WriteQueue writes, ILogger<ShadowScoring> log)
    {
        (_writes, _log) = (writes, log);
        _channel = Channel.CreateBounded<Unscored>(new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, Drop);
    }

    public void Start() => _loop = Task.Run(LoopAsync);

    /// <summary>Takes a fix that is being stored, with its arm in a live experiment.</summary>
    public Task TakeAsync(WriteSession session, Guid id, Scored scored)
    {
        var fix = new Unscored(id, scored.Serving, scored.Vector, scored.Scorer, scored.Assignment);
        session.AfterCommit(() => _channel.Writer.TryWrite(fix));
        return scored.Assignment is { } assignment ? ExperimentStore.AddAssignmentAsync(session, id, assignment) : Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Writer.TryComplete();
        await _stopping.CancelAsync();
        await _loop;
        _stopping.Dispose();
    }

    private async Task LoopAsync()
    {
        var batch = new List<ShadowScore>();
        while (await _channel.Reader.WaitToReadAsync())
        {
            await WaitAsync(Linger);
            while (_channel.Reader.TryRead(out var fix))
            {
                batch.AddRange(ScoresOf(fix));
                if (batch.Count >= MostInBatch)
                    await StoreAsync(batch);
            }
            await StoreAsync(batch);
            if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
                LogCaughtUp(_log, dropped);
        }
    }

    private static IEnumerable<ShadowScore> ScoresOf(Unscored fix)
    {
        foreach (var (name, scorer) in OthersOf(fix))
        {
            if (Arms.Reads(scorer, fix.Serving.Schema) && scorer.Judge(fix.Vector.AsSpan(0, scorer.Schema.Count)).Probability is >= 0 and <= 1 and var confidence)
                yield return new(fix.Id, name, confidence);
        }
    }

    // Every scorer in force that did not answer. In a live experiment that may be the champion, and the arm may be no challenger.
    private static IEnumerable<(string Name, IScorer Scorer)> OthersOf(Unscored fix)
    {
        var serving = fix.Serving;
        if (fix.Served != ServingScorers.Heuristic)
            yield return (ServingScorers.Heuristic, Arms.Heuristic);
        foreach (var challenger in serving.Challengers.Where(challenger => challenger.Version != fix.Served))
            yield return challenger;
        if (fix.Assignment is not { } assignment)
            yield break;
        if (serving.Version != fix.Served && Arms.Find(Arms.Ml, serving) is { } champion)
            yield return (Arms.Ml, champion.Scorer);
        yield return (assignment.OtherArm, assignment.OtherScorer);
    }

    // While the database cannot be written the scores wait here, and the fixes in the channel, of which the oldest go when it is full.
    private async Task StoreAsync(List<ShadowScore> scores)
    {
        while (scores.Count > 0)
        {
            var isLast = _stopping.IsCancellationRequested;
            try
            {
                await _writes.RunAsync(ExperimentStore.AddScores, [.. scores]);
                scores.Clear();
                _isLate = false;
            }
            catch (StorageFault e) when (!isLast)
            {
                if (!_isLate)
                    LogLate(_log, e.Message);
                _isLate = true;
                await WaitAsync(Pause);
            }
            catch (Exception e)
            {
                LogLost(_log, scores.Count, e);
                scores.Clear();
            }
        }
    }

    private async Task WaitAsync(TimeSpan time) => await Task.Delay(time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private void Drop(Unscored fix)
    {
        if (Interlocked.Increment(ref _dropped) == 1)
            LogBehind(_log, Capacity);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Capacity} fixes wait to be scored in shadow; the oldest are passed over, and experiments do without them")]
    private static partial void LogBehind(ILogger logger, int capacity);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Shadow scoring has caught up; {Count} fixes were passed over")]
    private static partial void LogCaughtUp(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Shadow scores are stored late: {Reason}")]
    private static partial void LogLate(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} shadow scores are lost; experiments do without them")]
    private static partial void LogLost(ILogger logger, int count, Exception exception);

    private sealed record Unscored(Guid Id, ServingScorers Serving, double[] Vector, string Served, Assignment? Assignment);
}
