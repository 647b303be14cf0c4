using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Witan.Client;

namespace Witan.Server.Verbs;

/// <summary>Learnings, collaborations and votes from a shell: <c>learn</c>, <c>applied</c>, <c>collaborate</c>, <c>advance</c>, <c>vote</c>, <c>consensus</c>.</summary>
internal static class CouncilVerbs
{
    public static IEnumerable<Command> Commands() => [Learn(), Applied(), Collaborate(), Advance(), Vote(), Consensus()];

    private static Command Learn()
    {
        var (pattern, problem, solution, by) = (Required("--pattern", "Its unique slug"), Required("--problem", "The problem, in words"),
            Required("--solution", "What solves it, in words"), Required("--by", "The agent that found it"));
        var domains = new Option<string[]>("--domain") { Description = "A domain it applies to; may be repeated", Required = true };
        var confidence = new Option<double?>("--confidence") { Description = "How sure the agent is, 0 to 1" };
        var code = new Option<string?>("--code") { Description = "An example" };
        return Verb("learn", """
            Report a learning to a running server; a pattern that is known already is reinforced.
              witan learn --pattern null-session --problem "NullReferenceException without a session" --solution "Check first" --domain backend --by claude-code
            """,
            [pattern, problem, solution, by, domains, confidence, code], WitanJson.Default.Learning,
            (client, parsed, cancel) => client.ReportLearningAsync(new()
            {
                Pattern = parsed.GetRequiredValue(pattern), Problem = parsed.GetRequiredValue(problem), Solution = parsed.GetRequiredValue(solution),
                DiscoveredBy = parsed.GetRequiredValue(by), AgentDomains = parsed.GetRequiredValue(domains), Confidence = parsed.GetValue(confidence), CodeExample = parsed.GetValue(code),
            }, cancel), Told);
    }

    private static Command Applied()
    {
        var pattern = new Argument<string>("PATTERN") { Description = "The learning" };
        var fix = new Option<Guid?>("--fix") { Description = "The fix it was used in" };
        var success = new Option<bool?>("--success") { Description = "true or false; leave it out while it is not known" };
        var command = Verb("applied", """
            Say that a learning was applied, and whether it worked.
              witan applied null-session --success true
            """,
            [fix, success], WitanJson.Default.Learning,
            (client, parsed, cancel) => client.ApplyLearningAsync(parsed.GetRequiredValue(pattern), new() { FixId = parsed.GetValue(fix), Success = parsed.GetValue(success) }, cancel), Told);
        command.Arguments.Add(pattern);
        return command;
    }

    private static Command Collaborate()
    {
        var type = new Option<CollaborationType>("--type") { Description = "planning, fixing, building or reviewing", Required = true };
        var (leader, goal) = (Required("--leader", "The agent that leads it"), Required("--goal", "What is to be reached"));
        var participants = new Option<string[]>("--participant") { Description = "An agent that takes part; may be repeated", Required = true };
        var fix = new Option<Guid?>("--fix") { Description = "The fix that is voted on" };
        var quorum = new Option<int?>("--quorum") { Description = "How many voters with at least 5 known outcomes are needed" };
        return Verb("collaborate", """
            Begin a collaboration on a running server.
              witan collaborate --type reviewing --leader a --participant b --participant c --goal "Review the retry logic"
            """,
            [type, leader, goal, participants, fix, quorum], WitanJson.Default.Collaboration,
            (client, parsed, cancel) => client.CollaborateAsync(new()
            {
                Type = parsed.GetRequiredValue(type), Leader = parsed.GetRequiredValue(leader), Goal = parsed.GetRequiredValue(goal),
                Participants = parsed.GetRequiredValue(participants), FixId = parsed.GetValue(fix), Quorum = parsed.GetValue(quorum),
            }, cancel), collaboration => $"collaboration {collaboration.Id} of {string.Join(", ", collaboration.Participants)}, open until {WitanTime.Format(collaboration.Deadline)}");
    }

