using Witan.Server.Storage;

namespace Witan.Server.Collaborations;

/// <summary>Expires collaborations whose deadline has passed.</summary>
internal sealed partial class DeadlineSweep(CollaborationIntake intake, Duties duties, WriteQueue writes, TimeProvider clock, ILogger<DeadlineSweep> log)
    : Periodic("Collaborations expire", TimeSpan.FromSeconds(30), clock, log)
{
    protected override async Task TurnAsync(CancellationToken cancel)
    {
        if (await duties.AreMineAsync(cancel) && await writes.RunAsync(intake.Expire, Clock.GetUtcNow()) is > 0 and var expired)
            LogExpired(Log, expired);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} collaborations expired")]
    private static partial void LogExpired(ILogger logger, int count);
}
