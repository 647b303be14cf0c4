using System.Text.Json;

namespace Witan.Server.Tests.Verbs;

/// <summary><c>witan list</c> against a server.</summary>
public sealed class ListVerbTests : IAsyncLifetime
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
    [InlineData("fixes")]
    [InlineData("learnings")]
    [InlineData("collaborations")]
    [InlineData("votes")]
    [InlineData("agents")]
    [InlineData("trainings")]
    public async Task An_empty_list_says_so(string what)
    {
        var run = await ListAsync(what);
        run.Succeeds();
        Assert.Equal("Nothing matches.\n", run.Out);
    }

    [Fact]
    public async Task A_list_is_a_table_with_a_header_newest_first()
    {
        await _server.ProposeAsync(Some.Success("older", "one"));
        await _server.ProposeAsync(Some.Fix("newer", "two"));

        var fixes = Table(await ListAsync("fixes"));
        Assert.Equal(["id", "agentId", "fixStrategy", "issue", "decision", "confidence", "status"], fixes[0]);
        Assert.Equal([["newer", "two", "decided"], ["older", "one", "succeeded"]], fixes.Skip(1).Select(row => new[] { row[1], row[3], row[6] }));
        Assert.Equal(["-", "-"], fixes[2][4..6]); // a report after the fact has neither decision nor confidence
        Assert.Equal([["older", "1"], ["newer", "0"]], Table(await ListAsync("agents")).Skip(1).Select(row => new[] { row[0], row[2] }).Reverse());
    }

    [Fact]
    public async Task Learnings_collaborations_and_votes_are_listed_with_what_tells_them_at_a_glance()
    {
        await _server.PostAsync("/learnings", new { pattern = "check-first", problem = "p", solution = "s", agentDomains = new[] { "backend", "data" }, discoveredBy = "a", confidence = 0.25 });
        var id = (await _server.PostAsync("/collaborations", new { type = "reviewing", leader = "lead", participants = new[] { "b" }, goal = "g" })).Id;
        await _server.PostAsync($"/collaborations/{id}/votes", new { voterId = "b", solution = "s", vote = "abstain" });

        Assert.Equal(["check-first", "0.250", "0", "0", "backend,data"], Table(await ListAsync("learnings"))[1]);
        Assert.Equal([$"{id}", "reviewing", "lead", "planning", "0", "-", "-"], Table(await ListAsync("collaborations"))[1]);
        Assert.Equal([$"{id}", "b", "abstain"], Table(await ListAsync("votes"))[1][..3]);
    }

    [Fact]
    public async Task Filters_and_the_limit_are_those_of_the_API()
    {
        for (var i = 0; i < 3; i++)
            await _server.ProposeAsync(Some.Fix("many", $"issue {i}"));
        await _server.ProposeAsync(Some.Failure("many", "broken"));

        Assert.Equal(2, Table(await ListAsync("fixes", "agentId=many", "success=false")).Count);
        Assert.Equal(3, Table(await ListAsync("fixes", "agentId=many", "--limit", "2")).Count);
        Assert.Equal(2, Table(await ListAsync("fixes", "q=ISSUE 1")).Count);
        Assert.Equal("Nothing matches.\n", (await ListAsync("fixes", "agentId=nobody")).Out);
    }

    [Fact]
    public async Task As_JSON_it_is_the_page_of_the_API()
    {
        await _server.ProposeAsync(Some.Fix("json"));
        var run = await ListAsync("fixes", "agentId=json", "--json");
        run.Succeeds();
        var page = await _server.GetAsync("/auto-fixes?agentId=json&limit=20");
        Assert.True(JsonElement.DeepEquals(page.Json, JsonElement.Parse(run.Out)), run.Out);
    }

    [Theory]
    [InlineData("colour", "fixes", "colour=red")]
    [InlineData("success", "fixes", "success=maybe")]
    [InlineData("agentId", "fixes", "agentId")]
    [InlineData("limit", "fixes", "--limit", "201")]
    [InlineData("limit", "votes", "--limit", "0")]
    public async Task What_the_server_refuses_is_one_line_and_exit_code_1(string named, params string[] arguments)
    {
        var run = await ListAsync(arguments);
        run.FailsWith(named, "invalid_query");
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task What_is_listed_is_one_of_the_nouns() => (await ListAsync("dreams")).FailsWith("dreams", "learnings");

    private Task<Run> ListAsync(params string[] arguments) => _witan.RunAsync(["list", .. arguments, "--server", _server.Url.ToString()]);

    private static List<string[]> Table(Run run)
    {
        run.Succeeds();
        return [.. run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
    }
}
