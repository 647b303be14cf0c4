using Witan.Client;
using Witan.Server.Collaborations;
using Witan.Server.Fixes;
using Witan.Server.Learnings;
using Witan.Server.Storage;

namespace Witan.Server.Verbs;

/// <summary>
/// A handful of learnings, collaborations and votes for the demo, so that every list shows something. The learnings are common
/// practice; the votes are facts: an agent approves when it resolved the issue itself.
/// </summary>
internal sealed class DemoCouncil(WebApplication app)
{
    private const string Self = "witan-demo";
    private const string Issue = "django__django-14017";
    private const int Voters = 5;

    private static readonly LearningReport[] Learnings =
    [
        new()
        {
            Pattern = "see-the-test-fail-first", Problem = "A patch passes a test that never failed, so the test proves nothing",
            Solution = "Run the test before the change and see it fail, then after it and see it pass", AgentDomains = ["testing"], DiscoveredBy = Self, Confidence = 0.9,
        },
        new()
        {
            Pattern = "return-not-implemented", Problem = "TypeError: unsupported operand type when two classes are combined in one order only",
            Solution = "Return NotImplemented for operands that are not known, so that Python tries the other one's reflected method",
            CodeExample = "def __and__(self, other):\n    if not isinstance(other, Q):\n        return NotImplemented\n    return self._combine(other, self.AND)",
            AgentDomains = ["python", "backend"], EsaLayers = [1], DiscoveredBy = Self, Confidence = 0.7,
        },
        new()
        {
            Pattern = "do-not-touch-the-lock-file", Problem = "A small fix rewrites the lock file and changes versions that nobody asked for",
            Solution = "Restore the lock file unless the change is about a dependency", AgentDomains = ["dependencies"], DiscoveredBy = Self, Confidence = 0.8,
        },
        new()
        {
            Pattern = "copy-mutable-defaults", Problem = "Two instances share a list or dictionary that was a default argument or class attribute",
            Solution = "Default to None, and make a new one for each instance", CodeExample = "def __init__(self, items=None):\n    self.items = list(items or [])",
            AgentDomains = ["python", "backend"], EsaLayers = [1, 2], DiscoveredBy = Self, Confidence = 0.8,
        },
    ];

    private readonly WriteQueue _writes = app.Services.GetRequiredService<WriteQueue>();

    public async Task SeedAsync(CancellationToken cancel)
    {
        var learnings = app.Services.GetRequiredService<LearningIntake>();
        foreach (var learning in Learnings)
            await _writes.RunAsync(learnings.Report, learning);

        var tried = await app.Services.GetRequiredService<FixStore>().ResolvedAsync(Issue, Voters, cancel);
        var vote = await BeginAsync(CollaborationType.Reviewing, $"May a fix for {Issue} be trusted? Those who tried it vote by what became of their own attempt.", [.. tried.Select(fix => fix.AgentId)]);
        foreach (var fix in tried)
            await VoteAsync(vote.Id, fix);
        var work = await BeginAsync(CollaborationType.Building, "Import the bundled outcomes and train a first model on them", [Self]);
        await ChangeAsync(work.Id, new() { Status = CollaborationState.Executing, Progress = 50 });
        await ChangeAsync(work.Id, new() { Status = CollaborationState.Testing, Progress = 90 });
        await ChangeAsync(work.Id, new() { Status = CollaborationState.Complete, Outcome = CollaborationOutcome.Success });
        await BeginAsync(CollaborationType.Planning, "Propose a fix, see the decision, report how it ended", [Self]);
    }

    private async Task<CollaborationRow> BeginAsync(CollaborationType type, string goal, string[] participants)
    {
        var intake = app.Services.GetRequiredService<CollaborationIntake>();
        var begun = await _writes.RunAsync(intake.Begin, new() { Type = type, Leader = Self, Goal = goal, Participants = participants });
        return begun.Collaboration!;
    }

    private Task VoteAsync(Guid id, FixRow fix) => _writes.RunAsync(app.Services.GetRequiredService<VoteIntake>().Cast, new(id, new()
    {
        VoterId = fix.AgentId,
        Solution = $"a fix for {Issue}",
        Vote = fix.Success == true ? VoteKind.Approve : VoteKind.Reject,
        Reasoning = $"{(fix.Success == true ? "resolved" : "did not resolve")} it itself on {fix.ProposedAt:yyyy-MM-dd}",
    }));

    private Task ChangeAsync(Guid id, CollaborationChange change) =>
        _writes.RunAsync(app.Services.GetRequiredService<CollaborationIntake>().Change, new ChangeInput(id, change));
}
