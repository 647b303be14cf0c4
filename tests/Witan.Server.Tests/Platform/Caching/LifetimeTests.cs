using Microsoft.Extensions.Time.Testing;
using Witan.Server.Tests.Collaborations;

namespace Witan.Server.Tests.Platform.Caching;

/// <summary>How long answers are kept while nothing changes, and how many.</summary>
public sealed class LifetimeTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WitanServer.StartAsync(_clock);
        await _server.TeachAsync("ada", successes: 3);
        await _server.LearnAsync(Council.Lesson("mend"));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>Not all at once: what was cached together would be made anew together.</summary>
    [Theory]
    [InlineData("/auto-fixes", 30)]
    [InlineData("/learnings", 60)]
    [InlineData("/collaborations", 15)]
    [InlineData("/votes", 15)]
    [InlineData("/agents", 24 * 60)]
    [InlineData("/stats/fixes", 5)]
    public async Task Each_kind_has_its_own_lifetime_give_or_take_a_tenth(string list, int minutes)
    {
        Assert.SkipWhen(Engine.IsPostgres, "Where other nodes may write and nobody tells of it, an answer is used for two seconds.");
        var lifetime = TimeSpan.FromMinutes(minutes);
        string[] reads = [.. Enumerable.Range(1, 60).Select(limit => $"{list}?limit={limit}")];
        Assert.Equal(0, await HitsAsync(reads));

        var shares = new List<int>();
        foreach (var tenths in (double[])[8.99, 0.5, 0.5, 0.51, 0.51]) // to 0.899, 0.949, 0.999, 1.05 and 1.101 of it
        {
            _clock.Advance(lifetime * (tenths / 10));
            shares.Add(await PeekAsync(reads));
        }

        Assert.Equal((60, 0), (shares[0], shares[^1]));
        Assert.InRange(shares[1], 30, 59);
        Assert.InRange(shares[3], 1, 30);
    }

    [Fact]
    public async Task Where_others_may_write_and_nobody_tells_of_it_an_answer_is_used_for_two_seconds()
    {
        Assert.SkipUnless(Engine.IsPostgres, "A file has one writer.");
        await _server.GetAsync("/auto-fixes");

        _clock.Advance(TimeSpan.FromSeconds(1.9));
        Assert.True((await _server.GetAsync("/auto-fixes")).IsHit());
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.False((await _server.GetAsync("/auto-fixes")).IsHit());
    }

    [Fact]
    public async Task What_is_kept_takes_no_more_memory_than_is_set()
    {
        const int asked = 2_000;
        await using var server = await WitanServer.StartAsync(_clock, settings => settings with { Cache = new(1) });
        await server.TeachAsync(Enumerable.Range(0, 40).Select(i => Some.Success("ada", $"an issue with a rather long name, number {i}")));
        var size = 0;
        for (var i = 1; i <= asked; i++)
            size = (await server.GetAsync(Target(i))).Bytes.Length;

        var kept = 0;
        for (var i = asked; i > 0; i--) // from those that may be there on: what is a miss now is kept instead of something
            kept += (await server.GetAsync(Target(i))).IsHit() ? 1 : 0;

        Assert.InRange(size, 3_000, 100_000);
        Assert.InRange(kept * (long)size, size, 1 << 20);

        static string Target(int i) => $"/auto-fixes?agentId=ada&until={OneServer.Start.AddMinutes(i):yyyy-MM-ddTHH:mm:ssZ}";
    }

    private async Task<int> HitsAsync(IEnumerable<string> reads)
    {
        var hits = 0;
        foreach (var read in reads)
            hits += (await _server.GetAsync(read)).IsHit() ? 1 : 0;
        return hits;
    }

    // Each read once in its life: a miss is asked for no more, or it would be kept anew.
    private readonly HashSet<string> _gone = [];

    private async Task<int> PeekAsync(IEnumerable<string> reads)
    {
        var left = 0;
        foreach (var read in reads.Where(read => !_gone.Contains(read)).ToList())
        {
            if ((await _server.GetAsync(read)).IsHit())
                left++;
            else
                _gone.Add(read);
        }
        return left;
    }
}
