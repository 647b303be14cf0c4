using Microsoft.Extensions.Time.Testing;
using Witan.Server.Storage;
using Witan.Server.Tests.Collaborations;

namespace Witan.Server.Tests.Platform.Caching;

/// <summary>Whatever is written, a cached read is to the byte what a server without a cache reads from the same database.</summary>
public sealed class SameAsWithoutTests : IAsyncLifetime
{
    private static readonly WriteOperation<int, int> Nothing = (_, inputs) => Task.FromResult<IReadOnlyList<int>>([.. inputs]);

    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;
    private WitanServer _without = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WitanServer.StartAsync(_clock, settings => settings with { Policy = Council.AlwaysEscalates });
        _without = await WitanServer.StartAsync(_clock, settings => settings with { Policy = Council.AlwaysEscalates, Database = _server.Database, Cache = new(0) });
    }

    public async ValueTask DisposeAsync()
    {
        await _without.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task After_each_write_every_cached_read_is_what_the_database_holds(int seed)
    {
        var walk = new FleetWalk(_server, seed);
        await _server.KnowAsync(8, 2, "ada", "bob", "voter", "cy d/e");
        var hits = 0;
        for (var step = 0; step < 45; step++)
        {
            await walk.StepAsync();
            if (step % 15 == 14)
                await _server.PostAsync("/stats/refresh", null);
            _clock.Advance(TimeSpan.FromMicroseconds(1));
            Assert.Empty(await DifferencesAsync(walk.Reads(), $"step {step}, {walk.Last}"));
            hits += (await Task.WhenAll(walk.Reads().Select(read => _server.GetAsync(read)))).Count(answer => answer.IsHit());
        }
        Assert.True(hits > 45 * 40, $"{hits} hits");
        Assert.Equal(0, _without.Misses() + _without.Hits("memory"));
    }

    /// <summary>The control: a write that the server has not been told of is a difference, and is none once it is.</summary>
    [Fact]
    public async Task What_another_process_wrote_differs_until_it_is_noticed()
    {
        var walk = new FleetWalk(_server, 4);
        await _server.TeachAsync("ada", successes: 3);
        Assert.Empty(await DifferencesAsync(walk.Reads(), "before"));

        await _without.TeachAsync("ada", successes: 1);
        Assert.NotEmpty(await DifferencesAsync(walk.Reads(), "unnoticed"));

        await _server.Room<WriteQueue>().RunAsync(Nothing, 0);
        Assert.Empty(await DifferencesAsync(walk.Reads(), "noticed"));
    }

    private async Task<IReadOnlyList<string>> DifferencesAsync(IEnumerable<string> reads, string when)
    {
        await _without.Room<WriteQueue>().RunAsync(Nothing, 0); // takes in the learnings that it holds in memory
        return [.. (await Task.WhenAll(reads.Select(async read =>
        {
            var (cached, fresh) = (await _server.GetAsync(read), await _without.GetAsync(read));
            var isSame = (cached.Status, TextOf(cached), cached.ETag, Link(cached)) == (fresh.Status, TextOf(fresh), fresh.ETag, Link(fresh));
            return isSame ? null : $"{when}: {read} [{cached.CacheStatus()}]\n{cached.Text}\n{fresh.Text}";
        }))).OfType<string>()];
    }

    // A problem names the request that it is the answer to.
    private static string? TextOf(Answer answer) => answer.Status == 200 ? answer.Text : answer.Code;

    private static string Link(Answer answer) => answer.Headers.TryGetValues("Link", out var values) ? string.Join(", ", values) : "";
}
