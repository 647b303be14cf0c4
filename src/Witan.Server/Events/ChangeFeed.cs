using System.Data.Common;
using System.Runtime.CompilerServices;
using Dapper;
using Witan.Client;
using Witan.Server.Platform.Auth;
using Witan.Server.Storage;

namespace Witan.Server.Events;

/// <summary>
/// Tells who listens what kinds of record have changed, by this node or by others. It keeps no events: whoever is slow, or comes back
/// with the id of what was told last, is told at once of all that differs from it.
/// </summary>
internal sealed class ChangeFeed
{
    /// <summary>How long a stream says nothing at most.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    /// <summary>How many listen at the same time at most.</summary>
    public const int MostListeners = 1_000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200); // between two events: what changes meanwhile is told as one

    private readonly Database _database;
    private readonly KeyRing _ring;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private volatile TaskCompletionSource _moved = NewSignal();
    private (Task Moved, long At, Task<Versions> Read)? _latest;
    private int _listeners;

    public ChangeFeed(WriteQueue writes, Database database, KeyRing ring, TimeProvider clock)
    {
        (_database, _ring, _clock) = (database, ring, clock);
        writes.WhenCommitted(_ => Move());
        writes.WhenBehind(_ => Move());
    }

    /// <summary>How many listen now.</summary>
    public int Listeners => Volatile.Read(ref _listeners);

    /// <summary>Takes one of the places; false when there is none.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _listeners) <= MostListeners)
            return true;
        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _listeners);

    /// <summary>What changes from now on, or since what was told last; until the key of the caller ends, or the server does.</summary>
    public async IAsyncEnumerable<ChangeEvent> FollowAsync(Versions? told, Caller caller, [EnumeratorCancellation] CancellationToken cancel)
    {
        long? spokeAt = null;
        while (_ring.IsGood(caller))
        {
            var moved = _moved.Task;
            if (await LookAsync(moved, cancel) is { } now)
            {
                IReadOnlyList<string> kinds = told is null ? [] : now.ChangedSince(told);
                if (kinds.Count > 0 || spokeAt is not { } at || _clock.GetElapsedTime(at) >= Silence)
                {
                    yield return new(now.ToString(), kinds);
                    spokeAt = _clock.GetTimestamp();
                }
                told = now;
            }
            await Task.Delay(Pause, _clock, cancel);
            await Task.WhenAny(moved, Task.Delay(Left(spokeAt), _clock, cancel)); // much moves that is no change of what is told of
            cancel.ThrowIfCancellationRequested();
        }
    }

    // Until something has to be said.
    private TimeSpan Left(long? spokeAt)
    {
        var left = Silence - (spokeAt is { } at ? _clock.GetElapsedTime(at) : Pause);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private void Move() => Interlocked.Exchange(ref _moved, NewSignal()).TrySetResult();

    // Read once for all who listen; null while the database is away.
    private async Task<Versions?> LookAsync(Task moved, CancellationToken cancel)
    {
        Task<Versions> read;
        lock (_gate)
        {
            // Summaries are made anew without a commit, so it looks now and then in any case.
            if (_latest is not { } latest || latest.Moved != moved || latest.Read.IsFaulted || _clock.GetElapsedTime(latest.At) > Silence / 2)
                _latest = latest = (moved, _clock.GetTimestamp(), ReadAsync());
            read = latest.Read;
        }
        try
        {
            return await read.WaitAsync(cancel);
        }
        catch (Exception e) when (e is DbException or StorageFault or TimeoutException)
        {
            return null;
        }
    }

    private async Task<Versions> ReadAsync()
    {
        await using var connection = await _database.OpenAsync(CancellationToken.None);
        var counts = (await connection.QueryAsync<(string Kind, long Version)>("SELECT kind, version FROM changes")).ToDictionary(row => row.Kind, row => row.Version);
        if (_database.NeedsRefresh)
            counts[Change.Summaries] = (await _database.SummaryAgesAsync(CancellationToken.None)).Values.Max()?.UtcTicks ?? 0;
        return Versions.Of(counts);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
