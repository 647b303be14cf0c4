using Microsoft.Extensions.Time.Testing;
using Witan.Client;

namespace Witan.Server.Tests.Collaborations;

/// <summary>Walks through the lists of collaborations and votes while more are added; many share a moment.</summary>
public sealed class WalkTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WitanServer.StartAsync(_clock);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Collaborations_begun_while_walking_neither_hide_nor_repeat_one()
    {
        for (var i = 0; i < 20; i++)
            await BeginAsync(i);
        await _server.WalksWhileAsync("/collaborations?participant=p", "collaborations", "id", BeginAsync);
    }

    [Fact]
    public async Task Votes_cast_while_walking_neither_hide_nor_repeat_one()
    {
        string[] voters = [.. Enumerable.Range(0, 100).Select(i => $"walker-{i}")];
        var begun = await _server.BeginAsync(Council.On("lead 0", voters));
        foreach (var voter in voters[..12])
            await _server.CastAsync(begun.Id, voter, "approve");
        await _server.WalksWhileAsync($"/votes?collaborationId={begun.Id}", "votes", "id", async i =>
        {
            _clock.Advance(TimeSpan.FromMicroseconds(i % 2));
            await _server.CastAsync(begun.Id, voters[12 + i], "reject");
        });
    }

    private Task BeginAsync(int i)
    {
        _clock.Advance(TimeSpan.FromMicroseconds(i % 2));
        return _server.BeginAsync(Council.On("lead", "p"));
    }
}
