using Witan.Server.Platform.Auth;
using Witan.Server.Storage;

namespace Witan.Server.Keys;

/// <summary>Stores once a minute, and at the end, when keys were last used.</summary>
internal sealed partial class KeyUses(KeyRing ring, WriteQueue writes, TimeProvider clock, ILogger<KeyUses> log)
    : Periodic("When keys were used is stored", TimeSpan.FromMinutes(1), clock, log)
{
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

    protected override Task TurnAsync(CancellationToken cancel) => FlushAsync();

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
            LogLost(Log, uses.Count, e.Message); // the next use notes it again
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "When {Count} keys were last used is not stored: {Reason}")]
    private static partial void LogLost(ILogger logger, int count, string reason);
}
