using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace Witan.Server.Tests.Platform.Caching;

/// <summary>What is asked for is told apart to the byte, however it is written; and what belongs to one answer is not given to another.</summary>
public sealed class TargetTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;
    private WitanServer _without = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WitanServer.StartAsync(_clock);
        foreach (var agent in (string[])["a", "A", "a/b", "a b", "a+b", "a%20b", "ä", "a?limit=1", "a%2Fb", "..", ";a"])
            await _server.TeachAsync(agent, successes: 1 + (agent.Length * 3) + agent[0]);
        _without = await WitanServer.StartAsync(_clock, settings => settings with { Database = _server.Database, Cache = new(0) });
    }

    public async ValueTask DisposeAsync()
    {
        await _without.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Targets_that_look_alike_are_answered_as_without_a_cache()
    {
        string[] agents = ["a", "A", "a/b", "a%2Fb", "a%2fb", "a%20b", "a+b", "a%2Bb", "a%2520b", "%61", "%C3%A4", "a%3Flimit=1", "a%252Fb", "%2E%2E", "..", "x/../a", "./a", "a/", ";a", "%3Ba", "a?", "a?x=/b", "//a"];
        string[] filters = ["a", "A", "a%2Fb", "a/b", "a%20b", "a+b", "a%2Bb", "a%2520b", "%61", "%C3%A4", "a&agentId=A", "a&AGENTID=A", "a%26agentId=A", "a&limit=1", "a%00", "a;b", "a#b"];
        string[] targets = [
            .. agents.Select(agent => $"{Conversation.Prefix}/agents/{agent}"),
            .. filters.SelectMany(filter => (string[])[$"{Conversation.Prefix}/auto-fixes?limit=200&agentId={filter}", $"{Conversation.Prefix}/auto-fixes?limit=200&AgentId={filter}"]),
            $"{Conversation.Prefix}/Agents/a", $"{Conversation.Prefix.ToUpperInvariant()}/AGENTS/a", $"{Conversation.Prefix}/%61gents/a", $"http://elsewhere/{Conversation.Prefix[1..]}/agents/a",
            $"http://elsewhere{Conversation.Prefix}/agents/A", $"{Conversation.Prefix}/x/../agents/a", $"{Conversation.Prefix}/agents", $"{Conversation.Prefix}/agents/", $"{Conversation.Prefix}/auto-fixes/",
        ];
        var hits = 0;
        foreach (var target in targets.Concat(targets).Concat(targets.Reverse()))
        {
            var (cached, fresh) = (await RawAsync(_server, target), await RawAsync(_without, target));
            Assert.True((cached.Status, cached.Body) == (fresh.Status, fresh.Body), $"{target}\n{cached.Status} {cached.Body}\n{fresh.Status} {fresh.Body}");
            hits += cached.Head.Contains("Cache-Status: witan; hit", StringComparison.Ordinal) ? 1 : 0;
        }
        Assert.InRange(hits, 40, 3 * targets.Length);
    }

    [Fact]
    public async Task A_hit_counts_against_the_limit_and_brings_no_header_of_another_answer()
    {
        const string read = "/auto-fixes?limit=2";
        var (first, second, third) = (await _server.GetAsync(read), await _server.GetAsync(read), await _server.GetAsync(read));

        Assert.True(!first.IsHit() && second.IsHit() && third.IsHit());
        Assert.Equal([Remaining(first) - 1, Remaining(first) - 2], [Remaining(second), Remaining(third)]);
        Assert.All([first, second, third], answer => Assert.False(answer.Headers.Contains("Set-Cookie")));
        string[] own = ["Cache-Status", "Date", "RateLimit", "X-RateLimit-Remaining", "X-RateLimit-Reset"];
        Assert.Equal(Others(first), Others(second));
        Assert.Equal(first.Headers.GetValues("Link"), third.Headers.GetValues("Link"));

        string Others(Answer answer) => string.Join('\n', answer.Headers.Where(header => !own.Contains(header.Key)).Select(header => $"{header.Key}: {string.Join(", ", header.Value)}").Order(StringComparer.Ordinal));

        static int Remaining(Answer answer) => int.Parse(answer.Headers.GetValues("X-RateLimit-Remaining").Single(), System.Globalization.CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    [InlineData("DELETE")]
    public async Task Other_methods_are_not_answered_from_the_cache(string method)
    {
        var known = await _server.GetAsync("/auto-fixes");

        var answer = await _server.SendAsync(new(new(method), $"{Conversation.Prefix}/auto-fixes"));

        Assert.Equal((405, ""), (answer.Status, answer.CacheStatus()));
        Assert.Equal(("witan; hit", known.Text), ((await _server.GetAsync("/auto-fixes")) is var again ? (again.CacheStatus(), again.Text) : default));
    }

    [Fact]
    public async Task Who_has_the_answer_already_is_told_so_on_a_miss_and_others_get_it_from_the_cache()
    {
        var known = await _server.GetAsync("/agents/a");
        await _server.TeachAsync("b", successes: 1);

        var miss = await _server.GetAsync("/agents/a?", known.ETag);
        var hit = await _server.GetAsync("/agents/a?", known.ETag);
        var whole = await _server.GetAsync("/agents/a?");

        Assert.Equal((304, 0, "witan; fwd=miss; stored"), (miss.Status, miss.Bytes.Length, miss.CacheStatus()));
        Assert.Equal((304, 0, "witan; hit"), (hit.Status, hit.Bytes.Length, hit.CacheStatus()));
        Assert.Equal((200, known.Text, known.ETag, "witan; hit"), (whole.Status, whole.Text, whole.ETag, whole.CacheStatus()));
    }

    // As it is written: HttpClient would tidy the target.
    private static async Task<(int Status, string Head, string Body)> RawAsync(WitanServer server, string target)
    {
        using var socket = new TcpClient(server.Url.Host, server.Url.Port);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: {server.Url.Authority}\r\nConnection: close\r\n\r\n"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var text = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var body = text[(end + 4)..];
        var trace = body.IndexOf("\"traceId\"", StringComparison.Ordinal);
        return (int.Parse(text.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture), text[..end], trace < 0 ? body : body[..trace]);
    }
}
