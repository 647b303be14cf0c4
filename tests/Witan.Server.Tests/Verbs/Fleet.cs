using System.Globalization;

namespace Witan.Server.Tests.Verbs;

/// <summary>A file of outcomes in which agents and issues differ, the attribute <c>useful</c> matters, and <c>noise</c> does not.</summary>
internal static class Fleet
{
    /// <summary>A fix an hour from the first of January 2026 on.</summary>
    public static string History(int count)
    {
        var random = new Random(7);
        return string.Join('\n', Enumerable.Range(0, count).Select(i =>
        {
            var (agent, issue, useful, noise) = (random.Next(6), random.Next(count / 4), random.Next(10), random.Next(10));
            var p = 1 / (1 + Math.Exp(-((0.8 * (useful - 4.5)) + (0.6 * (agent - 2.5)) + (issue % 2 == 0 ? 0.7 : -0.7))));
            var at = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddHours(i).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            return $$$"""{"agentId":"agent-{{{agent}}}","fixStrategy":"code_patch","issue":"issue-{{{issue}}}","attributes":{"useful":{{{useful}}},"noise":{{{noise}}}},"proposedAt":"{{{at}}}","outcome":{"success":{{{(random.NextDouble() < p ? "true" : "false")}}},"durationMs":60000}}""";
        }));
    }
}
