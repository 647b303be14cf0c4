using System.Data.Common;
using System.Collections.Concurrent;

namespace Witan.Server.Storage;

/// <summary>Does a group of writes of one kind in the session's transaction: an answer for each input, in order.</summary>
internal delegate Task<IReadOnlyList<TOut>> WriteOperation<TIn, TOut>(WriteSession session, IReadOnlyList<TIn> inputs);

/// <summary>A transaction of this process that is durable: between which versions of the database, and the tags of what it changed.</summary>
internal readonly record struct Commit(long Before, long After, IReadOnlyCollection<int> Touched, int Writes, TimeSpan Took);

/// <summary>
/// The one writer of this process. Requests that arrive together share a transaction and its flush to disk (group commit), and
/// each is answered after the commit. A write that fails is undone alone; when the commit fails, all of its group fail.
/// It has a thread of its own, which waits for the database: in the pool, each of its steps would stand in line behind the requests
/// that wait for it.
/// </summary>
internal sealed partial class WriteQueue(Database database, ILogger<WriteQueue> log) : IAsyncDisposable
{
    private const int Capacity = 10_000;
    private const int MostInGroup = 512;

    private readonly BlockingCollection<Pending> _waiting = new(Capacity);
    private readonly List<(string Kind, Func<WriteSession, Task> Action, bool IsJudgedBy)> _whenOthersWrote = [];
    private readonly ConcurrentDictionary<object, object> _reads = new(); // by operation, what it has to know of its inputs
    private readonly Dictionary<string, long> _known = [];
    private readonly List<Action<Commit>> _whenCommitted = [];
    private readonly List<Action<long>> _whenBehind = [];
    private Task _loop = Task.CompletedTask;
    private Writer? _writer;
    private int _catchUps;

    /// <summary>The sum of the versions of all kinds as they were after the last transaction here: a database that tells another has news.</summary>
    public long Seen { get; private set; } = -1;

    /// <summary>Moves whenever something that others wrote, and answers depend on, was taken into memory.</summary>
    public int CatchUps => Volatile.Read(ref _catchUps);

    /// <summary>Runs at the start of the first transaction, and of any before which another process has changed records of a kind.</summary>
    /// <param name="kind">The kind of record.</param>
    /// <param name="action">Takes the changes into memory.</param>
    /// <param name="isJudgedBy">Whether answers depend on it, so that what was judged before has to be judged anew.</param>
    public void WhenOthersWrote(string kind, Func<WriteSession, Task> action, bool isJudgedBy = true) => _whenOthersWrote.Add((kind, action, isJudgedBy));

    /// <summary>What inputs of an operation have to know, so that it is asked with the beginning of a transaction that begins with them.</summary>
    public void BeginWith<TIn, TOut>(WriteOperation<TIn, TOut> operation, Func<IReadOnlyList<TIn>, IReads> reads) => _reads[operation] = reads;

    /// <summary>Runs after each commit here, before anybody is answered.</summary>
    public void WhenCommitted(Action<Commit> action) => _whenCommitted.Add(action);

    /// <summary>Runs when another process has written, with the version up to which; what it wrote is in memory by then.</summary>
    public void WhenBehind(Action<long> action) => _whenBehind.Add(action);

    /// <summary>How many writes wait.</summary>
    public int Depth => _waiting.Count;

