using Microsoft.Extensions.Hosting;
using Witan.Server.Platform.Http;

namespace Witan.Server.Tests.Health;

/// <summary>A server that is about to end: not ready, and still serving.</summary>
public sealed class DrainingTests : IAsyncLifetime
{
    private WitanServer _server = null!;

    private Draining Draining => _server.Room<Draining>();

    private bool IsStopping => _server.Room<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested;

    public async ValueTask InitializeAsync() => _server = await WitanServer.StartAsync(change: settings => settings with { Drain = TimeSpan.FromHours(1) });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task It_says_that_it_is_stopping_and_serves_on()
    {
        Assert.Equal(200, (await ReadyAsync()).Status);
        var end = Draining.EndAsync();

        var ready = await ReadyAsync();
        Assert.Equal((503, "stopping"), (ready.Status, ready["status"].GetString()));
        Assert.Equal(200, (await _server.SendAsync(new(HttpMethod.Get, "/health/live"))).Status);
        var fix = await _server.ProposeAsync(Some.Fix("a"));
        Assert.Equal(200, (await _server.ReportAsync(fix.Id, new { success = true })).Status);
        Assert.Equal((false, false), (end.IsCompleted, IsStopping));
    }

    [Fact]
    public async Task Each_answer_is_then_the_last_on_its_connection()
    {
        string[] paths = ["/health/live", "/health/ready", $"{Conversation.Prefix}/auto-fixes", $"{Conversation.Prefix}/auto-fixes", "/nothing", "/metrics"];
        foreach (var path in paths)
            Assert.NotEqual(true, (await _server.SendAsync(new(HttpMethod.Get, path))).Headers.ConnectionClose);
        _ = Draining.EndAsync();
        foreach (var path in paths)
            Assert.True((await _server.SendAsync(new(HttpMethod.Get, path))).Headers.ConnectionClose, path);
        Assert.True((await _server.PostAsync("/auto-fixes", "{}")).Headers.ConnectionClose);
    }

    [Fact]
    public async Task Who_tells_it_a_second_time_has_had_enough_of_that()
    {
        var end = Draining.EndAsync();
        Assert.False(IsStopping);
        await Draining.EndAsync();
        await end;
        Assert.True(IsStopping);
    }

    [Fact]
    public async Task Where_no_time_is_set_for_it_it_stops_at_once()
    {
        await using var server = await WitanServer.StartAsync();
        await server.Room<Draining>().EndAsync();
        Assert.True(server.Room<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
    }

    private Task<Answer> ReadyAsync() => _server.SendAsync(new(HttpMethod.Get, "/health/ready"));
}
