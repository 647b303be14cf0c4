using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Witan.Client;

namespace Witan.Server.Tests.Platform.RateLimiting;

/// <summary>What each answer says of the limit, with buckets in memory and in Redis.</summary>
public sealed class HeaderTests
{
    private const string Agents = Conversation.Prefix + "/agents";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_answer_says_what_is_left_until_one_is_refused(bool isShared)
    {
        await using var redis = isShared ? await OwnRedis.StartAsync() : null;
        await using var server = await Limited.StartAsync(change: settings => settings with { Redis = redis?.Setting });
        var key = await server.KeyAsync("five");
        for (var left = 4; left >= 0; left--)
        {
            var answer = await server.AskAsync(Agents, key);
            Assert.Equal(200, answer.Status);
            Describes(answer, left);
            Assert.Null(answer.Headers.RetryAfter);
        }

        var refused = await server.AskAsync(Agents, key);
        Assert.Equal(429, refused.Status);
        Describes(refused, 0);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 12);
        Assert.Equal("application/problem+json", refused.ContentHeaders.ContentType!.MediaType);
        Assert.Equal("rate_limited", refused.Code);
        Assert.Contains("More than 5 requests a minute (policy five)", refused["detail"].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bucket_fills_steadily_and_retry_after_is_the_moment_of_the_next_token()
    {
        var clock = new FakeTimeProvider(OneServer.Start);
        await using var server = await Limited.StartAsync(clock: clock);
        var key = await server.KeyAsync("five");
        for (var asked = 0; asked < 5; asked++)
            Assert.Equal(200, (await server.AskAsync(Agents, key)).Status);

        await RefusedForAsync(server, key, 12);
        clock.Advance(TimeSpan.FromSeconds(11.5));
        await RefusedForAsync(server, key, 1);
        clock.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(200, (await server.AskAsync(Agents, key)).Status);
        await RefusedForAsync(server, key, 12);

        clock.Advance(TimeSpan.FromMinutes(10)); // no more than a bucket holds
        var full = await server.AskAsync(Agents, key);
        Assert.Equal(4, full.Remaining());
        Assert.Equal((clock.GetUtcNow().ToUnixTimeSeconds() + 12).ToString(CultureInfo.InvariantCulture), full.Header("X-RateLimit-Reset"));
        Assert.Equal("\"five\";r=4;t=12", full.Header("RateLimit"));
    }

    [Fact]
    public async Task An_answer_that_was_not_made_anew_says_what_is_left_now()
    {
        await using var server = await Limited.StartAsync(clock: new FakeTimeProvider(OneServer.Start));
        var key = await server.KeyAsync("five");
        var first = await server.AskAsync(Agents, key);
        var second = await server.AskAsync(Agents, key);
        var unchanged = await server.AskAsync(Agents, key, headers: ("If-None-Match", second.ETag!));
        Assert.Equal((200, 200, 304), (first.Status, second.Status, unchanged.Status));
        Assert.Equal((4, 3, 2), (first.Remaining(), second.Remaining(), unchanged.Remaining()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_many_that_come_at_once_no_more_are_let_through_than_there_are_tokens(bool isShared)
    {
        await using var redis = isShared ? await OwnRedis.StartAsync() : null;
        await using var server = await Limited.StartAsync(change: settings => settings with { Redis = redis?.Setting });
        var key = await server.KeyAsync("five", scopes: KeyScope.Read);
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => server.AskAsync(Agents, key)));
        Assert.All(answers, answer => Assert.True(answer.Status is 200 or 429, answer.Text));
        Assert.InRange(answers.Count(answer => answer.Status == 200), 5, isShared ? 10 : 6); // a slow machine's Redis may be thought away once: then this node's share comes too
    }

    private static void Describes(Answer answer, int left)
    {
        Assert.Equal("5", answer.Header("X-RateLimit-Limit"));
        Assert.Equal(left, answer.Remaining());
        Assert.Equal("\"five\";q=5;w=60", answer.Header("RateLimit-Policy"));
        var parts = answer.Header("RateLimit").Split(";t=");
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"\"five\";r={left}"), parts[0]);
        var reset = int.Parse(parts[1], CultureInfo.InvariantCulture);
        Assert.InRange(reset, Math.Max(1, (12 * (5 - left)) - 8), 12 * (5 - left));
        var at = DateTimeOffset.FromUnixTimeSeconds(long.Parse(answer.Header("X-RateLimit-Reset"), CultureInfo.InvariantCulture));
        Assert.InRange(at - DateTimeOffset.UtcNow, TimeSpan.FromSeconds(reset - 10), TimeSpan.FromSeconds(reset + 1));
    }

    private static async Task RefusedForAsync(WitanServer server, string key, int seconds)
    {
        var refused = await server.AskAsync(Agents, key);
        Assert.Equal(429, refused.Status);
        Assert.Equal(TimeSpan.FromSeconds(seconds), refused.Headers.RetryAfter!.Delta);
    }
}
