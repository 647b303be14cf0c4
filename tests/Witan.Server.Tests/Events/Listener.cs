using Witan.Client;

namespace Witan.Server.Tests.Events;

/// <summary>Somebody who follows the events of a server, one after the other.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private readonly IAsyncEnumerator<ChangeEvent> _events;

    private Listener(IAsyncEnumerator<ChangeEvent> events) => _events = events;

    /// <summary>The id of the last event that came.</summary>
    public string? Last { get; private set; }

    /// <summary>Listens, and waits for the first event, after which nothing is missed.</summary>
    public static async Task<Listener> BeginAsync(WitanClient client, string? after = null)
    {
        var listener = new Listener(client.FollowAsync(after, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken));
        if (after is null)
            Assert.Empty((await listener.NextAsync())!.Kinds);
        return listener;
    }

    /// <summary>The next event; null when the stream has ended.</summary>
    public async Task<ChangeEvent?> NextAsync()
    {
        if (!await _events.MoveNextAsync())
            return null;
        Last = _events.Current.Id;
        return _events.Current;
    }

    /// <summary>Waits until these kinds were told of.</summary>
    public async Task<IReadOnlySet<string>> HearAsync(params string[] kinds)
    {
        var heard = new HashSet<string>();
        while (!heard.IsSupersetOf(kinds))
            heard.UnionWith((await NextAsync() ?? throw new InvalidOperationException("the stream ended")).Kinds);
        return heard;
    }

    public ValueTask DisposeAsync() => _events.DisposeAsync();
}
