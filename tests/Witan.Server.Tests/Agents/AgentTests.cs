using System.Text.Json;
using Witan.Agents;
using Witan.Client;

namespace Witan.Server.Tests.Agents;

/// <summary>Agents register themselves by reporting; what they are worth is earned.</summary>
public sealed class AgentTests(OneServer one) : IClassFixture<OneServer>
{
    private readonly WitanServer _server = one.Server;

    [Fact]
    public async Task An_unknown_agent_registers_itself_with_its_first_report()
    {
        Assert.Equal(404, (await _server.GetAsync("/agents/newcomer")).Status);
        await _server.ProposeAsync(Some.Fix("newcomer") with { Family = "make", Model = "model-9", Domain = "backend", Layers = [2] });

        var answer = await _server.GetAsync("/agents/newcomer");

        Assert.Equal(200, answer.Status);
        Assert.Equal(
            ["byDomain", "byStrategy", "domains", "family", "firstSeen", "id", "kind", "lastSeen", "layers", "model", "name", "overall", "status"], answer.Keys.Order());
        var agent = answer.As<Agent>();
        Assert.Equal(("newcomer", "newcomer", "make", "model-9", "active"), (agent.Id, agent.Name, agent.Family, agent.Model, agent.Status));
        Assert.Equal((OneServer.Start, OneServer.Start), (agent.FirstSeen, agent.LastSeen));
        Assert.Equal(("backend", 2), (agent.Domains.Single(), agent.Layers.Single()));
        Assert.Equal("""{"key":"","n":0,"successes":0,"rate":null,"interval":null,"meanDurationMs":null}""", answer["overall"].GetRawText());
    }

    [Fact]
    public async Task Track_records_move_with_outcomes_overall_and_by_strategy_and_domain()
    {
        var ids = new List<Guid?>();
        foreach (var (strategy, domain) in new[] { ("code_patch", "backend"), ("code_patch", "frontend"), ("performance", "backend"), ("own", null) })
            ids.Add((await _server.ProposeAsync(Some.Fix("earns", strategy: strategy) with { Domain = domain })).Id);
        await _server.ReportAsync(ids[0], """{"success":true,"durationMs":100}""");
        await _server.ReportAsync(ids[1], """{"success":false,"durationMs":300}""");
        await _server.ReportAsync(ids[2], """{"success":true}""");

        var agent = await _server.AgentAsync("earns");
        AssertRecord(agent.Overall, "", 3, 2, 200);
        Assert.Equal(["code_patch", "performance"], agent.ByStrategy.Select(r => r.Key));
        AssertRecord(agent.ByStrategy[0], "code_patch", 2, 1, 200);
        AssertRecord(agent.ByStrategy[1], "performance", 1, 1, null);
        Assert.Equal(["backend", "frontend"], agent.ByDomain.Select(r => r.Key));
        AssertRecord(agent.ByDomain[0], "backend", 2, 2, 100);
        AssertRecord(agent.ByDomain[1], "frontend", 1, 0, 300);
    }

    [Fact]
    public async Task A_rollback_takes_the_success_back_and_keeps_the_count()
    {
        var id = (await _server.ProposeAsync(Some.Fix("reverts") with { Domain = "backend" })).Id;
        await _server.ReportAsync(id, """{"success":true,"durationMs":100}""");
        await _server.ReportAsync(id, """{"rolledBack":true}""");

        var agent = await _server.AgentAsync("reverts");
        Assert.All([agent.Overall, agent.ByStrategy.Single(), agent.ByDomain.Single()], record => AssertRecord(record, record.Key, 1, 0, 100));
    }

    [Fact]
    public async Task The_interval_narrows_with_every_outcome()
    {
        var widths = new List<double>();
        for (var i = 0; i < 4; i++)
        {
            await _server.TeachAsync("steady", successes: 5, failures: 5);
            var interval = (await _server.AgentAsync("steady")).Overall.Interval!;
            widths.Add(interval[1] - interval[0]);
        }

        Assert.Equal(widths.OrderDescending(), widths);
        Assert.Equal(4, widths.Distinct().Count());
    }

    [Fact]
    public async Task Domains_and_layers_are_the_union_of_what_was_reported()
    {
        await _server.ProposeAsync(Some.Fix("wide") with { Domain = "backend", Layers = [3, 1] });
        await _server.TeachAsync([Some.Success("wide") with { Domain = "frontend", Layers = [2, 1] }, Some.Success("wide") with { Layers = [7] }]);
        await _server.ProposeAsync(Some.Fix("wide") with { Domain = "backend", ProposedAt = OneServer.Start.AddYears(-1) });

        var agent = await _server.AgentAsync("wide");
        Assert.Equal(["backend", "frontend"], agent.Domains.Order());
        Assert.Equal([1, 2, 3, 7], agent.Layers);
    }

    [Theory]
    [InlineData("org/team/agent")]
    [InlineData("agent with spaces")]
    [InlineData("агент-ü-日本-😀")]
    [InlineData("a%2Fb")]
    [InlineData("100%")]
    [InlineData("a?b#c&d=e+f")]
    [InlineData("a\\b:c;d\"e'f")]
    [InlineData("/leading and trailing/")]
    [InlineData("a//b")]
    public async Task Every_agent_id_resolves(string id)
    {
        await _server.TeachAsync(id, successes: 1);

        var answer = await _server.GetAsync($"/agents/{Uri.EscapeDataString(id)}");

        Assert.True(answer.Status == 200, answer.Text);
        Assert.Equal(id, answer["id"].GetString());
        Assert.Equal(id, (await _server.GetAsync($"/auto-fixes?agentId={Uri.EscapeDataString(id)}"))["autoFixes"][0].GetProperty("agentId").GetString());
    }

    [Fact]
    public async Task Ids_that_differ_in_an_escape_are_two_agents()
    {
        await _server.TeachAsync("x/y", successes: 1);
        await _server.TeachAsync("x%2Fy", successes: 2);

        Assert.Equal((1, 2), ((await _server.AgentAsync("x/y")).Overall.N, (await _server.AgentAsync("x%2Fy")).Overall.N));
    }

    [Fact]
    public async Task The_list_is_walked_by_id_with_all_track_records()
    {
        await using var server = await WitanServer.StartAsync();
        foreach (var id in new[] { "b", "a", "ä", "B", "a/1", "😀" })
            await server.TeachAsync(id, successes: 2);

        var walked = await server.WalkAsync("/agents", "agents", limit: 2);

        Assert.Equal(["B", "a", "a/1", "b", "ä", "😀"], walked.Select(a => a.GetProperty("id").GetString()));
        Assert.All(walked, a => Assert.Equal(2, a.GetProperty("overall").GetProperty("n").GetInt32()));
        Assert.All(walked, a => Assert.Equal(JsonValueKind.Array, a.GetProperty("byStrategy").ValueKind));
    }

    private static void AssertRecord(TrackRecordSummary record, string key, long n, long successes, double? meanDuration)
    {
        var posterior = new BetaPosterior(successes, n);
        Assert.Equal((key, n, successes, meanDuration), (record.Key, record.N, record.Successes, record.MeanDurationMs));
        Assert.Equal((successes + 1.0) / (n + 2), record.Rate!.Value, 1e-12);
        Assert.Equal([posterior.Interval.Low, posterior.Interval.High], record.Interval!);
    }
}
