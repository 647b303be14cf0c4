using Witan.Server.Storage;

namespace Witan.Server.TrackRecords;

/// <summary>Wires the outcome log to the writer and keeps it current while nothing is written here.</summary>
internal static class TrackRecordSetup
{
    public static void AddTrackRecords(this IServiceCollection services)
    {
        services.AddSingleton<OutcomeLog>();
        services.AddHostedService<OutcomeTail>();
    }
}

/// <summary>Reads, every second, what other processes on the same database have appended.</summary>
internal sealed partial class OutcomeTail(WriteQueue writes, TimeProvider clock, ILogger<OutcomeTail> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await writes.RunAsync(Nothing, 0); // every transaction begins by catching up
            }
            catch (StorageFault e)
            {
                LogBehind(log, e.Message);
            }
        }
    }

    private static readonly WriteOperation<int, int> Nothing = (_, inputs) => Task.FromResult<IReadOnlyList<int>>([.. inputs]);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Track records may lag: {Reason}")]
    private static partial void LogBehind(ILogger logger, string reason);
}
