using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Verbs;

/// <summary><c>witan stats</c> and <c>witan policy</c>: what a running server makes of it all.</summary>
internal static class StatsVerbs
{
    public static IEnumerable<Command> Commands() => [Stats(), Policy()];

    private static Command Stats()
    {
        var command = new Command("stats", """
            Everything at a glance, from a running server.
              witan stats --json
            """);
        var options = new ClientOptions(command);
        command.SetAction((parsed, cancel) => options.RunAsync(parsed, async client =>
        {
            var stats = await client.GetStatsAsync(cancel);
            Console.WriteLine(parsed.GetValue(options.Json)
                ? JsonSerializer.Serialize(stats, WitanJson.Default.StatsSummary)
                : string.Create(CultureInfo.InvariantCulture, $"""
                    fixes           {stats.Fixes}, {stats.FixOutcomes} with a known outcome, {(stats.FixSuccessRate is { } rate ? $"{rate:P1} of those worked" : "no success rate yet")}
                    agents          {stats.Agents}
                    learnings       {stats.Learnings}, {stats.LearningsValidated} validated
                    collaborations  {stats.Collaborations}, {stats.CollaborationsOpen} open, {stats.CollaborationSuccesses} reached their goal
                    votes           {stats.Votes}
                    """));
            return 0;
        }));
        return command;
    }

    private static Command Policy()
    {
        var command = new Command("policy", """
            The policy of a running server; with thresholds, what they would have decided on its history.
              witan policy
              witan policy --auto-apply 0.9 --review 0.5
              witan policy --risk-budget 0.05
            """);
        var autoApply = new Option<double?>("--auto-apply") { Description = "The least confidence for auto-apply" };
        var review = new Option<double?>("--review") { Description = "The least confidence for review" };
        var budget = new Option<double?>("--risk-budget") { Description = "The share of what is auto-applied that may fail, in the place of --auto-apply" };
        command.Options.Add(autoApply);
        command.Options.Add(budget);
        command.Options.Add(review);
        var options = new ClientOptions(command);
        command.SetAction((parsed, cancel) => options.RunAsync(parsed, async client =>
        {
            var other = new PolicyDocument { AutoApply = parsed.GetValue(autoApply), Review = parsed.GetValue(review), RiskBudget = parsed.GetValue(budget) };
            if (other == new PolicyDocument())
            {
                Console.WriteLine(JsonSerializer.Serialize(await client.GetPolicyAsync(cancel), WitanJson.Default.PolicyDocument));
                return 0;
            }
            var answer = await client.DryRunAsync(new() { Policy = other }, cancel);
            if (parsed.GetValue(options.Json))
                Console.WriteLine(JsonSerializer.Serialize(answer, WitanJson.Default.DryRunAnswer));
            else
                Print(answer);
            return 0;
        }));
        return command;
    }

    private static void Print(DryRunAnswer answer)
    {
        Console.WriteLine($"{answer.Judged} of {answer.Fixes} fixes can be decided anew; {answer.Changed} would have been decided otherwise.");
        foreach (var d in answer.Decisions)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{JsonNamingPolicy.SnakeCaseLower.ConvertName(d.Decision.ToString()),-10}  {d.Fixes} fixes, {(d.SuccessRate is { } rate ? $"{rate:P1} [{d.Interval![0]:P1} to {d.Interval[1]:P1}] of {d.Outcomes} known outcomes worked" : "no known outcome")}"));
        foreach (var gap in answer.NotJudged.Where(g => g.Fixes > 0))
            Console.WriteLine($"{gap.Fixes}: {gap.Reason}");
    }
}
