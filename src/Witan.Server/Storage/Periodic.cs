using System.Data.Common;

namespace Witan.Server.Storage;

/// <summary>
/// Work that comes again after every interval until the server ends. A turn that fails is told and leaves the rest to the next one.
/// </summary>
/// <param name="what">The work, as a sentence that ends with "late": "Collaborations expire".</param>
/// <param name="atOnce">Whether the first turn is at the start rather than after the first interval.</param>
internal abstract partial class Periodic(string what, TimeSpan interval, TimeProvider clock, ILogger log, bool atOnce = false) : BackgroundService
{
    protected TimeProvider Clock => clock;

    protected ILogger Log => log;

    /// <summary>Whether there is anything to do in this server.</summary>
    protected virtual bool IsNeeded => true;

    protected abstract Task TurnAsync(CancellationToken cancel);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!IsNeeded)
            return;
        using var timer = new PeriodicTimer(interval, clock);
        using var stop = stoppingToken.Register(timer.Dispose); // ends the wait without an exception
        for (var isFirst = atOnce; isFirst || await timer.WaitForNextTickAsync(CancellationToken.None); isFirst = false)
        {
            try
            {
                await TurnAsync(stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is DbException or StorageFault)
            {
                LogLate(log, what, e.Message);
            }
            catch (Exception e)
            {
                LogFailed(log, e, what);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{What} late: {Reason}")]
    private static partial void LogLate(ILogger logger, string what, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{What} late, for a reason that was not foreseen")]
    private static partial void LogFailed(ILogger logger, Exception exception, string what);
}
