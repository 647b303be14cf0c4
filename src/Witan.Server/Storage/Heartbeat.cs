namespace Witan.Server.Storage;

/// <summary>
/// Looks, whether anybody writes here or not, for what other processes have written, and has the writer read it. Where the
/// database is remote this also finds out that it is away, and that it is back.
/// </summary>
internal sealed partial class Heartbeat(Database database, WriteQueue writes, TimeProvider clock, ILogger<Heartbeat> log) : BackgroundService
{
    private static readonly WriteOperation<int, int> Nothing = (_, inputs) => Task.FromResult<IReadOnlyList<int>>([.. inputs]);

    private bool _isAway;
    private Task _catchingUp = Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(database.NewsInterval, clock);
        using var stop = stoppingToken.Register(timer.Dispose); // ends the wait without an exception
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            try
            {
                await BeatAsync(stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task BeatAsync(CancellationToken cancel)
    {
        try
        {
            var news = await database.NewsAsync(cancel);
            if (_isAway)
                LogBack(log, database.Name);
            _isAway = false;
            if ((news is null || news != writes.Seen) && _catchingUp.IsCompleted)
                _catchingUp = CatchUpAsync(); // not awaited: whether the database answers is to be found out meanwhile
            if (news is null)
                await _catchingUp;
        }
        catch (Exception e) when (!cancel.IsCancellationRequested) // it goes on whatever happens: without it nobody finds out that the database is back
        {
            if (!_isAway)
                LogAway(log, database.Name, e.InnerException?.Message ?? e.Message);
            _isAway = true;
        }
    }

    private async Task CatchUpAsync()
    {
        try
        {
            await writes.RunAsync(Nothing, 0);
        }
        catch (Exception e)
        {
            LogLate(log, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Database} does not answer, and what other processes write is seen late: {Reason}")]
    private static partial void LogAway(ILogger logger, string database, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What other processes write is seen late: {Reason}")]
    private static partial void LogLate(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Database} answers again")]
    private static partial void LogBack(ILogger logger, string database);
}
