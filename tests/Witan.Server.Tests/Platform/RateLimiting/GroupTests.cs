using Microsoft.Extensions.Time.Testing;
using Witan.Client;
using Witan.Server.Platform.RateLimiting;

namespace Witan.Server.Tests.Platform.RateLimiting;

/// <summary>Which limit holds for which route and for which caller.</summary>
public sealed class GroupTests
{
    private const string Prefix = Conversation.Prefix;
    private static readonly object Fix = new { agentId = "a", fixStrategy = "code_patch" };

    private static FakeTimeProvider Clock => new(OneServer.Start);

    [Theory]
    [InlineData("POST", Prefix + "/models/train", "strict", "strict")]
    [InlineData("POST", Prefix + "/models/none/promote", "strict", "strict")]
    [InlineData("POST", Prefix + "/stats/refresh", "strict", "strict")]
    [InlineData("POST", "/api/keys", "strict", "strict")]
    [InlineData("DELETE", "/api/keys/none", "strict", "strict")]
    [InlineData("POST", Prefix + "/auto-fixes", "fleet", "standard")]
    [InlineData("POST", Prefix + "/auto-fixes/batch", "fleet", "standard")]
    [InlineData("POST", Prefix + "/learnings", "fleet", "standard")]
    [InlineData("POST", Prefix + "/collaborations", "fleet", "standard")]
    [InlineData("POST", Prefix + "/collaborations/00000000-0000-0000-0000-000000000000/votes", "fleet", "standard")]
    [InlineData("POST", Prefix + "/confidence", "fleet", "lenient")]
    [InlineData("GET", Prefix + "/agents", "fleet", "lenient")]
    [InlineData("GET", Prefix + "/stats", "fleet", "lenient")]
    [InlineData("GET", "/api/keys", "fleet", "lenient")]
    [InlineData("GET", "/api/audit", "fleet", "lenient")]
    [InlineData("GET", "/metrics", "fleet", "lenient")]
    [InlineData("GET", "/health/ready", "fleet", "lenient")]
    [InlineData("GET", "/openapi/v1.json", "fleet", "lenient")]
    [InlineData("GET", Prefix + "/nowhere", "fleet", "lenient")]
    [InlineData("GET", "/nowhere", "fleet", "lenient")]
    public async Task A_route_is_limited_by_its_group_and_the_plan_of_the_key(string method, string path, string withKey, string withoutKey)
    {
        await using var server = await Limited.StartAsync(clock: Clock);
        var key = await server.KeyAsync(); // which was limited as local
        var (known, unknown) = (await server.AskAsync(path, key, method), await server.AskAsync(path, null, method));
        Assert.Equal((withKey, withoutKey), (known.Policy(), unknown.Policy()));
        var limits = new Dictionary<string, int> { ["strict"] = 3, ["standard"] = 4, ["lenient"] = 5, ["fleet"] = 7 };
        Assert.Equal((limits[withKey] - 1, limits[withoutKey] - 1), (known.Remaining(), unknown.Remaining()));
    }

    [Fact]
    public async Task What_sets_much_in_motion_shares_one_strict_bucket_and_the_rest_has_others()
    {
        await using var server = await Limited.StartAsync(clock: Clock);
        var key = await server.KeyAsync();
        Assert.Equal(404, (await server.AskAsync(Prefix + "/models/none/promote", key, "POST")).Status);
        Assert.Equal(404, (await server.AskAsync("/api/keys/none", key, "DELETE")).Status);
        Assert.Equal(200, (await server.AskAsync(Prefix + "/stats/refresh", key, "POST")).Status);
        Assert.Equal(429, (await server.AskAsync(Prefix + "/models/none/promote", key, "POST")).Status);
        Assert.Equal(429, (await server.AskAsync("/api/keys", key, "POST", new { name = "another", scopes = new[] { "read" } })).Status);

        for (var left = 6; left >= 0; left--)
            Assert.Equal((200, left), Told(await server.AskAsync(Prefix + "/agents", key)));
        Assert.Equal(429, (await server.AskAsync(Prefix + "/agents", key)).Status);
        Assert.Equal((201, 6), Told(await server.AskAsync(Prefix + "/auto-fixes", key, "POST", Fix)));
    }

