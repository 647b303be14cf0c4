using Witan.Server.Platform.Auth;
using Witan.Server.Storage;

namespace Witan.Server.Keys;

/// <summary>Stores once a minute, and at the end, when keys were last used.</summary>
internal sealed partial class KeyUses(KeyRing ring, WriteQueue writes, TimeProvider clock, ILogger<KeyUses> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    internal static readonly WriteOperation<IReadOnlyList<(string Id, DateTimeOffset At)>, int> Note = OneByOne.Of<IReadOnlyList<(string Id, DateTimeOffset At)>, int>(async (session, uses) =>
    {
        await KeyStore.NoteUsesAsync(session, uses);
        return uses.Count;
    });

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await FlushAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        using var stop = stoppingToken.Register(timer.Dispose); // ends the wait without an exception
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
            await FlushAsync();
    }

    private async Task FlushAsync()
    {
        if (ring.TakeUses() is not { Count: > 0 } uses)
            return;
        try
        {
            await writes.RunAsync(Note, uses);
        }
        catch (Exception e) when (e is StorageFault or System.Data.Common.DbException)
        {
            LogLost(log, uses.Count, e.Message); // the next use notes it again
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "When {Count} keys were last used is not stored: {Reason}")]
    private static partial void LogLost(ILogger logger, int count, string reason);
}