    private static Command Advance()
    {
        var id = new Argument<Guid>("ID") { Description = "The collaboration" };
        var status = new Option<CollaborationState?>("--status") { Description = "executing, testing, complete, cancelled or expired" };
        var progress = new Option<int?>("--progress") { Description = "0 to 100; never less than before" };
        var outcome = new Option<CollaborationOutcome?>("--outcome") { Description = "success, failure or partial; with --status complete" };
        var command = Verb("advance", """
            Move a collaboration forward, or end it.
              witan advance 0198c0de-0000-7000-8000-000000000000 --status executing --progress 30
              witan advance 0198c0de-0000-7000-8000-000000000000 --status complete --outcome success
            """,
            [status, progress, outcome], WitanJson.Default.Collaboration,
            (client, parsed, cancel) => client.ChangeCollaborationAsync(parsed.GetRequiredValue(id), new()
            {
                Status = parsed.GetValue(status), Progress = parsed.GetValue(progress), Outcome = parsed.GetValue(outcome),
            }, cancel), collaboration => $"{collaboration.Id} is {Name(collaboration.Status)}, {collaboration.Progress} %");
        command.Arguments.Add(id);
        return command;
    }

    private static Command Vote()
    {
        var id = new Argument<Guid>("ID") { Description = "The collaboration" };
        var vote = new Argument<VoteKind>("VOTE") { Description = "approve, reject or abstain" };
        var (voter, solution) = (Required("--voter", "The agent that votes"), Required("--solution", "The solution voted on, in words"));
        var reason = new Option<string?>("--reason") { Description = "Why" };
        var command = Verb("vote", """
            Vote in a collaboration, or change a vote. The weight is earned, not given.
              witan vote 0198c0de-0000-7000-8000-000000000000 approve --voter claude-code --solution "the proposed patch"
            """,
            [voter, solution, reason], WitanJson.Default.Vote,
            (client, parsed, cancel) => client.VoteAsync(parsed.GetRequiredValue(id), new()
            {
                VoterId = parsed.GetRequiredValue(voter), Solution = parsed.GetRequiredValue(solution), Vote = parsed.GetRequiredValue(vote), Reasoning = parsed.GetValue(reason),
            }, cancel), cast => string.Create(CultureInfo.InvariantCulture, $"{cast.VoterId}: {Name(cast.Kind)}, weight {cast.Expertise:0.000}{(cast.CountsForQuorum ? "" : " (does not count towards the quorum yet)")}"));
        command.Arguments.Add(id);
        command.Arguments.Add(vote);
        return command;
    }

    private static Command Consensus()
    {
        var id = new Argument<Guid>("ID") { Description = "The collaboration" };
        var command = Verb("consensus", """
            What a vote has come to.
              witan consensus 0198c0de-0000-7000-8000-000000000000
            """,
            [], WitanJson.Default.ConsensusAnswer,
            (client, parsed, cancel) => client.GetConsensusAsync(parsed.GetRequiredValue(id), cancel),
            c => string.Create(CultureInfo.InvariantCulture, $"{Name(c.Decision)}: {(c.Share is { } share ? $"{share:P0} of the weight approves" : "no weight yet")}, {c.Voters} of {c.Quorum} needed voters"));
        command.Arguments.Add(id);
        return command;
    }

    private static Command Verb<T>(
        string name, string description, Option[] options, JsonTypeInfo<T> type, Func<WitanClient, ParseResult, CancellationToken, Task<T>> send, Func<T, string> tell)
    {
        var command = new Command(name, description);
        foreach (var option in options)
            command.Options.Add(option);
        var client = new ClientOptions(command);
        command.SetAction((parsed, cancel) => client.RunAsync(parsed, async witan =>
        {
            var answer = await send(witan, parsed, cancel);
            Console.WriteLine(parsed.GetValue(client.Json) ? JsonSerializer.Serialize(answer, type) : tell(answer));
            return 0;
        }));
        return command;
    }

    private static Option<string> Required(string name, string description) => new(name) { Description = description, Required = true };

    private static string Told(Learning learning) => string.Create(CultureInfo.InvariantCulture,
        $"{learning.Pattern}: confidence {learning.Confidence:0.000}, applied {learning.TimesApplied} times, {learning.Successes} worked, {learning.Failures} did not{(learning.ValidatedAt is null ? "" : "; validated")}");

    private static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
