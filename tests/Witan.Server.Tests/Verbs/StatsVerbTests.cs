using System.Text.Json;
using Witan.Client;
using Witan.Fixes;
using Witan.Server.Tests.Experiments;

namespace Witan.Server.Tests.Verbs;

/// <summary><c>witan stats</c> and <c>witan policy</c> against a server.</summary>
public sealed class StatsVerbTests : IAsyncLifetime
{
    private readonly WitanProcess _witan = new();
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WitanServer.StartAsync(change: s => s with { Policy = new Policy { MinComparableOutcomes = 0 } });

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _witan.Dispose();
    }

    [Fact]
    public async Task Everything_at_a_glance()
    {
        Assert.Contains("0, 0 with a known outcome, no success rate yet", await SaysAsync("stats"), StringComparison.Ordinal);

        await _server.TeachAsync("a", 3, 1);
        await _server.ProposeAsync(Some.Fix("b"));
        await _server.PostAsync("/learnings", new { pattern = "p", problem = "p", solution = "s", agentDomains = new[] { "backend" }, discoveredBy = "a" });
        var id = (await _server.PostAsync("/collaborations", new { type = "reviewing", leader = "a", participants = new[] { "b" }, goal = "g" })).Id;
        await _server.PostAsync($"/collaborations/{id}/votes", new { voterId = "b", solution = "s", vote = "approve" });

        var lines = (await SaysAsync("stats")).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(["fixes", "agents", "learnings", "collaborations", "votes"], lines.Select(line => line.Split(' ')[0]));
        Assert.EndsWith(" 5, 4 with a known outcome, 75.0 % of those worked", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(" 1, 0 validated", lines[2], StringComparison.Ordinal);
        Assert.EndsWith(" 2, 2 open, 0 reached their goal", lines[3], StringComparison.Ordinal); // the fix was put to a vote of its own
        Assert.EndsWith(" 1", lines[4], StringComparison.Ordinal);

        var json = await SaysAsync("stats", "--json");
        Assert.True(JsonElement.DeepEquals((await _server.GetAsync("/stats")).Json, JsonElement.Parse(json)), json);
    }

    [Theory]
    [InlineData]
    [InlineData("--json")]
    public async Task The_policy_in_force_is_JSON(params string[] flags)
    {
        var policy = JsonElement.Parse(await SaysAsync(["policy", .. flags]));
        Assert.True(JsonElement.DeepEquals((await _server.GetAsync("/policy")).Json, policy));
        Assert.Equal(0.85, policy.GetProperty("autoApply").GetDouble());
    }

    [Fact]
    public async Task Other_thresholds_are_tried_on_history_and_change_nothing()
    {
        await _server.TeachAsync("a", 12, 4);
        for (var i = 0; i < 3; i++)
            await _server.ReportAsync((await _server.ProposeAsync(Some.Fix("a", $"i{i}"))).Id, new { success = i > 0 });

        var text = await SaysAsync("policy", "--auto-apply", "0.1", "--review", "0.05");
        Assert.StartsWith("3 of 19 fixes can be decided anew; 3 would have been decided otherwise.\n", text, StringComparison.Ordinal);
        Assert.Matches("(?m)^auto_apply +3 fixes, 60\\.0 % \\[[0-9.]+ % to [0-9.]+ %\\] of 3 known outcomes worked$", text);
        Assert.Matches("(?m)^escalate +0 fixes, no known outcome$", text);
        Assert.Matches("(?m)^16: reported after the fact", text);

        var answer = JsonSerializer.Deserialize(await SaysAsync("policy", "--review", "1", "--auto-apply", "1", "--json"), WitanJson.Default.DryRunAnswer)!;
        Assert.Equal((19, 3, 3), (answer.Fixes, answer.Judged, answer.Decisions.Single(d => d.Decision == FixDecision.Escalate).Fixes));
        Assert.Equal(0.85, (await _server.GetAsync("/policy"))["autoApply"].GetDouble());
    }

    [Fact]
    public async Task A_risk_budget_is_tried_on_history()
    {
        await _server.TeachAsync("good", 400);
        await _server.LiveThroughAsync([.. Enumerable.Range(0, 300).Select(i => (Some.Fix("good", $"i{i}"), true))]);

        Assert.Matches("(?m)^auto_apply +300 fixes, 99\\.[0-9] % \\[[0-9.]+ % to 100\\.0 %\\] of 300 known outcomes worked$", await SaysAsync("policy", "--risk-budget", "0.05"));
    }

    [Theory]
    [InlineData("policy.autoApply", "--auto-apply", "1.7")]
    [InlineData("policy.review", "--review", "0.9")]
    [InlineData("policy.riskBudget", "--risk-budget", "0.6")]
    [InlineData("policy.riskBudget", "--risk-budget", "0.05", "--auto-apply", "0.9")]
    public async Task Thresholds_that_cannot_be_are_one_line_and_exit_code_1(string named, params string[] arguments)
    {
        var run = await RunAsync(["policy", .. arguments]);
        run.FailsWith(named, "validation_failed");
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private Task<Run> RunAsync(params string[] arguments) => _witan.RunAsync([.. arguments, "--server", _server.Url.ToString()]);

    private async Task<string> SaysAsync(params string[] arguments)
    {
        var run = await RunAsync(arguments);
        run.Succeeds();
        return run.Out;
    }
}
