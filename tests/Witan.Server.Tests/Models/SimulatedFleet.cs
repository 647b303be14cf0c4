using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Tests.Models;

/// <summary>Outcomes of a world whose rules can be learned: agents differ, issues differ, and an attribute tells most of it.</summary>
internal static class SimulatedFleet
{
    public static IEnumerable<FixProposal> Reports(int count, int seed = 5)
    {
        var random = new Random(seed);
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        for (var i = 0; i < count; i++)
        {
            var (agent, issue, hard) = (random.Next(5), random.Next(40), random.Next(2) == 0);
            var p = 1 / (1 + Math.Exp(-((hard ? -2 : 2) + (0.3 * (agent - 2)) + (0.05 * (issue - 20)))));
            yield return new()
            {
                AgentId = $"agent-{agent}",
                FixStrategy = "code_patch",
                Issue = $"issue-{issue}",
                Repository = $"repo-{issue % 4}",
                Attributes = new Dictionary<string, JsonElement> { ["hard"] = JsonElement.Parse(hard ? "true" : "false") },
                ProposedAt = start.AddMinutes(i),
                Outcome = new() { Success = random.NextDouble() < p, DurationMs = 1000 },
            };
        }
    }

    /// <summary>Trains a model on the world and returns its version.</summary>
    public static async Task<string> TrainAsync(this WitanServer server)
    {
        var started = await server.PostAsync("/models/train", "{}");
        Assert.True(started.Status == 202, started.Text);
        var training = await server.EndOfTrainingAsync(started.Location!);
        Assert.True(training.Status == "succeeded", training.Message);
        return training.Version!;
    }

    public static FixProposal Hard => Some.Fix("agent-2", "issue-20") with { Attributes = new Dictionary<string, JsonElement> { ["hard"] = JsonElement.Parse("true") } };

    public static FixProposal Easy => Some.Fix("agent-2", "issue-20") with { Attributes = new Dictionary<string, JsonElement> { ["hard"] = JsonElement.Parse("false") } };
}
