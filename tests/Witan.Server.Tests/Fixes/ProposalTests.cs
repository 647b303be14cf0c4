using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Tests.Fixes;

/// <summary>A proposal as it is stored and shown.</summary>
public sealed class ProposalTests(OneServer one) : IClassFixture<OneServer>
{
    private static readonly string[] FixKeys =
    [
        "id", "externalId", "agentId", "fixStrategy", "fixStrategyCode", "issue", "error", "repository", "domain", "layers", "family", "model",
        "changes", "attributes", "proposedAt", "replay", "status", "statusBy", "statusReason", "statusAt", "decision", "confidence", "interval",
        "scorer", "success", "durationMs", "errorMessage", "completedAt", "rolledBackAt", "receipt",
    ];

    private readonly WitanServer _server = one.Server;

    [Fact]
    public async Task Everything_that_was_told_is_shown_under_its_location()
    {
        const string told = """
            {"agentId":"teller","fixStrategy":"code_patch","issue":"django__django-14017","repository":"django/django","domain":"backend",
             "layers":[1,2],"error":"TypeError: unsupported operand …","family":"claude-code","model":"claude-opus-5","externalId":"pr-4711",
             "changes":{"files":2,"linesAdded":14,"linesDeleted":3,"paths":["django/db/models/query_utils.py"]},
             "attributes":{"problemChars":1269,"hasTraceback":true},"proposedAt":"2026-11-23T09:59:00.123456Z"}
            """;
        var answer = await _server.PostAsync("/auto-fixes", told);
        var fix = await _server.GetAsync(answer.Location!);

        Assert.Equal(200, fix.Status);
        Assert.Equal(FixKeys.Order(), fix.Keys.Order());
        foreach (var field in JsonElement.Parse(told).EnumerateObject())
            Assert.True(JsonElement.DeepEquals(field.Value, fix[field.Name]), field.Name);
        Assert.Equal("decided", fix["status"].GetString());
        Assert.Equal(1, fix["fixStrategyCode"].GetInt32());
        Assert.Equal(answer["decision"].GetString(), fix["decision"].GetString());
        Assert.Equal(answer["scorer"].GetString(), fix["scorer"].GetString());
        Assert.All(["success", "durationMs", "errorMessage", "completedAt", "rolledBackAt"], key => Assert.Equal(JsonValueKind.Null, fix[key].ValueKind));
    }

    [Fact]
    public async Task Only_agent_and_strategy_are_required_and_the_rest_is_shown_as_null()
    {
        var answer = await _server.PostAsync("/auto-fixes", """{"agentId":"terse","fixStrategy":"performance"}""");
        var fix = await _server.GetAsync(answer.Location!);

        Assert.All(["externalId", "issue", "error", "repository", "domain", "family", "model", "changes", "statusBy"], key =>
            Assert.Equal(JsonValueKind.Null, fix[key].ValueKind));
        Assert.Equal("2026-11-23T10:00:00Z", fix["proposedAt"].GetString());
        Assert.Equal("[]", fix["layers"].GetRawText());
        Assert.Equal("{}", fix["attributes"].GetRawText());
    }

    [Theory]
    [InlineData("performance", 0)]
    [InlineData("code_patch", 1)]
    [InlineData("config_update", 2)]
    [InlineData("type_annotation", 3)]
    [InlineData("accessibility", 4)]
    [InlineData("dependency_fix", 5)]
    [InlineData("Performance", null)]
    [InlineData("rewrite_in_rust", null)]
    public async Task A_strategy_keeps_its_name_and_only_the_six_have_a_code(string strategy, int? code)
    {
        var answer = await _server.ProposeAsync(Some.Fix("strategist", strategy: strategy));
        var fix = await _server.FixAsync(answer.Id);

        Assert.Equal(strategy, fix.FixStrategy);
        Assert.Equal(code, fix.FixStrategyCode);
    }

    [Fact]
    public async Task An_unknown_strategy_is_scored_as_a_category_of_its_own()
    {
        await _server.TeachAsync(Enumerable.Range(0, 40).Select(_ => Some.Success("mixed") with { FixStrategy = "performance" }));
        await _server.TeachAsync(Enumerable.Range(0, 10).Select(_ => Some.Failure("mixed") with { FixStrategy = "own_way" }));

        var own = await _server.ProposeAsync(Some.Fix("mixed", strategy: "own_way"));
        var zero = await _server.ProposeAsync(Some.Fix("mixed", strategy: "performance"));

        var strategyRate = "agentStrategy.lift";
        Assert.True((await _server.FixAsync(own.Id)).Receipt!.Features[strategyRate] < 0);
        Assert.True((await _server.FixAsync(zero.Id)).Receipt!.Features[strategyRate] >= 0);
    }

    [Theory]
    [InlineData("2026-11-23T11:58:30+02:00", "2026-11-23T09:58:30Z")]
    [InlineData("2026-11-23T09:58:30.1234567Z", "2026-11-23T09:58:30.123456Z")]
    [InlineData("2026-11-23T10:05:00Z", "2026-11-23T10:05:00Z")]
    public async Task Times_are_kept_in_utc_to_the_microsecond(string sent, string shown)
    {
        var answer = await _server.PostAsync("/auto-fixes", $$"""{"agentId":"timely","fixStrategy":"code_patch","proposedAt":"{{sent}}"}""");

        Assert.Equal(shown, (await _server.GetAsync(answer.Location!))["proposedAt"].GetString());
    }

    [Fact]
    public async Task Lists_show_fixes_without_their_receipts()
    {
        var answer = await _server.ProposeAsync(Some.Fix("lister"));
        var page = await _server.GetAsync("/auto-fixes?agentId=lister");

        var listed = page["autoFixes"][0];
        Assert.Equal(["autoFixes", "nextCursor"], page.Keys);
        Assert.Equal(FixKeys.Order(), listed.EnumerateObject().Select(p => p.Name).Order());
        Assert.Equal(JsonValueKind.Null, listed.GetProperty("receipt").ValueKind);
        Assert.Equal(answer.Id, (await _server.FixAsync(answer.Id)).Receipt!.Answer.Id);
    }
}
