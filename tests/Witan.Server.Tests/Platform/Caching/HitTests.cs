using Microsoft.Extensions.Time.Testing;
using Witan.Server.Tests.Collaborations;

namespace Witan.Server.Tests.Platform.Caching;

/// <summary>What was answered before is answered without the database, until something that it depends on is written.</summary>
public sealed class HitTests : IAsyncLifetime
{
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WitanServer.StartAsync(new FakeTimeProvider(OneServer.Start));
        await _server.TeachAsync("ada", successes: 3, issue: "leak");
        await _server.TeachAsync("bob", successes: 2, issue: "crash");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_second_request_of_every_cached_read_is_a_hit_and_reads_nothing()
    {
        var walk = new FleetWalk(_server, 11);
        await _server.TeachAsync("cy d/e", successes: 1);
        for (var step = 0; step < 40; step++)
            await walk.StepAsync();
        var reads = walk.Reads().ToList();
        var first = new List<Answer>();
        foreach (var read in reads)
            first.Add(await _server.GetAsync(read));
        var (count, misses, hits) = (new ReadCount(_server), _server.Misses(), _server.Hits("memory"));

        foreach (var (i, read) in reads.Index())
        {
            var second = await _server.GetAsync(read);
            Assert.Equal(("witan; hit", first[i].Text, first[i].ETag), (second.CacheStatus(), second.Text, second.ETag));
        }
        Assert.Equal((0, misses, hits + reads.Count), (count.Count, _server.Misses(), _server.Hits("memory")));

        await _server.GetAsync("/auto-fixes?limit=7"); // the control: a miss reads, and is counted
        Assert.Equal((1, misses + 1), (count.Count, _server.Misses()));
    }

    [Theory]
    [InlineData("/auto-fixes?agentId=bob")]
    [InlineData("/auto-fixes?issue=crash")]
    [InlineData("/auto-fixes?repository=other")]
    [InlineData("/agents/bob")]
    [InlineData("/learnings")]
    [InlineData("/collaborations")]
    [InlineData("/votes")]
    public async Task A_write_of_one_agent_leaves_what_others_depend_on(string read)
    {
        var before = await _server.GetAsync(read);
        var mine = await _server.GetAsync("/auto-fixes?agentId=ada");

        var fix = await _server.ProposeAsync(Some.Fix("ada", "leak") with { Repository = "mine" });
        await _server.ReportAsync(fix.Id, new { success = true });

        var after = await _server.GetAsync(read);
        Assert.Equal(("witan; hit", before.Text), (after.CacheStatus(), after.Text));
        Assert.NotEqual(mine.Text, (await _server.GetAsync("/auto-fixes?agentId=ada")).Text);
    }

    [Fact]
    public async Task A_vote_leaves_the_other_votes_and_its_leader_the_other_leaders()
    {
        await _server.KnowAsync(8, 2, "carl");
        var (one, other) = (await _server.BeginAsync(Council.On("ada", "bob", "carl")), await _server.BeginAsync(Council.On("bob", "ada", "carl")));
        string[] reads = [$"/votes?collaborationId={other.Id}", $"/collaborations/{other.Id}", $"/collaborations/{other.Id}/consensus", "/collaborations?leader=bob", "/votes?voterId=bob"];
        foreach (var read in reads)
            await _server.GetAsync(read);

        await _server.CastAsync(one.Id, "carl", "approve");
        await _server.ChangeAsync(one.Id, new { progress = 40 });

        Assert.All(await Task.WhenAll(reads.Select(read => _server.GetAsync(read))), answer => Assert.Equal("witan; hit", answer.CacheStatus()));
        Assert.Single(await _server.VotesAsync(one.Id));
    }

    [Fact]
    public async Task What_is_not_there_is_not_remembered()
    {
        var id = Guid.NewGuid();
        string[] reads = ["/agents/new", "/learnings/new", $"/auto-fixes/{id}", $"/collaborations/{id}", $"/collaborations/{id}/consensus", "/auto-fixes?limit=0", "/auto-fixes?unknown=1"];
        foreach (var read in reads.Concat(reads))
        {
            var answer = await _server.GetAsync(read);
            Assert.True(answer.Status is 400 or 404 && answer.CacheStatus().Length == 0, $"{read}: {answer.Status} {answer.CacheStatus()}");
        }
        await _server.LearnAsync(Council.Lesson("new", by: "new"));

        Assert.Equal((200, 200), ((await _server.GetAsync("/agents/new")).Status, (await _server.GetAsync("/learnings/new")).Status));
    }

    [Fact]
    public async Task With_no_memory_for_it_there_is_no_cache()
    {
        await using var server = await WitanServer.StartAsync(new FakeTimeProvider(OneServer.Start), settings => settings with { Cache = new(0) });
        var count = new ReadCount(server);

        for (var i = 0; i < 3; i++)
        {
            var before = count.Count;
            Assert.Equal("", (await server.GetAsync("/auto-fixes")).CacheStatus());
            Assert.InRange(count.Count, before + 1, int.MaxValue);
        }
        Assert.Equal(0, server.Misses() + server.Hits("memory"));
    }
}