    public async Task StartAsync(CancellationToken cancel)
    {
        _writer = await database.OpenWriterAsync(cancel);
        _loop = Task.Factory.StartNew(Loop, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Writes, and returns after the commit.</summary>
    /// <exception cref="StorageFault">The database cannot serve, or too many writes wait; the caller may try again.</exception>
    public async Task<TOut> RunAsync<TIn, TOut>(WriteOperation<TIn, TOut> operation, TIn input)
    {
        if (database.Away is { } away)
            throw away;
        var pending = new Pending<TIn, TOut>(operation, input, _reads.GetValueOrDefault(operation) as Func<IReadOnlyList<TIn>, IReads>);
        if (!TryWait(pending))
            throw new StorageFault("Too many writes are waiting. Try again shortly.", false);
        return await pending.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.CompleteAdding();
        await _loop;
        _waiting.Dispose();
        await (_writer?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private bool TryWait(Pending pending)
    {
        try
        {
            return _waiting.TryAdd(pending);
        }
        catch (InvalidOperationException)
        {
            return false; // it is being closed
        }
    }

    private void Loop()
    {
        var group = new List<Pending>();
        foreach (var first in _waiting.GetConsumingEnumerable())
        {
            group.Add(first);
            while (group.Count < MostInGroup && _waiting.TryTake(out var pending))
                group.Add(pending);
            CommitAsync(group).GetAwaiter().GetResult();
            group.Clear();
        }
    }

    private async Task CommitAsync(List<Pending> group)
    {
        WriteSession? session = null;
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        try
        {
            _writer ??= await database.OpenWriterAsync(CancellationToken.None);
            var runs = RunsOf(group);
            session = await _writer.BeginAsync(runs[0].Opening);
            await CatchUpAsync(session);
            foreach (var run in runs)
                await run.DoAsync(session);
            await session.CommitAsync();
        }
        catch (Exception e)
        {
            await UndoAsync(session, group, e);
            return;
        }
        Remember(session);
        foreach (var action in session.Committed)
            Follow(action);
        var commit = new Commit(session.VersionSumBefore, session.VersionSum, session.Touched, group.Count, System.Diagnostics.Stopwatch.GetElapsedTime(began));
        foreach (var action in _whenCommitted)
            action(commit);
        foreach (var pending in group)
            pending.Answer();
    }

    private static List<Run> RunsOf(List<Pending> group)
    {
        var runs = new List<Run>();
        for (var start = 0; start < group.Count;)
        {
            var end = start + 1;
            while (end < group.Count && group[end].IsLike(group[start]))
                end++;
            runs.Add(group[start].RunOf(group[start..end]));
            start = end;
        }
        return runs;
    }

    private async Task CatchUpAsync(WriteSession session)
    {
        foreach (var (kind, action, isJudgedBy) in _whenOthersWrote)
        {
            if (_known.TryGetValue(kind, out var known) && known == session.VersionOf(kind))
                continue;
            await action(session);
            if (isJudgedBy)
                Interlocked.Increment(ref _catchUps); // after it: what was judged meanwhile is to be judged anew
        }
        if (Seen < 0 || Seen == session.VersionSumBefore)
            return;
        foreach (var action in _whenBehind)
            action(session.VersionSumBefore);
    }

    private void Remember(WriteSession session)
    {
        foreach (var (kind, _, _) in _whenOthersWrote)
            _known[kind] = session.VersionAfter(kind);
        Seen = session.VersionSum;
    }

    // What was committed stays committed whatever happens to the memory of it; that is read anew.
    private void Follow(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            LogNotFollowed(log, e);
            _known.Clear();
        }
    }

    // When the database failed, all fail with it. When one of the writes did, each is done anew in a transaction of its own.
    private async Task UndoAsync(WriteSession? session, List<Pending> group, Exception exception)
    {
        var fault = exception as StorageFault ?? (exception is DbException e ? StorageFault.Of(e) : null);
        if (fault is not null)
            LogFault(log, group.Count, fault.Message);
        else if (group.Count == 1)
            LogFailed(log, exception);
        await RollbackAsync(session, fault);
        foreach (var action in session?.Undone ?? [])
            action();
        if (fault is null && group.Count > 1)
        {
            foreach (var pending in group)
                await CommitAsync([pending]);
            return;
        }
        foreach (var pending in group)
            pending.Fail(fault ?? exception);
        if (database.Away is null)
            return;
        while (_waiting.TryTake(out var waiting)) // rather than have each wait for a deadline of its own
            waiting.Fail(fault ?? exception);
    }

    private async Task RollbackAsync(WriteSession? session, StorageFault? fault)
    {
        try
        {
            if (session is not null)
                await session.RollbackAsync();
            if (database.Deadline is null || (fault is null && session?.Connection.State == System.Data.ConnectionState.Open))
                return;
        }
        catch (Exception e) when (e is DbException or InvalidOperationException or IOException)
        {
            LogFault(log, 0, e.Message);
        }
        // A connection that failed is not trusted again.
        await (_writer?.DisposeAsync() ?? ValueTask.CompletedTask);
        _writer = null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A transaction of {Count} writes was rolled back: {Reason}")]
    private static partial void LogFault(ILogger logger, int count, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A write failed and was rolled back")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Critical, Message = "What was committed could not be taken into memory; it is read anew")]
    private static partial void LogNotFollowed(ILogger logger, Exception exception);

    private abstract class Pending
    {
        public abstract bool IsLike(Pending other);

        public abstract Run RunOf(List<Pending> alike);

        public abstract void Answer();

        public abstract void Fail(Exception exception);
    }

    /// <summary>Writes that are alike and come one after the other.</summary>
    private abstract class Run
    {
        public abstract Opening? Opening { get; }

        public abstract Task DoAsync(WriteSession session);
    }

    private sealed class Pending<TIn, TOut>(WriteOperation<TIn, TOut> operation, TIn input, Func<IReadOnlyList<TIn>, IReads>? reads) : Pending
    {
        private readonly TaskCompletionSource<TOut> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TOut? _result;

        public Task<TOut> Task => _done.Task;

        public override bool IsLike(Pending other) => other is Pending<TIn, TOut> same && same.Operation == operation;

        private WriteOperation<TIn, TOut> Operation => operation;

        private TIn Input => input;

        public override Run RunOf(List<Pending> alike) => new Alike(operation, reads, [.. alike.Cast<Pending<TIn, TOut>>()]);

        public override void Answer() => _done.TrySetResult(_result!);

        public override void Fail(Exception exception) => _done.TrySetException(exception);

        private sealed class Alike(WriteOperation<TIn, TOut> operation, Func<IReadOnlyList<TIn>, IReads>? reads, List<Pending<TIn, TOut>> pending) : Run
        {
            private readonly List<TIn> _inputs = [.. pending.Select(p => p.Input)];

            public override Opening? Opening => reads is null ? null : new(_inputs, reads(_inputs));

            public override async Task DoAsync(WriteSession session)
            {
                var results = await operation(session, _inputs);
                for (var i = 0; i < pending.Count; i++)
                    pending[i]._result = results[i];
            }
        }
    }
}
