using Witan.Client;

namespace Witan.Dashboard.Parts;

/// <summary>Whether the page hears of changes.</summary>
public enum LiveState
{
    /// <summary>It is not connected yet.</summary>
    Connecting,

    /// <summary>It hears of every change.</summary>
    Live,

    /// <summary>The stream broke: what is shown may be old.</summary>
    Stale,
}

/// <summary>Follows the server's events for all pages, and comes back by itself when the stream breaks.</summary>
public sealed class Live(Session session) : IDisposable
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(12); // the server says something every 5
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan BetweenNews = TimeSpan.FromSeconds(2);

    private readonly HashSet<string> _untold = [];
    private bool _isTelling;
    private CancellationTokenSource _following = new();
    private string? _last;

    /// <summary>Tells what kinds of record changed.</summary>
    public event Func<IReadOnlyList<string>, Task>? Changed;

    /// <summary>Tells that <see cref="State"/> changed.</summary>
    public event Action? StateChanged;

    public LiveState State { get; private set; }

    /// <summary>When the server last said anything.</summary>
    public DateTimeOffset? HeardAt { get; private set; }

    /// <summary>Begins to follow, with the key of now.</summary>
    public void Begin()
    {
        _following.Cancel();
        _following.Dispose();
        _following = new();
        _last = null;
        _ = FollowAsync(_following.Token);
    }

    public void Dispose()
    {
        _following.Cancel();
        _following.Dispose();
    }

    private async Task FollowAsync(CancellationToken cancel)
    {
        var wait = FirstWait;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(() => wait = FirstWait, cancel);
            }
            catch (WitanException e)
            {
                session.Note(e);
                if (session.NeedsKey)
                    return; // until there is one
                if (e.Problem.Code == "validation_failed")
                    _last = null; // of another server
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or TimeoutException)
            {
                // It broke, which the state tells.
            }
            if (cancel.IsCancellationRequested)
                return;
            Be(LiveState.Stale);
            await Task.Delay(wait, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
        }
    }

    private async Task ListenAsync(Action heard, CancellationToken cancel)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        silence.CancelAfter(LongestSilence);
        await foreach (var change in session.Client.FollowAsync(_last, silence.Token))
        {
            silence.CancelAfter(LongestSilence);
            heard();
            (_last, HeardAt) = (change.Id, DateTimeOffset.UtcNow);
            Be(LiveState.Live);
            _untold.UnionWith(change.Kinds);
            if (!_isTelling)
                _ = TellAsync();
        }
    }

    // A busy fleet changes something all the time; a page that asked anew each time would do nothing else.
    private async Task TellAsync()
    {
        _isTelling = true;
        try
        {
            while (_untold.Count > 0)
            {
                var kinds = _untold.ToList();
                _untold.Clear();
                if (Changed is { } listeners)
                    await Task.WhenAll(listeners.GetInvocationList().Cast<Func<IReadOnlyList<string>, Task>>().Select(listener => listener(kinds)));
                await Task.Delay(BetweenNews);
            }
        }
        finally
        {
            _isTelling = false;
        }
    }

    private void Be(LiveState state)
    {
        if (State == state)
            return;
        State = state;
        StateChanged?.Invoke();
    }
}
