using Witan.Client;
using Witan.Fixes;
using Witan.Server.Tests.Collaborations;

namespace Witan.Server.Tests.Platform.Telemetry;

/// <summary>A bit of everything that moves a metric.</summary>
internal static class BusyServer
{
    /// <summary>A policy under which some fixes are applied, some reviewed and some put to a vote.</summary>
    public static Policy Policy { get; } = new() { AutoApply = 0.6, Review = 0.4, MinComparableOutcomes = 5 };

    /// <summary>Is active once more; the first time, as after a while.</summary>
    public static async Task BeActiveAsync(this WitanServer server, int round = 0)
    {
        if (round == 0)
        {
            await server.TeachAsync("good", successes: 40);
            await server.TeachAsync("bad", successes: 1, failures: 30);
        }
        await FixAsync(server, "good", round % 10 == 0 ? new { rolledBack = true } : null);
        await FixAsync(server, "bad", null);
        await CouncilAsync(server, $"lesson-{round}");
        await AskAsync(server);
    }

    private static async Task FixAsync(WitanServer server, string agent, object? afterwards)
    {
        var fix = await server.ProposeAsync(Some.Fix(agent));
        await server.ReportAsync(fix.Id, new { success = agent == "good", durationMs = 41_000 });
        if (afterwards is not null)
            await server.ReportAsync(fix.Id, afterwards);
    }

    private static async Task CouncilAsync(WitanServer server, string lesson)
    {
        await server.LearnAsync(Council.Lesson(lesson));
        var begun = await server.BeginAsync(Council.On("leader", "good", "bad", "third"));
        await server.CastAsync(begun.Id, "good", "approve");
        await server.CastAsync(begun.Id, "third", "abstain");
        await server.EndAsync(begun.Id, "complete", "success");
    }

    private static async Task AskAsync(WitanServer server)
    {
        await server.AskAsync(Some.Fix("good"));
        foreach (var path in new[] { "/agents", "/auto-fixes", "/learnings", "/stats/fixes", "/votes" })
        {
            await server.GetAsync(path);
            await server.GetAsync(path);
        }
        await server.GetAsync("/nothing-here");
        await server.PostAsync("/auto-fixes", "{}");
    }
}
