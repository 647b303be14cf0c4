using Microsoft.Extensions.Time.Testing;
using Witan.Server.Platform.Caching;
using Witan.Server.Platform.Telemetry;

namespace Witan.Server.Tests.Platform.Caching;

/// <summary>One load for many, as narrow as the query, and no longer than promised.</summary>
public sealed class ResponseCacheTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WitanServer.StartAsync(_clock);
        await _server.TeachAsync("a", 40, 20, "issue");
        await _server.TeachAsync("b", 10, 1);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_second_request_is_a_hit_with_limits_of_its_own()
    {
        var first = await _server.GetAsync("/auto-fixes?agentId=a");
        var second = await _server.GetAsync("/auto-fixes?agentId=a");
        Assert.Equal(("witan; fwd=miss; stored", "witan; hit"), (first.From(), second.From()));
        Assert.Equal(first.Bytes, second.Bytes);
        Assert.Equal(first.ETag, second.ETag);
        Assert.Equal(first.Headers.GetValues("Link"), second.Headers.GetValues("Link"));
        Assert.Equal("private, no-cache", second.Headers.CacheControl!.ToString().Replace("no-cache, private", "private, no-cache", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_another_agent_does_leaves_an_agents_list_as_it_is()
    {
        await _server.GetAsync("/auto-fixes?agentId=a");
        await _server.GetAsync("/auto-fixes?agentId=b");
        await _server.ProposeAsync(Some.Fix("b"));
        Assert.True((await _server.GetAsync("/auto-fixes?agentId=a")).IsHit());
        Assert.False((await _server.GetAsync("/auto-fixes?agentId=b")).IsHit());
    }

    [Fact]
    public async Task A_hundred_at_once_make_one_load()
    {
        var before = Misses();
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => _server.GetAsync("/auto-fixes?agentId=a&limit=60")));
        Assert.Equal(before + 1, Misses());
        Assert.All(answers, answer => Assert.Equal(answers[0].Text, answer.Text));
    }

    [Fact]
    public async Task What_is_not_there_is_not_kept()
    {
        Assert.Equal(404, (await _server.GetAsync("/agents/newcomer")).Status);
        await _server.ProposeAsync(Some.Fix("newcomer"));
        Assert.Equal(200, (await _server.GetAsync("/agents/newcomer")).Status);
        Assert.Equal(400, (await _server.GetAsync("/auto-fixes?limit=0")).Status);
        Assert.Equal(400, (await _server.GetAsync("/auto-fixes?limit=0")).Status);
    }

    /// <summary>The race: what was read before a write, and is finished after it, must not be given to whoever asks after the write.</summary>
    [Fact]
    public async Task What_a_write_overtook_is_not_served_to_whoever_asks_after_it()
    {
        var generations = _server.Room<Generations>();
        int[] tags = [Tags.FixesOf("a")];
        var before = generations.Now(tags); // a load begins
        await _server.ProposeAsync(Some.Fix("a")); // and is overtaken
        Assert.False(before.IsCurrent);
        Assert.True(generations.Now(tags).IsCurrent); // the control
    }

    [Theory]
    [InlineData("/auto-fixes", 30)]
    [InlineData("/learnings", 60)]
    [InlineData("/collaborations", 15)]
    [InlineData("/votes", 15)]
    [InlineData("/agents", 24 * 60)]
    [InlineData("/stats/timeline", 5)]
    public async Task An_answer_lives_as_long_as_its_kind_give_or_take_a_tenth(string path, int minutes)
    {
        var lifetime = Engine.IsPostgres ? Invalidation.LifetimeAlone : TimeSpan.FromMinutes(minutes); // other nodes may write, and nobody would tell
        await _server.GetAsync(path);
        _clock.Advance(lifetime * 0.89);
        Assert.True((await _server.GetAsync(path)).IsHit());
        _clock.Advance(lifetime * 0.22);
        Assert.False((await _server.GetAsync(path)).IsHit());
    }

    [Fact]
    public async Task Its_memory_is_bounded()
    {
        await using var small = await WitanServer.StartAsync(_clock, settings => settings with { Cache = new(1) });
        await small.TeachAsync("a", 200);
        for (var i = 1; i <= 200; i++)
            Assert.Equal(200, (await small.GetAsync($"/auto-fixes?agentId=a&limit={i}")).Status);
        Assert.False((await small.GetAsync("/auto-fixes?agentId=a&limit=1")).IsHit() && (await small.GetAsync("/auto-fixes?agentId=a&limit=100")).IsHit() && (await small.GetAsync("/auto-fixes?agentId=a&limit=199")).IsHit());
    }

    [Fact]
    public async Task Turned_off_it_keeps_nothing()
    {
        await using var without = await WitanServer.StartAsync(_clock, settings => settings with { Cache = new(0) });
        await without.GetAsync("/agents");
        Assert.Equal("", (await without.GetAsync("/agents")).From());
    }

    private long Misses() => _server.Room<Instruments>().CacheMisses.Read().Sum(cell => cell.Value);
}
