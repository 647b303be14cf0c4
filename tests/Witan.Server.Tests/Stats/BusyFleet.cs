using Microsoft.Extensions.Time.Testing;
using Witan.Client;
using Witan.Server.Tests.Collaborations;

namespace Witan.Server.Tests.Stats;

/// <summary>A server on which some weeks of everything have happened, and what there is as its lists tell it.</summary>
public sealed class BusyFleet : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private readonly Random _random = new(11);

    internal WitanServer Server { get; private set; } = null!;

    internal IReadOnlyList<AutoFix> Fixes { get; private set; } = [];

    internal IReadOnlyList<Learning> Learnings { get; private set; } = [];

    internal IReadOnlyList<Collaboration> Collaborations { get; private set; } = [];

    internal IReadOnlyList<Vote> Votes { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        Server = await WitanServer.StartAsync(_clock);
        await Server.TeachAsync(Enumerable.Range(0, 70).Select(i => Report(i)));
        for (var i = 0; i < 30; i++)
        {
            await FixAsync(i);
            await LearningAsync(i);
            await CollaborationAsync(i);
            _clock.Advance(TimeSpan.FromMinutes(_random.Next(2000)));
        }
        await Server.PostAsync("/stats/refresh", null);
        Fixes = (await Server.GetAsync("/auto-fixes?limit=200")).As<AutoFixPage>().AutoFixes;
        Learnings = (await Server.GetAsync("/learnings?limit=200")).As<LearningPage>().Learnings;
        Collaborations = (await Server.GetAsync("/collaborations?limit=200")).As<CollaborationPage>().Collaborations;
        Votes = (await Server.GetAsync("/votes?limit=200")).As<VotePage>().Votes;
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private FixProposal Report(int i) => Some.Fix($"agent {i % 5}", $"issue-{i % 9}", i % 3 == 0 ? "code_patch" : "own/strategy") with
    {
        Domain = i % 2 == 0 ? "backend" : null, ProposedAt = OneServer.Start.AddHours(-i * 7).AddMicroseconds(_random.Next(1000)),
        Outcome = new() { Success = _random.Next(3) > 0, DurationMs = i % 4 == 0 ? null : _random.Next(100_000) },
    };

    private async Task FixAsync(int i)
    {
        var fix = await Server.ProposeAsync(Some.Fix($"agent {i % 6}", $"issue-{i % 9}") with { Domain = "backend" });
        if (i % 3 > 0)
            await Server.ReportAsync(fix.Id, new { success = i % 3 == 1, durationMs = _random.Next(1000) });
        if (i % 6 == 1)
            await Server.ReportAsync(fix.Id, new { rolledBack = true });
    }

    private async Task LearningAsync(int i)
    {
        await Server.LearnAsync(Council.Lesson($"pattern-{i % 12}", $"agent {i % 5}", _random.Next(11) / 10.0, "It breaks", [.. new[] { "a", "b c", "d/e" }.Where(_ => _random.Next(2) == 0).DefaultIfEmpty("z")]));
        for (var use = 0; use < i % 4; use++)
            await Server.ApplyAsync($"pattern-{i % 12}", new { success = i % 2 == 0 });
    }

    private async Task CollaborationAsync(int i)
    {
        var begun = await Server.BeginAsync(Council.On($"lead {i % 3}", "agent 0", "agent 1", "agent 2", "agent 3") with { Type = (CollaborationType)(i % 3), Deadline = _clock.GetUtcNow().AddYears(1) });
        for (var voter = 0; voter < i % 5; voter++)
            await Server.VoteAsync(begun.Id, $"agent {voter}", (i * voter % 4) switch { 0 => "abstain", 3 => "reject", _ => "approve" });
        if (i % 3 == 0)
            await Server.VoteAsync(begun.Id, "agent 0", "reject", "changed");
        _clock.Advance(TimeSpan.FromSeconds(_random.Next(100)));
        foreach (var step in new[] { "executing", "testing", "complete" }.Take(_random.Next(5)))
            await Server.ChangeAsync(begun.Id, step == "complete" ? new { status = step, outcome = i % 2 == 0 ? "success" : "failure" } : new { status = step, progress = _random.Next(50, 60) });
    }
}
