using Witan.Client;
using Witan.Server.Tests.Collaborations;

namespace Witan.Server.Tests.Learnings;

/// <summary>The list of learnings, newest first.</summary>
public sealed class LearningListTests : IAsyncLifetime
{
    private readonly Microsoft.Extensions.Time.Testing.FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;
    private IReadOnlyList<Learning> _all = [];

    public async ValueTask InitializeAsync()
    {
        _server = await WitanServer.StartAsync(_clock);
        var random = new Random(3);
        string[] domains = ["backend", "web front", "back", "däta/1"];
        string[] problems = ["100% wrong", "Ärger im Straßenbau", "snake_case", "SNAKEXCASE!", "plain"];
        for (var i = 0; i < 40; i++)
        {
            await _server.LearnAsync(new()
            {
                Pattern = $"p{random.Next(1000):D3}-{i}", Problem = problems[i % 5], Solution = i % 7 == 0 ? "Retry" : "Mend", DiscoveredBy = $"agent {i % 3}", Confidence = i % 11 / 10.0,
                AgentDomains = [.. domains.Where(_ => random.Next(2) == 0).DefaultIfEmpty("backend")], EsaLayers = [.. Enumerable.Range(0, 4).Where(_ => random.Next(2) == 0)],
            });
            if (i % 3 == 0)
                _clock.Advance(TimeSpan.FromMicroseconds(1)); // many share a moment
        }
        var all = (await _server.WalkAsync("/learnings", "learnings")).Select(item => item.GetProperty("pattern").GetString()!);
        _all = [.. await Task.WhenAll(all.Select(_server.LearningAsync))];
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public void Newest_come_first()
    {
        Assert.Equal(40, _all.Count);
        Assert.Equal(_all.OrderByDescending(l => l.CreatedAt).ThenByDescending(l => l.Pattern, StringComparer.Ordinal).Select(l => l.Pattern), _all.Select(l => l.Pattern));
    }

    [Fact]
    public Task Every_filter_and_every_pair_of_filters_finds_what_it_says() => _server.FindsAsync<Learning>("/learnings", "learnings", _all, l => l.Pattern, item => item.GetProperty("pattern").GetString()!,
        ("domain=backend", l => l.AgentDomains.Contains("backend")),
        ("domain=back", l => l.AgentDomains.Contains("back")),
        ("domain=d%C3%A4ta%2F1", l => l.AgentDomains.Contains("däta/1")),
        ("domain=none", _ => false),
        ("layer=0", l => l.EsaLayers.Contains(0)),
        ("layer=3", l => l.EsaLayers.Contains(3)),
        ("layer=99", _ => false),
        ("agentId=agent%201", l => l.DiscoveredBy == "agent 1"),
        ("agentId=AGENT%201", _ => false),
        ("minConfidence=0.5", l => l.Confidence >= 0.5),
        ("minConfidence=1", l => l.Confidence >= 1),
        ("minConfidence=0", _ => true),
        ("q=STRASSENBAU", _ => false),
        ("q=%C3%A4RGER", l => l.Problem.Contains("Ärger", StringComparison.Ordinal)),
        ("q=0%25", l => l.Problem.Contains("0%", StringComparison.Ordinal)),
        ("q=e_c", l => l.Problem.Contains("e_c", StringComparison.Ordinal)),
        ("q=!", l => l.Problem.Contains('!', StringComparison.Ordinal)),
        ("q=retry", l => l.Solution == "Retry"),
        ("q=-1", l => l.Pattern.Contains("-1", StringComparison.Ordinal)));

    [Theory]
    [InlineData("layer=-1")]
    [InlineData("layer=x")]
    [InlineData("minConfidence=1.7")]
    [InlineData("minConfidence=NaN")]
    [InlineData("minConfidence=-0.1")]
    [InlineData("domain=")]
    [InlineData("q=%00")]
    [InlineData("since=2026-01-01T00:00:00Z")]
    public async Task A_bad_filter_is_400(string query) => await _server.RefusedAsync(400, "invalid_query", () => _server.GetAsync($"/learnings?{query}"), query.Split('=')[0]);

    [Fact]
    public Task Rows_added_while_walking_neither_hide_nor_repeat_one() => _server.WalksWhileAsync("/learnings?domain=backend", "learnings", "pattern", async i =>
    {
        _clock.Advance(TimeSpan.FromMicroseconds(i % 2));
        await _server.LearnAsync(Council.Lesson($"a-new-{i}"));
        await _server.LearnAsync(Council.Lesson($"z-new-{i}"));
    });

    [Fact]
    public Task Limits_and_cursors_are_held_to() => _server.HasLimitsAsync("/learnings", "learnings");

    [Fact]
    public async Task An_empty_database_has_an_empty_list()
    {
        await using var server = await WitanServer.StartAsync();
        var answer = await server.GetAsync("/learnings");

        Assert.Equal("""{"learnings":[],"nextCursor":null}""", answer.Text);
        Assert.Equal(304, (await server.GetAsync("/learnings", answer.ETag)).Status);
    }
}
