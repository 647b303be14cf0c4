using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Verbs;

/// <summary><c>witan ask</c>: may this fix be applied? For shell scripts and CI.</summary>
internal static class AskVerb
{
    private static readonly Option<string> Agent = new("--agent") { Description = "The agent that proposes the fix", Required = true };
    private static readonly Option<string> Strategy = new("--strategy") { Description = "The kind of fix, for example code_patch", Required = true };
    private static readonly Option<string?> Issue = new("--issue") { Description = "The stable key of the problem" };
    private static readonly Option<string?> Repository = new("--repository") { Description = "Where the fix goes" };
    private static readonly Option<string?> Domain = new("--domain") { Description = "The field of work, for example backend" };
    private static readonly Option<string?> Error = new("--error") { Description = "What the failure said" };
    private static readonly Option<string?> Family = new("--family") { Description = "The make of the agent" };
    private static readonly Option<string?> Model = new("--model") { Description = "The language model behind the agent" };
    private static readonly Option<string?> ExternalId = new("--external-id") { Description = "Your own key: the same one again is the same fix" };
    private static readonly Option<int?> Files = new("--files") { Description = "How many files the change touches" };
    private static readonly Option<int?> Added = new("--lines-added") { Description = "Lines it adds" };
    private static readonly Option<int?> Deleted = new("--lines-deleted") { Description = "Lines it deletes" };
    private static readonly Option<string[]> Paths = new("--path") { Description = "A file it touches; may be repeated" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only ask; nothing is stored and there is no id to report on" };

    public static Command Command()
    {
        var command = new Command("ask", """
            Propose a fix to a running server and print the decision and why.
            Exit code: 0 auto-apply, 10 review, 20 escalate, 1 error.
              witan ask --agent claude-code --strategy code_patch --issue django__django-14017 --repository django/django
              git diff --name-only main | sed 's/^/--path /' | xargs witan ask --agent bot --strategy dependency_fix
            """);
        var options = new ClientOptions(command);
        foreach (var option in new Option[] { Agent, Strategy, Issue, Repository, Domain, Error, Family, Model, ExternalId, Files, Added, Deleted, Paths, DryRun })
            command.Options.Add(option);
        command.SetAction((parsed, cancel) => options.RunAsync(parsed, async client =>
        {
            var proposal = Proposal(parsed);
            var answer = parsed.GetValue(DryRun) ? await client.AskAsync(proposal, cancel) : await client.ProposeAsync(proposal, cancel);
            if (parsed.GetValue(options.Json))
                Console.WriteLine(JsonSerializer.Serialize(answer, WitanJson.Default.FixAnswer));
            else
                Print(answer);
            return answer.Decision switch { FixDecision.AutoApply => 0, FixDecision.Review => 10, FixDecision.Escalate => 20, _ => 1 };
        }));
        return command;
    }

    private static FixProposal Proposal(ParseResult parsed)
    {
        var paths = parsed.GetValue(Paths) ?? [];
        var changes = new FixChanges
        {
            Files = parsed.GetValue(Files) ?? (paths.Length == 0 ? null : paths.Length),
            LinesAdded = parsed.GetValue(Added), LinesDeleted = parsed.GetValue(Deleted), Paths = paths.Length == 0 ? null : paths,
        };
        return new()
        {
            AgentId = parsed.GetRequiredValue(Agent), FixStrategy = parsed.GetRequiredValue(Strategy), Issue = parsed.GetValue(Issue),
            Repository = parsed.GetValue(Repository), Domain = parsed.GetValue(Domain), Error = parsed.GetValue(Error), Family = parsed.GetValue(Family),
            Model = parsed.GetValue(Model), ExternalId = parsed.GetValue(ExternalId), Changes = changes == new FixChanges() ? null : changes,
        };
    }

    private static void Print(FixAnswer answer)
    {
        var decision = answer.Decision is null ? "known already" : JsonNamingPolicy.SnakeCaseLower.ConvertName(answer.Decision.Value.ToString());
        Console.WriteLine(answer.Confidence is { } p
            ? string.Create(CultureInfo.InvariantCulture, $"{decision}: {p:P1} [{answer.Interval![0]:P1} to {answer.Interval[1]:P1}] by {answer.Scorer}")
            : decision);
        if (answer.Reason is not null)
            Console.WriteLine($"because {answer.Reason}");
        foreach (var factor in answer.Factors)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {factor.Contribution,6:+0.00;-0.00}  {factor.Feature} {factor.Value:0.###}"));
        if (answer.Evidence is { } evidence)
            Console.WriteLine($"known: {evidence.AgentFixes} outcomes of this agent, {evidence.IssueAttempts} on this issue, {evidence.SimilarFailures} similar failures");
        if (answer.Id is not null)
            Console.WriteLine($"id {answer.Id}: tell how it ended with: witan report {answer.Id} --success | --failure");
    }
}
