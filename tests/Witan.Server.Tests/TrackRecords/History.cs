using Witan.Client;

namespace Witan.Server.Tests.TrackRecords;

/// <summary>A step in the life of a fleet: a proposal, or word of the fix that an earlier step proposed.</summary>
internal sealed record Step(TimeSpan Wait, int Fix, FixProposal? Proposal, OutcomeReport? Outcome);

/// <summary>Makes up what a fleet does: fixes that overlap, fail, are rolled back, or are never heard of again.</summary>
internal static class History
{
    /// <summary>Steps with pauses between them. Outcomes carry no times: they happen when they are told.</summary>
    public static List<Step> Of(int seed, int fixes)
    {
        var random = new Random(seed);
        var open = new List<(int Fix, bool Succeeded)>();
        var steps = new List<Step>();
        var proposed = 0;
        while (proposed < fixes || open.Count > fixes / 4)
        {
            var wait = random.Next(4) == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(random.Next(1, 4_000_000));
            if (proposed < fixes && random.Next(5) < 3)
            {
                open.Add((proposed, false));
                steps.Add(new(wait, proposed++, Proposal(random), null));
                continue;
            }
            if (open.Count == 0)
                continue;
            var at = random.Next(open.Count);
            var (fix, succeeded) = open[at];
            open.RemoveAt(at);
            if (succeeded)
            {
                steps.Add(new(wait, fix, null, new() { RolledBack = true }));
                continue;
            }
            var success = random.Next(3) > 0;
            steps.Add(new(wait, fix, null, new() { Success = success, DurationMs = random.Next(2) == 0 ? random.Next(100_000) : null }));
            if (success && random.Next(4) == 0)
                open.Add((fix, true));
        }
        return steps;
    }

    private static FixProposal Proposal(Random random) => new()
    {
        AgentId = $"agent-{random.Next(4)}",
        Family = random.Next(2) == 0 ? "family" : null,
        Model = random.Next(2) == 0 ? $"model-{random.Next(2)}" : null,
        FixStrategy = random.Next(3) == 0 ? "performance" : "code_patch",
        Issue = random.Next(4) == 0 ? null : $"issue-{random.Next(6)}",
        Repository = random.Next(4) == 0 ? null : $"org/repo-{random.Next(2)}",
        Domain = random.Next(3) == 0 ? "backend" : null,
        Error = random.Next(3) == 0 ? $"TypeError: line {random.Next(100)} of file" : null,
        Changes = random.Next(2) == 0 ? new() { Files = random.Next(9), LinesAdded = random.Next(300) } : null,
        Attributes = random.Next(2) == 0 ? new Dictionary<string, System.Text.Json.JsonElement> { ["size"] = System.Text.Json.JsonElement.Parse($"{random.Next(50)}") } : null,
    };
}
