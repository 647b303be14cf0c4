namespace Witan.Server.Storage;

/// <summary>
/// Sweeps, refreshes and the schedule of trainings, which one node of many does. A node keeps them until it ends or loses the
/// database; then the next one that asks takes them over.
/// </summary>
internal sealed class Duties(Database database) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private IHeldLock? _held;

    /// <summary>Whether they are this node's now.</summary>
    public async Task<bool> AreMineAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            if (_held is not null && await _held.IsHeldAsync(cancel))
                return true;
            await (_held?.DisposeAsync() ?? ValueTask.CompletedTask);
            _held = null;
            _held = await database.TryLockAsync(FleetLock.Duties, cancel);
            return _held is not null;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await (_held?.DisposeAsync() ?? ValueTask.CompletedTask);
        _turn.Dispose();
    }
}
