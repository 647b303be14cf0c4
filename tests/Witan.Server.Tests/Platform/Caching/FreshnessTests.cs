using Microsoft.Extensions.Time.Testing;
using Witan.Client;
using Witan.Server.Tests.Collaborations;

namespace Witan.Server.Tests.Platform.Caching;

/// <summary>Whatever is written, the next read on the same node shows it.</summary>
public sealed class FreshnessTests : IAsyncLifetime
{
    private const int Writes = 120;

    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private readonly Random _random = new(41);
    private readonly List<Guid> _fixes = [];
    private readonly List<Guid> _collaborations = [];
    private readonly List<string> _patterns = [];
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WitanServer.StartAsync(_clock);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task After_every_write_every_answer_is_the_one_that_its_route_would_give()
    {
        await _server.KnowAsync(20, 2, "agent-0", "agent-1", "agent-2", "agent-3");
        var (hits, reads) = (0, 0);
        for (var write = 0; write < Writes; write++)
        {
            _clock.Advance(TimeSpan.FromSeconds(_random.Next(1, 30)));
            await WriteAsync();
            foreach (var path in Paths())
            {
                reads++;
                if (await _server.IsFreshAsync(path))
                    hits++;
            }
        }
        Assert.InRange(hits, Engine.IsPostgres ? 1 : reads / 10, reads); // or nothing was shown; where nodes are not told, an answer lives 2 seconds
    }

    private IEnumerable<string> Paths()
    {
        yield return "/auto-fixes";
        yield return "/auto-fixes?limit=3&success=true";
        foreach (var agent in Enumerable.Range(0, 4))
        {
            yield return $"/auto-fixes?agentId=agent-{agent}";
            yield return $"/agents/agent-{agent}";
            yield return $"/votes?voterId=agent-{agent}";
            yield return $"/collaborations?leader=agent-{agent}";
        }
        yield return "/auto-fixes?issue=issue-1&limit=7";
        yield return "/auto-fixes?repository=repo%2F1";
        foreach (var fix in _fixes.TakeLast(3))
            yield return $"/auto-fixes/{fix}";
        yield return "/learnings";
        yield return "/learnings?domain=backend";
        foreach (var pattern in _patterns.Take(3))
            yield return $"/learnings/{pattern}";
        yield return "/collaborations?participant=agent-1";
        foreach (var collaboration in _collaborations.TakeLast(2))
        {
            yield return $"/collaborations/{collaboration}";
            yield return $"/collaborations/{collaboration}/consensus";
            yield return $"/votes?collaborationId={collaboration}";
        }
        yield return "/votes?history=true";
        yield return "/agents";
        foreach (var summary in new[] { "", "/fixes", "/collaborations", "/domains", "/consensus", "/timeline" })
            yield return $"/stats{summary}";
    }

    private Task WriteAsync() => _random.Next(10) switch
    {
        0 or 1 => ProposeAsync(),
        2 => _fixes.Count == 0 ? ProposeAsync() : _server.ReportAsync(Any(_fixes), new { success = _random.Next(3) > 0, durationMs = _random.Next(9_000) }),
        3 => _fixes.Count == 0 ? ProposeAsync() : _server.ReportAsync(Any(_fixes), new { rolledBack = true }),
        4 => _fixes.Count == 0 ? ProposeAsync() : _server.SetStatusAsync(Any(_fixes), new { status = _random.Next(2) == 0 ? "applied" : "rejected", by = "ci" }),
        5 => LearnAsync(),
        6 => _patterns.Count == 0 || _fixes.Count == 0 ? LearnAsync() : _server.ApplyAsync(Any(_patterns), new { fixId = Any(_fixes) }),
        7 => BeginAsync(),
        8 => _collaborations.Count == 0 ? BeginAsync() : _server.VoteAsync(Any(_collaborations), Agent(), _random.Next(2) == 0 ? "approve" : "reject"),
        _ => _random.Next(3) switch
        {
            0 when _collaborations.Count > 0 => _server.ChangeAsync(Any(_collaborations), new { status = "executing", progress = _random.Next(100) }),
            1 => _server.SweepAsync(_clock.GetUtcNow() + TimeSpan.FromHours(_random.Next(30))),
            _ => _server.PostAsync("/stats/refresh", null),
        },
    };

    private async Task ProposeAsync() => _fixes.Add((await _server.ProposeAsync(new()
    {
        AgentId = Agent(), FixStrategy = "code_patch", Issue = $"issue-{_random.Next(3)}", Repository = $"repo/{_random.Next(2)}", Domain = "backend",
    })).Id!.Value);

    private async Task LearnAsync()
    {
        var pattern = $"pattern-{_random.Next(6)}";
        await _server.LearnAsync(Council.Lesson(pattern));
        if (!_patterns.Contains(pattern))
            _patterns.Add(pattern);
    }

    private async Task BeginAsync()
    {
        var leader = Agent();
        _collaborations.Add((await _server.BeginAsync(Council.On(leader, [.. Enumerable.Range(0, 4).Select(i => $"agent-{i}").Where(agent => agent != leader)]))).Id);
    }

    private string Agent() => $"agent-{_random.Next(4)}";

    private T Any<T>(List<T> all) => all[_random.Next(all.Count)];
}
