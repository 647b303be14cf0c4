using Witan.Client;
using Witan.Server.Events;
using Witan.Server.Tests.Collaborations;
using Witan.Server.Tests.Keys;

namespace Witan.Server.Tests.Events;

/// <summary>Who follows the events of a server is told what changed, and misses nothing.</summary>
public sealed class EventTests
{
    [Fact]
    public async Task A_write_is_told_by_its_kind_and_other_kinds_are_not()
    {
        await using var server = await WitanServer.StartAsync();
        await using var listener = await Listener.BeginAsync(server.Client);

        await server.ProposeAsync(Some.Fix("a"));
        var heard = await listener.HearAsync("fixes", "agents");
        Assert.DoesNotContain("learnings", heard);
        Assert.DoesNotContain("votes", heard);

        await server.BeginAsync(Council.On("a", "b"));
        Assert.DoesNotContain("fixes", await listener.HearAsync("collaborations"));
    }

    [Fact]
    public async Task Who_comes_back_is_told_what_changed_meanwhile_and_at_once()
    {
        await using var server = await WitanServer.StartAsync();
        string? last;
        await using (var listener = await Listener.BeginAsync(server.Client))
            last = listener.Last;

        await server.ProposeAsync(Some.Fix("a"));
        await using var back = await Listener.BeginAsync(server.Client, last);

        Assert.Equal(["fixes", "agents"], (await back.NextAsync())!.Kinds);
    }

    [Fact]
    public async Task Who_comes_back_to_a_server_that_was_started_anew_is_told_too()
    {
        await using var first = await WitanServer.StartAsync();
        await using var listener = await Listener.BeginAsync(first.Client);
        await first.ProposeAsync(Some.Fix("a"));
        await listener.HearAsync("fixes", "agents");

        await using var second = await WitanServer.StartAsync(change: settings => settings with { Database = first.Database });
        await using var same = await Listener.BeginAsync(second.Client, listener.Last);
        Assert.Empty((await same.NextAsync())!.Kinds);
        await first.ProposeAsync(Some.Fix("a"));
        await listener.HearAsync("fixes");
        await using var behind = await Listener.BeginAsync(second.Client, same.Last);
        await behind.HearAsync("fixes");
    }

    [Fact]
    public async Task What_another_process_writes_is_told()
    {
        await using var one = await WitanServer.StartAsync();
        await using var other = await WitanServer.StartAsync(change: settings => settings with { Database = one.Database });
        await using var listener = await Listener.BeginAsync(one.Client);

        await other.ProposeAsync(Some.Fix("a"));

        await listener.HearAsync("fixes");
    }

    [Fact]
    public async Task A_stream_that_has_nothing_to_tell_says_that_it_lives()
    {
        await using var server = await WitanServer.StartAsync();
        using var response = await server.Http.GetAsync(new Uri($"{Conversation.Prefix}/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("no-store,no-cache", response.Headers.CacheControl!.ToString().Replace(" ", "", StringComparison.Ordinal));
        for (var seen = 0; seen < 2;)
        {
            var line = await lines.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.NotNull(line);
            if (line == "event: alive")
                seen++;
        }
    }

    [Theory]
    [InlineData("x")]
    [InlineData("1.2.-3")]
    [InlineData("1.2.3.4.5.6.7.8.9.10.11.12")]
    [InlineData("99999999999999999999")]
    public async Task An_id_that_is_none_is_refused_by_name(string id)
    {
        await using var server = await WitanServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Conversation.Prefix}/events");
        request.Headers.TryAddWithoutValidation("Last-Event-ID", id);
        var answer = await server.SendAsync(request);
        answer.Is(400, "validation_failed");
        Assert.Contains("Last-Event-ID", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_ends_when_its_key_is_revoked()
    {
        await using var server = await Keyed.StartAsync();
        var admin = (await server.MakeFirstKeyAsync()).Key!;
        var reader = await server.MakeKeyAsync(admin, KeyScope.Read);
        using var client = new WitanClient(server.Url, reader.Key);
        await using var listener = await Listener.BeginAsync(client);

        await server.CallAsync("DELETE", $"/api/keys/{reader.Info.Id}", admin);

        while (await listener.NextAsync() is not null)
        {
        }
    }

    [Fact]
    public async Task Streams_end_with_the_server_and_give_their_places_back()
    {
        var server = await WitanServer.StartAsync();
        var feed = server.Room<ChangeFeed>();
        await using (await Listener.BeginAsync(server.Client))
            Assert.Equal(1, feed.Listeners);
        while (feed.Listeners > 0)
            await Task.Yield();

        await using var listener = await Listener.BeginAsync(server.Client);
        await server.DisposeAsync();
        while (await listener.NextAsync() is not null)
        {
        }
        Assert.Equal(0, feed.Listeners);
    }

    [Fact]
    public async Task More_listeners_than_there_are_places_are_told_to_come_later()
    {
        await using var server = await WitanServer.StartAsync();
        var feed = server.Room<ChangeFeed>();
        for (var i = 0; i < ChangeFeed.MostListeners; i++)
            Assert.True(feed.TryEnter());

        var answer = await server.GetAsync("/events");

        answer.Is(503, "too_many_listeners");
        Assert.NotNull(answer.Headers.RetryAfter);
    }
}
