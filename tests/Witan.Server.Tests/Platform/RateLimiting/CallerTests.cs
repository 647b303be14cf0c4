using System.Net;
using Microsoft.Extensions.Time.Testing;
using Witan.Server.Platform.RateLimiting;

namespace Witan.Server.Tests.Platform.RateLimiting;

/// <summary>Whose bucket it is: of a key, or else of an address, and never of what a header claims.</summary>
public sealed class CallerTests
{
    private const string Open = "/health/live";
    private const string Agents = Conversation.Prefix + "/agents";
    private const int Lenient = 5;

    private static FakeTimeProvider Clock => new(OneServer.Start);

    [Fact]
    public async Task Each_key_has_buckets_of_its_own_wherever_it_is_used()
    {
        await using var server = await Limited.StartAsync(clock: Clock);
        var first = await server.KeyAsync("five");
        var second = await server.KeyAsync("five", first);
        for (var asked = 0; asked < 5; asked++)
            Assert.Equal(200, (await server.AskAsync(Agents, first)).Status);
        Assert.Equal(429, (await server.AskAsync(Agents, first)).Status);
        Assert.Equal(429, (await server.AskAsync(Agents, headers: ("X-Api-Key", first))).Status);
        Assert.Equal(429, await server.AskFromAsync("127.0.0.2", Agents, ("Authorization", $"Bearer {first}")));
        Assert.Equal(200, (await server.AskAsync(Agents, second)).Status);
    }

    [Fact]
    public async Task Without_a_key_each_address_has_a_bucket_of_its_own()
    {
        await using var server = await Limited.StartAsync(clock: Clock);
        await server.KeyAsync();
        for (var asked = 0; asked < Lenient; asked++)
            Assert.Equal(200, await server.AskFromAsync("127.0.0.2", Open));
        Assert.Equal(429, await server.AskFromAsync("127.0.0.2", Open));
        Assert.Equal(200, await server.AskFromAsync("127.0.0.3", Open));
    }

    [Fact]
    public async Task Guessing_keys_uses_up_the_bucket_of_the_address()
    {
        await using var server = await Limited.StartAsync(clock: Clock);
        var key = await server.KeyAsync("five");
        for (var asked = 0; asked < Lenient; asked++)
        {
            var guess = string.Concat(key.AsSpan(0, key.Length - 12), $"00{asked}", key.AsSpan(key.Length - 9));
            Assert.Equal(401, (await server.AskAsync(Agents, guess)).Status);
        }
        Assert.Equal(429, (await server.AskAsync(Agents, "witan_another_guess")).Status);
        Assert.Equal(429, (await server.AskAsync(Open)).Status);
        Assert.Equal(200, (await server.AskAsync(Agents, key)).Status);
    }

    [Fact]
    public async Task No_header_makes_another_caller_of_one_also_not_from_loopback()
    {
        await using var server = await Limited.StartAsync(clock: Clock);
        await server.KeyAsync();
        string[] names = ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "CF-Connecting-IP"];
        for (var asked = 0; asked < Lenient; asked++)
            Assert.Equal(200, (await server.AskAsync(Open, headers: (names[asked], names[asked] == "Forwarded" ? "for=203.0.113.7" : "203.0.113.7"))).Status);
        Assert.All(names, name => Assert.Equal(429, server.AskAsync(Open, headers: (name, "203.0.113.99")).Result.Status));
    }

    [Fact]
    public async Task A_named_proxy_tells_who_asks_and_others_do_not()
    {
        await using var server = await Limited.StartAsync(clock: Clock, change: settings => settings with { Proxies = [IPAddress.Parse("127.0.0.5")] });
        await server.KeyAsync();
        for (var asked = 0; asked < Lenient; asked++)
            Assert.Equal(200, await server.AskFromAsync("127.0.0.5", Open, ("X-Forwarded-For", "203.0.113.7")));
        Assert.Equal(429, await server.AskFromAsync("127.0.0.5", Open, ("X-Forwarded-For", "203.0.113.7")));
        Assert.Equal(429, await server.AskFromAsync("127.0.0.5", Open, ("X-Forwarded-For", "198.51.100.1, 203.0.113.7"))); // what the caller sent before counts for nothing
        Assert.Equal(200, await server.AskFromAsync("127.0.0.5", Open, ("X-Forwarded-For", "203.0.113.8")));

        for (var asked = 0; asked < Lenient; asked++)
            Assert.Equal(200, await server.AskFromAsync("127.0.0.6", Open, ("X-Forwarded-For", $"192.0.2.{asked}")));
        Assert.Equal(429, await server.AskFromAsync("127.0.0.6", Open, ("X-Forwarded-For", "192.0.2.77")));
    }

    [Fact]
    public async Task A_network_of_IPv6_is_one_caller_and_a_mapped_address_is_the_one_that_it_maps()
    {
        await using var server = await Limited.StartAsync(clock: Clock, change: settings => settings with { Proxies = [IPAddress.Loopback] });
        await server.KeyAsync();
        for (var asked = 0; asked < Lenient; asked++)
            Assert.Equal(200, (await server.AskAsync(Open, headers: ("X-Forwarded-For", $"2001:db8:1:2:{asked}::{asked}"))).Status);
        Assert.Equal(429, (await server.AskAsync(Open, headers: ("X-Forwarded-For", "2001:db8:1:2:ffff:ffff:ffff:ffff"))).Status);
        Assert.Equal(200, (await server.AskAsync(Open, headers: ("X-Forwarded-For", "2001:db8:1:3::1"))).Status);

        for (var asked = 0; asked < Lenient; asked++)
            Assert.Equal(200, (await server.AskAsync(Open, headers: ("X-Forwarded-For", "::ffff:203.0.113.9"))).Status);
        Assert.Equal(429, (await server.AskAsync(Open, headers: ("X-Forwarded-For", "203.0.113.9"))).Status);
    }

    [Theory]
    [InlineData("203.0.113.9", "203.0.113.9")]
    [InlineData("::ffff:203.0.113.9", "203.0.113.9")]
    [InlineData("2001:db8:1:2:3:4:5:6", "20010db800010002::/64")]
    [InlineData("fe80::1%1", "fe80000000000000::/64")]
    [InlineData(null, "unknown")]
    public void An_address_names_a_caller(string? address, string name) => Assert.Equal(name, RateLimits.AddressOf(address is null ? null : IPAddress.Parse(address)));
}
