namespace Witan.Server.Storage;

/// <summary>An empty transaction every second, so that what other processes write is noticed while nothing is written here.</summary>
internal sealed partial class Heartbeat(WriteQueue writes, TimeProvider clock, ILogger<Heartbeat> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private static readonly WriteOperation<int, int> Nothing = (_, inputs) => Task.FromResult<IReadOnlyList<int>>([.. inputs]);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        using var stop = stoppingToken.Register(timer.Dispose); // ends the wait without an exception
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            try
            {
                await writes.RunAsync(Nothing, 0);
            }
            catch (StorageFault e)
            {
                LogBehind(log, e.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What other processes write may be seen late: {Reason}")]
    private static partial void LogBehind(ILogger logger, string reason);
}
