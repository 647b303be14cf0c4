using StackExchange.Redis;

namespace Witan.Server.Platform.Redis;

/// <summary>
/// A connection to Redis that never keeps a request waiting for long: every call has a budget, and after a few failures in a row
/// none is made (the circuit is open) until a ping in the background is answered. Redis is an accelerator: whoever calls goes on without.
/// </summary>
internal sealed partial class RedisLink : IAsyncDisposable
{
    private const int MostFailures = 3;
    private static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan OpenFor = TimeSpan.FromSeconds(2);

    private readonly IConnectionMultiplexer _connection;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _watch;
    private int _open; // 1 while no calls are made
    private int _failures;
    private long _openedAt;

    private RedisLink(string purpose, IConnectionMultiplexer connection, ILogger log)
    {
        (Purpose, _connection, _log) = (purpose, connection, log);
        _connection.ConnectionRestored += (_, _) => CameBack?.Invoke(); // messages were lost, or Redis began anew with an older state
        _watch = WatchAsync();
    }

    /// <summary>What it is for, in logs and metrics.</summary>
    public string Purpose { get; }

    /// <summary>Whether calls are made now.</summary>
    public bool IsUp => Volatile.Read(ref _open) == 0;

    /// <summary>Runs when calls are made again, and when a connection was lost and is back.</summary>
    public event Action? CameBack;

    /// <summary>What is wrong with a setting, or null.</summary>
    public static string? Objection(string setting)
    {
        try
        {
            return ConfigurationOptions.Parse(setting).EndPoints.Count > 0 ? null : "names no host; expected host:port[,options]";
        }
        catch (ArgumentException e)
        {
            return $"cannot be read ({e.Message}); expected host:port[,options]";
        }
    }

    /// <summary>Connects. Where nobody answers it goes on trying in the background.</summary>
    public static RedisLink Connect(string purpose, string setting, ILogger log)
    {
        var options = ConfigurationOptions.Parse(setting);
        options.ClientName = $"witan-{purpose}";
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast; // what is queued while disconnected is waited for
        options.ConnectTimeout = options.AsyncTimeout = options.SyncTimeout = 250;
        options.ConnectRetry = 1;
        options.ReconnectRetryPolicy = new LinearRetry(500);
        options.KeepAlive = 5;
        return new(purpose, ConnectionMultiplexer.Connect(options), log);
    }

    /// <summary>Makes a call; null when it is not made, fails, or takes too long.</summary>
    public async Task<T?> TryAsync<T>(Func<IDatabase, Task<T>> call)
        where T : class
    {
        if (!IsUp)
            return null;
        try
        {
            var answer = await call(_connection.GetDatabase()).WaitAsync(Budget);
            _failures = 0;
            return answer;
        }
        catch (Exception e) when (IsFault(e))
        {
            Fail(e);
            return null;
        }
    }

    /// <summary>Listens on a channel: from now on, or once there is a connection, and again after it was lost and is back.</summary>
    public void Subscribe(string channel, Action<byte[]> receive)
    {
        try
        {
            _connection.GetSubscriber().Subscribe(RedisChannel.Literal(channel), (_, message) => receive((byte[])message!));
        }
        catch (Exception e) when (IsFault(e))
        {
            Fail(e); // the connection remembers it nevertheless, and subscribes when it is made
        }
    }

    /// <summary>How many connections listen on a channel; null when Redis does not tell.</summary>
    public async Task<long?> CountListenersAsync(string channel) =>
        await TryAsync(database => database.ExecuteAsync("PUBSUB", "NUMSUB", channel)) is { Length: 2 } answer ? (long)answer[1] : null;

    public async ValueTask DisposeAsync()
    {
        if (_end.IsCancellationRequested)
            return;
        await _end.CancelAsync();
        await _watch;
        await _connection.DisposeAsync();
        _end.Dispose();
    }

    // Whatever it is that keeps Redis from serving, also that the connection is being closed here.
    private static bool IsFault(Exception e) => e is RedisException or RedisCommandException or TimeoutException or ObjectDisposedException or OperationCanceledException;

    private void Fail(Exception e)
    {
        if (Interlocked.Increment(ref _failures) < MostFailures || !IsUp)
            return;
        Volatile.Write(ref _openedAt, System.Diagnostics.Stopwatch.GetTimestamp());
        if (Interlocked.Exchange(ref _open, 1) == 0) // of many that fail at once
            LogAway(_log, Purpose, e.Message.Split('\n')[0]);
    }

    // The trial whether Redis is back is made here and never by a user's request. It also finds out that it is away when nobody asks.
    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(PingEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(_end.Token))
            {
                if (!IsUp && System.Diagnostics.Stopwatch.GetElapsedTime(Volatile.Read(ref _openedAt)) < OpenFor)
                    continue;
                await PingAsync();
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            return;
        }
    }

    private async Task PingAsync()
    {
        try
        {
            await _connection.GetDatabase().PingAsync().WaitAsync(IsUp ? Budget * 4 : Budget); // who is to come back must be as fast as calls need it
        }
        catch (Exception e) when (IsFault(e))
        {
            Fail(e);
            return;
        }
        if (IsUp)
            return;
        _failures = 0;
        Volatile.Write(ref _open, 0);
        LogBack(_log, Purpose);
        CameBack?.Invoke();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis does not serve the {Purpose}; it goes on without: {Reason}")]
    private static partial void LogAway(ILogger logger, string purpose, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis serves the {Purpose} again")]
    private static partial void LogBack(ILogger logger, string purpose);
}