    [Fact]
    public async Task A_batch_counts_as_one_request()
    {
        await using var server = await Limited.StartAsync(clock: Clock);
        var key = await server.KeyAsync("five");
        var lines = string.Join('\n', Enumerable.Repeat("{\"agentId\":\"a\",\"fixStrategy\":\"code_patch\",\"outcome\":{\"success\":true}}", 50));
        var answer = await server.AskAsync(Prefix + "/auto-fixes/batch", key, "POST", lines);
        Assert.Equal((200, 4), Told(answer));
        Assert.Equal(50, answer.As<BatchAnswer>().Results.Count(line => line.Status == 201));
    }

    [Fact]
    public async Task Without_keys_this_machine_never_feels_a_limit()
    {
        await using var server = await Limited.StartAsync(new(Strict: 1, Standard: 1, Lenient: 1), Clock);
        for (var asked = 0; asked < 20; asked++)
        {
            Assert.Equal(200, (await server.AskAsync(Prefix + "/agents")).Status);
            Assert.Equal(200, (await server.AskAsync(Prefix + "/stats/refresh", method: "POST")).Status);
            var written = await server.AskAsync(Prefix + "/auto-fixes", method: "POST", body: Fix);
            Assert.Equal((201, "10000000", "local"), (written.Status, written.Header("X-RateLimit-Limit"), written.Policy()));
        }
    }

    [Fact]
    public async Task No_key_can_have_the_plan_of_this_machine_or_one_that_is_not_set()
    {
        await using var server = await Limited.StartAsync(clock: Clock);
        foreach (var plan in new[] { "local", "none", "", "Five" })
        {
            var refused = await server.AskAsync("/api/keys", method: "POST", body: new { name = "k", scopes = new[] { "read" }, plan });
            Assert.True(refused.Status == 400, refused.Text);
            Assert.Contains("there are five, fleet", refused.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_key_whose_plan_is_not_set_any_more_is_limited_like_nobody()
    {
        await using var before = await Limited.StartAsync(clock: Clock);
        var key = await before.KeyAsync("five");
        await using var after = await Limited.StartAsync(Limited.Low with { Plans = new Dictionary<string, int> { ["fleet"] = 7, ["local"] = 100 } }, Clock, settings => settings with { Database = before.Database });
        Assert.Equal("lenient", (await after.AskAsync(Prefix + "/agents", key)).Policy());
        Assert.Equal("standard", (await after.AskAsync(Prefix + "/auto-fixes", key, "POST", Fix)).Policy());
    }

    [Fact]
    public async Task A_limit_of_the_whole_service_holds_beside_the_one_of_each_caller()
    {
        await using var server = await Limited.StartAsync(Limited.Low with { Global = 6 }, Clock);
        var first = await server.KeyAsync("five"); // one of the six
        var second = await server.KeyAsync("five", first); // and another
        Assert.Equal((200, 4), Told(await server.AskAsync(Prefix + "/agents", first)));
        Assert.Equal((200, 3), Told(await server.AskAsync(Prefix + "/agents", first)));
        Assert.Equal((200, 4), Told(await server.AskAsync(Prefix + "/agents", second)));
        Assert.Equal((200, 4), Told(await server.AskAsync("/health/live")));
        foreach (var key in new[] { first, second, null })
        {
            var refused = await server.AskAsync(Prefix + "/agents", key);
            Assert.Equal((429, "global", "6"), (refused.Status, refused.Policy(), refused.Header("X-RateLimit-Limit")));
        }
    }

    [Fact]
    public async Task An_own_limit_is_told_before_the_one_of_the_whole_service()
    {
        await using var server = await Limited.StartAsync(Limited.Low with { Global = 1_000 }, Clock);
        var key = await server.KeyAsync("five");
        for (var asked = 0; asked < 5; asked++)
            Assert.Equal(200, (await server.AskAsync(Prefix + "/agents", key)).Status);
        Assert.Equal("five", (await server.AskAsync(Prefix + "/agents", key)).Policy());
        Assert.True(new Plans(new()).Global is null, "off unless set");
    }

    private static (int Status, int Remaining) Told(Answer answer) => (answer.Status, answer.Remaining());
}
