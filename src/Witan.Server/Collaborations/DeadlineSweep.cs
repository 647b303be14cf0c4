using System.Data.Common;
using Witan.Server.Storage;

namespace Witan.Server.Collaborations;

/// <summary>Expires collaborations whose deadline has passed.</summary>
internal sealed partial class DeadlineSweep(CollaborationIntake intake, Duties duties, WriteQueue writes, TimeProvider clock, ILogger<DeadlineSweep> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        using var stop = stoppingToken.Register(timer.Dispose); // ends the wait without an exception
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            try
            {
                if (await duties.AreMineAsync(stoppingToken) && await writes.RunAsync(intake.Expire, clock.GetUtcNow()) is > 0 and var expired)
                    LogExpired(log, expired);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is DbException or StorageFault)
            {
                LogLate(log, e.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} collaborations expired")]
    private static partial void LogExpired(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Collaborations expire late: {Reason}")]
    private static partial void LogLate(ILogger logger, string reason);
}
