using Microsoft.Extensions.Time.Testing;
using Witan.Client;
using Witan.Fixes;

namespace Witan.Server.Tests.Fixes;

/// <summary>The rules that stand above the score, on a server where every score would be applied.</summary>
public sealed class PolicyTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WitanServer.StartAsync(_clock, settings => settings with { Policy = new() { AutoApply = 0, Review = 0 } });
        await _server.TeachAsync("able", successes: 30);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Without_an_objection_the_score_decides()
    {
        var answer = await _server.ProposeAsync(Some.Fix("able"));

        Assert.Equal(FixDecision.AutoApply, answer.Decision);
        Assert.Null(answer.Rule);
        Assert.NotNull(answer.Reason);
    }

    [Theory]
    [InlineData(".github/workflows/ci.yml", "code_patch")]
    [InlineData(".gitlab-ci.yml", "dependency_fix")]
    [InlineData("app/.env", "config_update")]
    [InlineData("deploy/server.key", "code_patch")]
    [InlineData("db/migrations/0001_init.sql", "code_patch")]
    [InlineData("DB\\Migrations\\0001_init.sql", "code_patch")]
    [InlineData("src/../.github/workflows/ci.yml", "code_patch")]
    [InlineData("package-lock.json", "code_patch")]
    [InlineData("web/yarn.lock", "config_update")]
    public async Task Protected_paths_are_reviewed(string path, string strategy)
    {
        var answer = await _server.ProposeAsync(Some.Fix("able", strategy: strategy) with { Changes = new() { Paths = ["src/app.cs", path] } });

        Assert.Equal((FixDecision.Review, "protected_path"), (answer.Decision, answer.Rule));
        Assert.Contains(path, answer.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("src/app.cs", "code_patch")]
    [InlineData("docs/migrations.md", "code_patch")]
    [InlineData("package-lock.json", "dependency_fix")]
    [InlineData("web/yarn.lock", "dependency_fix")]
    public async Task Other_paths_and_lock_files_of_a_dependency_fix_are_not(string path, string strategy)
    {
        var answer = await _server.ProposeAsync(Some.Fix("able", strategy: strategy) with { Changes = new() { Paths = [path] } });

        Assert.Equal((FixDecision.AutoApply, null), (answer.Decision, answer.Rule));
    }

    [Theory]
    [InlineData(400, null, null)]
    [InlineData(200, 200, null)]
    [InlineData(null, 400, null)]
    [InlineData(401, null, "change_size")]
    [InlineData(200, 201, "change_size")]
    [InlineData(int.MaxValue, int.MaxValue, "change_size")]
    public async Task More_than_400_changed_lines_are_reviewed(int? added, int? deleted, string? rule)
    {
        var answer = await _server.ProposeAsync(Some.Fix("able") with { Changes = new() { LinesAdded = added, LinesDeleted = deleted } });

        Assert.Equal((rule is null ? FixDecision.AutoApply : FixDecision.Review, rule), (answer.Decision, answer.Rule));
    }

    [Fact]
    public async Task Fewer_than_30_comparable_outcomes_are_reviewed()
    {
        await _server.TeachAsync("young", successes: 29);
        Assert.Equal("few_comparable_outcomes", (await _server.ProposeAsync(Some.Fix("young"))).Rule);

        await _server.TeachAsync("young", successes: 1);
        Assert.Null((await _server.ProposeAsync(Some.Fix("young"))).Rule);
    }

    [Fact]
    public async Task Outcomes_of_the_agent_or_on_the_issue_are_comparable_each_once()
    {
        await _server.TeachAsync("others", successes: 20, issue: "shared");
        await _server.TeachAsync("joins", successes: 5, issue: "shared");
        await _server.TeachAsync("joins", successes: 4);
        Assert.Equal("few_comparable_outcomes", (await _server.ProposeAsync(Some.Fix("joins", "shared"))).Rule); // 20 + 5 + 4

        await _server.TeachAsync("joins", successes: 1);
        Assert.Null((await _server.ProposeAsync(Some.Fix("joins", "shared"))).Rule);
        Assert.Equal("few_comparable_outcomes", (await _server.ProposeAsync(Some.Fix("joins", "another"))).Rule);
    }

    [Fact]
    public async Task Confidence_applies_the_same_rules()
    {
        for (var i = 0; i < 4; i++)
            await _server.ProposeAsync(Some.Fix("able", "asked"));

        Assert.Equal("recent_attempts", (await _server.AskAsync(Some.Fix("able", "asked"))).Rule);
        Assert.Equal("change_size", (await _server.AskAsync(Some.Fix("able") with { Changes = new() { LinesAdded = 500 } })).Rule);
    }
}
