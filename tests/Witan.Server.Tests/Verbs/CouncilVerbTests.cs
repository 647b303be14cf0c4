using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Tests.Verbs;

/// <summary>Learnings, collaborations and votes from a shell.</summary>
public sealed class CouncilVerbTests : IAsyncLifetime
{
    private readonly WitanProcess _witan = new();
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WitanServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _witan.Dispose();
    }

    [Theory]
    [InlineData("list")]
    [InlineData("learn")]
    [InlineData("applied")]
    [InlineData("collaborate")]
    [InlineData("advance")]
    [InlineData("show")]
    [InlineData("vote")]
    [InlineData("consensus")]
    [InlineData("stats")]
    [InlineData("policy")]
    [InlineData("export")]
    public async Task The_help_of_a_verb_holds_an_example(string verb)
    {
        var run = await _witan.RunAsync(verb, "--help");
        run.Succeeds();
        Assert.Contains(run.Out.Split('\n').TakeWhile(line => !line.StartsWith("Usage:", StringComparison.Ordinal)),
            line => line.StartsWith("    ", StringComparison.Ordinal) && line.Contains($"witan {verb}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_learning_is_reported_reinforced_and_used()
    {
        string[] report = ["learn", "--pattern", "null-session", "--problem", "No session, \"none\"", "--solution", "Check first", "--by", "ada", "--domain", "backend", "--domain", "data",
            "--confidence", "0.5", "--code", "if (session is null)"];
        Assert.Equal("null-session: confidence 0.500, applied 0 times, 0 worked, 0 did not\n", await SaysAsync(report));
        Assert.Equal("null-session: confidence 0.600, applied 0 times, 0 worked, 0 did not\n", await SaysAsync(report));

        var fix = await _server.ProposeAsync(Some.Fix("ada", "leak"));
        Assert.Contains("applied 1 times, 0 worked, 1 did not", await SaysAsync("applied", "null-session", "--fix", $"{fix.Id}", "--success", "false"), StringComparison.Ordinal);
        for (var i = 0; i < 4; i++)
            await SaysAsync("applied", "null-session", "--success", "true");
        Assert.EndsWith("applied 5 times, 4 worked, 1 did not; validated\n", await SaysAsync("applied", "null-session", "--fix", $"{fix.Id}"), StringComparison.Ordinal);

        var stored = (await _server.GetAsync("/learnings/null-session")).As<Learning>();
        Assert.Equal(("No session, \"none\"", "Check first", "if (session is null)", "ada", 1), (stored.Problem, stored.Solution, stored.CodeExample, stored.DiscoveredBy, stored.Reinforcements));
        Assert.Equal(["backend", "data"], stored.AgentDomains);
        var json = await SaysAsync("applied", "null-session", "--fix", $"{fix.Id}", "--json");
        Assert.True(JsonElement.DeepEquals((await _server.GetAsync("/learnings/null-session")).Json, JsonElement.Parse(json)), json);
    }

    [Fact]
    public async Task A_collaboration_is_begun_voted_in_and_decided()
    {
        foreach (var (agent, successes) in new[] { ("b", 9), ("c", 8), ("d", 7) })
            await _server.TeachAsync(agent, successes, 1);
        var fix = await _server.ProposeAsync(Some.Fix("a", "retry"));
        string[] begin = ["collaborate", "--type", "reviewing", "--leader", "a", "--participant", "b", "--participant", "c", "--participant", "d", "--goal", "Review it", "--fix", $"{fix.Id}", "--quorum", "3"];
        var begun = await SaysAsync(begin);
        Assert.Matches("^collaboration [0-9a-f-]{36} of a, b, c, d, open until 20[0-9-]+T[0-9:.]+Z\n$", begun);
        var id = begun.Split(' ')[1];

        Assert.Equal("pending: no weight yet, 0 of 3 needed voters\n", await SaysAsync("consensus", id));
        Assert.Matches("^b: approve, weight 0\\.[0-9]{3}\n$", await SaysAsync("vote", id, "approve", "--voter", "b", "--solution", "the patch", "--reason", "looks right"));
        Assert.Matches("^c: reject, weight ", await SaysAsync("vote", id, "reject", "--voter", "c", "--solution", "the patch"));
        Assert.Matches("^c: approve, weight ", await SaysAsync("vote", id, "approve", "--voter", "c", "--solution", "the patch"));
        var vote = JsonSerializer.Deserialize(await SaysAsync("vote", id, "abstain", "--voter", "d", "--solution", "the patch", "--json"), WitanJson.Default.Vote)!;
        Assert.Equal(("d", VoteKind.Abstain, true), (vote.VoterId, vote.Kind, vote.CountsForQuorum));

        Assert.Equal("approved: 100 % of the weight approves, 3 of 3 needed voters\n", await SaysAsync("consensus", id));
        var consensus = JsonSerializer.Deserialize(await SaysAsync("consensus", id, "--json"), WitanJson.Default.ConsensusAnswer)!;
        Assert.Equal((ConsensusState.Approved, 1.0, 3), (consensus.Decision, consensus.Share!.Value, consensus.Voters));
        Assert.Equal(FixState.Approved, (await _server.FixAsync(fix.Id)).Status);
        (await RunAsync("vote", id, "reject", "--voter", "b", "--solution", "the patch")).FailsWith("vote_decided");
    }

    [Fact]
    public async Task A_collaboration_is_advanced_step_by_step_and_shown()
    {
        var id = (await SaysAsync("collaborate", "--type", "building", "--leader", "a", "--participant", "b", "--goal", "g")).Split(' ')[1];
        Assert.Equal($"{id} is executing, 30 %\n", await SaysAsync("advance", id, "--status", "executing", "--progress", "30"));
        (await RunAsync("advance", id, "--progress", "10")).FailsWith("progress_falls");
        Assert.Equal($"{id} is testing, 30 %\n", await SaysAsync("advance", id, "--status", "testing"));
        Assert.Equal($"{id} is complete, 100 %\n", await SaysAsync("advance", id, "--status", "complete", "--outcome", "partial"));

        var shown = JsonElement.Parse(await SaysAsync("show", "collaboration", id));
        Assert.True(JsonElement.DeepEquals((await _server.GetAsync($"/collaborations/{id}")).Json, shown));
        (await RunAsync("show", "learning", "unheard-of")).FailsWith("not_found");
    }

    [Fact]
    public async Task A_voter_without_a_record_is_told_that_it_does_not_count_yet()
    {
        var id = JsonSerializer.Deserialize(await SaysAsync("collaborate", "--type", "planning", "--leader", "a", "--participant", "new", "--goal", "g", "--json"), WitanJson.Default.Collaboration)!.Id;
        Assert.EndsWith("(does not count towards the quorum yet)\n", await SaysAsync("vote", $"{id}", "approve", "--voter", "new", "--solution", "s"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_server_refuses_is_one_line_and_exit_code_1()
    {
        var unknown = Guid.CreateVersion7().ToString();
        var id = (await SaysAsync("collaborate", "--type", "planning", "--leader", "a", "--participant", "b", "--goal", "g")).Split(' ')[1];
        foreach (var (named, arguments) in new (string, string[])[]
        {
            ("not_found", ["applied", "unheard-of", "--success", "true"]),
            ("not_found", ["consensus", unknown]),
            ("not_found", ["vote", unknown, "approve", "--voter", "b", "--solution", "s"]),
            ("own_proposal", ["vote", id, "approve", "--voter", "a", "--solution", "s"]),
            ("not_a_participant", ["vote", id, "approve", "--voter", "stranger", "--solution", "s"]),
            ("confidence", ["learn", "--pattern", "p", "--problem", "p", "--solution", "s", "--by", "a", "--domain", "d", "--confidence", "1.7"]),
            ("fixId", ["collaborate", "--type", "planning", "--leader", "a", "--participant", "b", "--goal", "g", "--fix", unknown]),
            ("quorum", ["collaborate", "--type", "planning", "--leader", "a", "--participant", "b", "--goal", "g", "--quorum", "0"]),
        })
        {
            var run = await RunAsync(arguments);
            run.FailsWith("witan: ", named);
            Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    [Theory]
    [InlineData("perhaps", "vote", "0198c0de-0000-7000-8000-000000000000", "perhaps", "--voter", "b", "--solution", "s")]
    [InlineData("not-an-id", "consensus", "not-an-id")]
    [InlineData("dreaming", "collaborate", "--type", "dreaming", "--leader", "a", "--participant", "b", "--goal", "g")]
    [InlineData("--domain", "learn", "--pattern", "p", "--problem", "p", "--solution", "s", "--by", "a")]
    [InlineData("maybe", "applied", "p", "--success", "maybe")]
    public async Task What_is_not_understood_is_an_error_that_names_it(string named, params string[] arguments) => (await RunAsync(arguments)).FailsWith(named);

    private Task<Run> RunAsync(params string[] arguments) => _witan.RunAsync([.. arguments, "--server", _server.Url.ToString()]);

    private async Task<string> SaysAsync(params string[] arguments)
    {
        var run = await RunAsync(arguments);
        run.Succeeds();
        Assert.Equal("", run.Error);
        return run.Out;
    }
}
