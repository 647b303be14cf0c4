using System.Data.Common;
using System.Threading.Channels;

namespace Witan.Server.Storage;

/// <summary>Does a group of writes of one kind in the session's transaction: an answer for each input, in order.</summary>
internal delegate Task<IReadOnlyList<TOut>> WriteOperation<TIn, TOut>(WriteSession session, IReadOnlyList<TIn> inputs);

/// <summary>
/// The one writer. Requests that arrive together share a transaction and its flush to disk (group commit), and each is
/// answered after the commit. A write that fails is undone alone; when the commit fails, all of its group fail.
/// </summary>
internal sealed partial class WriteQueue(Database database, ILogger<WriteQueue> log) : IAsyncDisposable
{
    private const int Capacity = 10_000;
    private const int MostInGroup = 512;

    private readonly Channel<Pending> _channel = Channel.CreateBounded<Pending>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly Dictionary<string, DbCommand> _prepared = [];
    private readonly List<Func<WriteSession, Task>> _whenOthersWrote = [];
    private Task _loop = Task.CompletedTask;
    private DbConnection? _connection;
    private long? _dataVersion;

    /// <summary>Runs at the start of the first transaction, and of any before which another process has written.</summary>
    public void WhenOthersWrote(Func<WriteSession, Task> action) => _whenOthersWrote.Add(action);

    public async Task StartAsync(CancellationToken cancel)
    {
        _connection = await database.OpenWriterAsync(cancel);
        _loop = Task.Run(LoopAsync, CancellationToken.None);
    }

    /// <summary>Writes, and returns after the commit.</summary>
    public async Task<TOut> RunAsync<TIn, TOut>(WriteOperation<TIn, TOut> operation, TIn input)
    {
        var pending = new Pending<TIn, TOut>(operation, input);
        Enqueue(pending);
        return await pending.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Writer.TryComplete();
        await _loop;
        foreach (var command in _prepared.Values)
            await command.DisposeAsync();
        if (_connection is not null)
            await _connection.DisposeAsync();
    }

    private void Enqueue(Pending pending)
    {
        if (!_channel.Writer.TryWrite(pending))
            throw new StorageFault("Too many writes are waiting. Try again shortly.", false);
    }

    private async Task LoopAsync()
    {
        var group = new List<Pending>();
        while (await _channel.Reader.WaitToReadAsync())
        {
            while (group.Count < MostInGroup && _channel.Reader.TryRead(out var pending))
                group.Add(pending);
            await CommitAsync(group);
            group.Clear();
        }
    }

    private async Task CommitAsync(List<Pending> group)
    {
        var session = new WriteSession(_connection!, _prepared);
        try
        {
            await session.BeginAsync();
            await CatchUpAsync(session);
            for (var start = 0; start < group.Count;)
            {
                var end = start + 1;
                while (end < group.Count && group[end].IsLike(group[start]))
                    end++;
                await group[start].RunAsync(session, group[start..end]);
                start = end;
            }
            await session.CommitAsync();
        }
        catch (Exception e)
        {
            await FailAsync(session, group, e);
            return;
        }
        foreach (var action in session.Committed)
            Follow(action);
        foreach (var pending in group)
            pending.Answer();
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
            _dataVersion = null;
        }
    }

    private async Task CatchUpAsync(WriteSession session)
    {
        var version = (long)(await session.RunAsync("PRAGMA data_version"))!;
        if (version == _dataVersion)
            return;
        foreach (var action in _whenOthersWrote)
            await action(session);
        _dataVersion = version;
    }

    private async Task FailAsync(WriteSession session, List<Pending> group, Exception exception)
    {
        var fault = exception is DbException e ? Dialect.FaultOf(e) : null;
        LogFailed(log, group.Count, exception);
        foreach (var pending in group)
            pending.Fail(fault ?? exception);
        try
        {
            if (session.Transaction is not null)
                await session.RollbackAsync();
        }
        catch (DbException rollback)
        {
            LogFailed(log, group.Count, rollback);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A transaction of {Count} writes was rolled back")]
    private static partial void LogFailed(ILogger logger, int count, Exception exception);

    [LoggerMessage(Level = LogLevel.Critical, Message = "What was committed could not be taken into memory; it is read anew")]
    private static partial void LogNotFollowed(ILogger logger, Exception exception);

    private abstract class Pending
    {
        public abstract bool IsLike(Pending other);

        public abstract Task RunAsync(WriteSession session, List<Pending> group);

        public abstract void Answer();

        public abstract void Fail(Exception exception);
    }

    private sealed class Pending<TIn, TOut>(WriteOperation<TIn, TOut> operation, TIn input) : Pending
    {
        private readonly TaskCompletionSource<TOut> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TOut? _result;
        private Exception? _failure;

        public Task<TOut> Task => _done.Task;

        public override bool IsLike(Pending other) => other is Pending<TIn, TOut> same && same.Operation == operation;

        private WriteOperation<TIn, TOut> Operation => operation;

        private TIn Input => input;

        public override async Task RunAsync(WriteSession session, List<Pending> group)
        {
            var alike = group.Cast<Pending<TIn, TOut>>().ToList();
            try
            {
                var results = await session.NestAsync(() => operation(session, [.. alike.Select(p => p.Input)]));
                for (var i = 0; i < alike.Count; i++)
                    alike[i]._result = results[i];
            }
            catch (Exception e) when (!IsFatal(e))
            {
                if (alike.Count == 1)
                    _failure = e;
                else
                    foreach (var pending in alike)
                        await pending.RunAsync(session, [pending]);
            }
        }

        public override void Answer()
        {
            if (_failure is null)
                _done.TrySetResult(_result!);
            else
                _done.TrySetException(_failure);
        }

        public override void Fail(Exception exception) => _done.TrySetException(exception);

        // A full disk or a lost file fails the whole transaction, not one of its writes.
        private static bool IsFatal(Exception e) => e is DbException db && Dialect.FaultOf(db) is not null;
    }
}
