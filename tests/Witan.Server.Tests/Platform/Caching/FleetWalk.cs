using Witan.Client;
using Witan.Server.Tests.Collaborations;

namespace Witan.Server.Tests.Platform.Caching;

/// <summary>A seeded walk over everything that can be written, and every read that is cached.</summary>
internal sealed class FleetWalk(WitanServer server, int seed)
{
    private static readonly string[] Agents = ["ada", "bob", "cy d/e"];
    private static readonly string[] Issues = ["leak", "crash & burn"];
    private static readonly string[] Repositories = ["django/django", "r+b"];
    private static readonly string[] Votes = ["approve", "reject", "abstain"];

    private readonly Random _random = new(seed);
    private readonly List<Guid> _fixes = [];
    private readonly List<Guid> _collaborations = [];
    private readonly List<string> _patterns = [];

    /// <summary>What the walk did last.</summary>
    public string Last { get; private set; } = "";

    /// <summary>Every kind of read that is cached, with what is there to be read.</summary>
    public IEnumerable<string> Reads()
    {
        string[] filters = ["agentId=ada", "agentId=cy%20d%2Fe", "issue=leak", "issue=crash+%26+burn", "repository=django/django", "repository=r%2Bb", "success=true", "status=succeeded",
            "decision=escalate", "domain=backend", "fixStrategy=revert", "q=LEAK", "limit=2", "agentId=bob&success=false", "issue=leak&agentId=ada&limit=1", "until=2026-12-01T00:00:00Z"];
        string[] others = ["/learnings", "/learnings?domain=backend", "/learnings?q=mend", "/learnings?minConfidence=0.5", "/learnings?agentId=ada&limit=1",
            "/collaborations", "/collaborations?leader=ada", "/collaborations?participant=bob", "/collaborations?status=executing", "/collaborations?outcome=success", "/collaborations?limit=2",
            "/votes", "/votes?voterId=bob", "/votes?history=true", "/votes?vote=approve&limit=2", "/agents", "/agents?limit=1",
            "/stats", "/stats/fixes", "/stats/collaborations", "/stats/domains", "/stats/consensus", "/stats/timeline", "/stats/timeline?bucket=hour"];
        return [
            "/auto-fixes", .. filters.Select(filter => $"/auto-fixes?{filter}"), .. others,
            .. Agents.Select(agent => $"/agents/{Uri.EscapeDataString(agent)}"),
            .. _fixes.TakeLast(4).Concat(_fixes.Take(2)).Distinct().Select(id => $"/auto-fixes/{id}"),
            .. _patterns.Select(pattern => $"/learnings/{pattern}"),
            .. _collaborations.TakeLast(3).Concat(_collaborations.Take(1)).Distinct().SelectMany(id => (string[])[$"/collaborations/{id}", $"/collaborations/{id}/consensus", $"/votes?collaborationId={id}"]),
        ];
    }

    /// <summary>Writes something; what is refused changes nothing and is a step too.</summary>
    public async Task StepAsync()
    {
        var answer = await (_random.Next(16) switch
        {
            0 or 1 or 2 => ProposeAsync(null),
            3 => ProposeAsync(new() { Success = _random.Next(3) > 0 }),
            4 => BatchAsync(),
            5 or 6 => WithFixAsync("outcome", id => server.ReportAsync(id, new OutcomeReport { Success = _random.Next(3) > 0, DurationMs = _random.Next(90_000) })),
            7 => WithFixAsync("rollback", id => server.ReportAsync(id, new OutcomeReport { RolledBack = true })),
            8 => WithFixAsync("status", id => server.SetStatusAsync(id, new { status = _random.Next(2) == 0 ? "applied" : "rejected", by = "somebody", reason = "because" })),
            9 or 10 => LearnAsync(),
            11 => ApplyAsync(),
            12 => BeginAsync(),
            13 or 14 => VoteAsync(),
            _ => MoveAsync(),
        });
        Last = $"{Last}: {answer?.Status}";
    }

    private async Task<Answer?> ProposeAsync(OutcomeReport? outcome)
    {
        Last = outcome is null ? "propose" : "report";
        var answer = await server.PostAsync("/auto-fixes", Fix() with { Outcome = outcome });
        _fixes.Add(answer.Id);
        if (answer.Json.TryGetProperty("collaborationId", out var escalated) && escalated.ValueKind == System.Text.Json.JsonValueKind.String && escalated.TryGetGuid(out var id) && !_collaborations.Contains(id))
            _collaborations.Add(id);
        return answer;
    }

    private Task<Answer?> BatchAsync()
    {
        Last = "batch";
        return Some(server.PostBatchAsync(Enumerable.Range(0, 5).Select(_ => Fix() with { Outcome = new() { Success = _random.Next(2) == 0, DurationMs = 5 } })));
    }

    private Task<Answer?> WithFixAsync(string what, Func<Guid, Task<Answer>> write)
    {
        Last = what;
        return _fixes.Count == 0 ? ProposeAsync(null) : Some(write(_fixes[^(1 + _random.Next(Math.Min(6, _fixes.Count)))]));
    }

    private Task<Answer?> LearnAsync()
    {
        Last = "learn";
        var pattern = $"mend-{_random.Next(5)}";
        if (!_patterns.Contains(pattern))
            _patterns.Add(pattern);
        return Some(server.PostAsync("/learnings", Council.Lesson(pattern, One(Agents), _random.Next(10) / 10.0, One(Issues), One(["backend", "frontend"]))));
    }

    private Task<Answer?> ApplyAsync()
    {
        Last = "apply";
        return _patterns.Count == 0 ? LearnAsync() : Some(server.ApplyAsync(One(_patterns), _fixes.Count > 0 && _random.Next(2) == 0 ? new { fixId = One(_fixes) } : new { success = _random.Next(2) == 0 }));
    }

    private async Task<Answer?> BeginAsync()
    {
        Last = "begin";
        var answer = await server.PostAsync("/collaborations", Council.On(One(Agents), "bob", "voter", "ada"));
        if (answer.Status == 201)
            _collaborations.Add(answer.Id);
        return answer;
    }

    private Task<Answer?> VoteAsync()
    {
        Last = "vote";
        return _collaborations.Count == 0 ? BeginAsync() : Some(server.VoteAsync(One(_collaborations), One(["ada", "bob", "voter", "cy d/e"]), One(Votes), $"solution {_random.Next(2)}"));
    }

    private async Task<Answer?> MoveAsync()
    {
        if (_collaborations.Count == 0 || _random.Next(6) == 0)
        {
            Last = "sweep";
            await server.SweepAsync(OneServer.Start.AddDays(3));
            return null;
        }
        Last = "change";
        return await server.ChangeAsync(One(_collaborations), _random.Next(3) switch { 0 => new { progress = (int?)_random.Next(101), status = (string?)null, outcome = (string?)null }, 1 => new { progress = (int?)null, status = (string?)"executing", outcome = (string?)null }, _ => new { progress = (int?)null, status = (string?)null, outcome = (string?)"success" } });
    }

    private FixProposal Fix() => new()
    {
        AgentId = One(Agents), FixStrategy = One(["code_patch", "revert"]), Issue = One(Issues), Repository = One(Repositories), Domain = One(["backend", "frontend"]), Layers = [_random.Next(3)],
    };

    private T One<T>(IReadOnlyList<T> list) => list[_random.Next(list.Count)];

    private static async Task<Answer?> Some(Task<Answer> answer) => await answer;
}
