using Witan.Client;
using Witan.Server.Platform.Telemetry;

namespace Witan.Server.Tests.Platform.Telemetry;

/// <summary>What is counted of fixes.</summary>
[Collection(nameof(Metered))]
public sealed class FixMetricsTests : IAsyncLifetime
{
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync() =>
        _server = await WitanServer.StartAsync(change: settings => settings with { Policy = new() { AutoApply = 0.5, Review = 0.4, MinComparableOutcomes = 1 } });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_fix_is_counted_when_it_is_proposed_and_as_it_ended()
    {
        FixAnswer good = null!, bad = null!;
        await EventsAsync(async () => (good, bad) = (await _server.ProposeAsync(Some.Fix("a")), await _server.ProposeAsync(Some.Fix("a"))), ("proposed", 2));
        await EventsAsync(() => _server.ReportAsync(good.Id, new { success = true }), ("succeeded", 1));
        await EventsAsync(() => _server.ReportAsync(bad.Id, new { success = false }), ("failed", 1));
        await EventsAsync(() => _server.ReportAsync(good.Id, new { rolledBack = true }), ("rolled_back", 1));
        await EventsAsync(() => _server.TeachAsync("a", successes: 3, failures: 2), ("succeeded", 3), ("failed", 2));
    }

    [Fact]
    public async Task What_changes_nothing_is_not_counted()
    {
        var fix = await _server.ProposeAsync(Some.Fix("a") with { ExternalId = "one" });
        await _server.ReportAsync(fix.Id, new { success = true });
        await EventsAsync(async () =>
        {
            await _server.PostAsync("/auto-fixes", Some.Fix("a") with { ExternalId = "one" });
            await _server.ReportAsync(fix.Id, new { success = true });
            await _server.ReportAsync(fix.Id, new { success = false });
            await _server.PostAsync("/auto-fixes", "{}");
            await _server.AskAsync(Some.Fix("a"));
        });
    }

    [Fact]
    public async Task Durations_are_counted_by_strategy_and_success_and_not_again_for_a_rollback()
    {
        var fix = await _server.ProposeAsync(Some.Fix("a"));
        var (before, after) = await _server.AroundAsync(async () =>
        {
            await _server.ReportAsync(fix.Id, new { success = true, durationMs = 41_000 });
            await _server.ReportAsync(fix.Id, new { rolledBack = true });
            await _server.ProposeAsync(Some.Failure("a") with { Outcome = new() { Success = false, DurationMs = 5 } });
        });

        Assert.Equal((1, 41_000), (after.Since(before, "agent_fix_duration_ms_count", ("success", "true")), after.Since(before, "agent_fix_duration_ms_sum", ("success", "true"))));
        Assert.Equal((0, 1), (after.Since(before, "agent_fix_duration_ms_bucket", ("success", "true"), ("le", "15000")), after.Since(before, "agent_fix_duration_ms_bucket", ("success", "true"), ("le", "60000"))));
        Assert.Equal((1, 5), (after.Since(before, "agent_fix_duration_ms_count", ("success", "false")), after.Since(before, "agent_fix_duration_ms_sum", ("success", "false"))));
        Assert.Equal(["code_patch"], after.Labels("agent_fix_duration_ms_count", "strategy"));
    }

    [Fact]
    public async Task Confidence_is_that_of_proposals_and_scores_are_those_of_questions_too()
    {
        await _server.ProposeAsync(Some.Fix("nobody-knows-anything-yet"));
        var unknown = await _server.ScrapeAsync();
        Assert.False(unknown.Has("agent_fix_confidence_count"));
        await _server.TeachAsync("a", successes: 20, failures: 1);
        await _server.TeachAsync("b", successes: 1, failures: 20);

        double proposed = 0, asked = 0;
        var (before, after) = await _server.AroundAsync(async () =>
        {
            proposed = (await _server.ProposeAsync(Some.Fix("a"))).Confidence!.Value;
            asked = (await _server.AskAsync(Some.Fix("b"))).Confidence!.Value;
        });

        Assert.Equal(["auto_apply"], after.Labels("agent_fix_confidence_count", "decision"));
        Assert.Equal(1, after.Since(before, "agent_fix_confidence_count", ("decision", "auto_apply")));
        Assert.Equal(proposed, after.Since(before, "agent_fix_confidence_sum"), 1e-9);
        Assert.Equal(2, after.Since(before, "ml_confidence_score_count", ("scorer", "track-record")));
        Assert.Equal(proposed + asked, after.Since(before, "ml_confidence_score_sum"), 1e-9);
    }

    [Fact]
    public async Task Outcomes_of_what_was_auto_applied_are_counted_apart()
    {
        await _server.TeachAsync("a", successes: 40);
        var applied = new List<FixAnswer>();
        for (var i = 0; i < 3; i++)
            applied.Add(await _server.ProposeAsync(Some.Fix("a")));
        var reviewed = await _server.ProposeAsync(Some.Fix("a") with { Changes = new() { Paths = [".env"] } });
        Assert.Equal((FixDecision.AutoApply, FixDecision.Review), (applied[0].Decision, reviewed.Decision));

        var (before, after) = await _server.AroundAsync(async () =>
        {
            await _server.ReportAsync(applied[0].Id, new { success = true });
            await _server.ReportAsync(applied[1].Id, new { success = false });
            await _server.ReportAsync(applied[2].Id, new { success = true });
            await _server.ReportAsync(applied[2].Id, new { rolledBack = true });
            await _server.ReportAsync(reviewed.Id, new { success = false });
        });

        Assert.Equal((2, 1, 1), (after.Since(before, Outcomes, ("result", "succeeded")), after.Since(before, Outcomes, ("result", "failed")), after.Since(before, Outcomes, ("result", "rolled_back"))));
        Assert.Equal(4, after.Since(before, Outcomes));
    }

    [Fact]
    public async Task A_strategy_that_is_not_known_is_counted_as_other()
    {
        var (before, after) = await _server.AroundAsync(async () =>
        {
            foreach (var strategy in new[] { "performance", "code_patch", "config_update", "type_annotation", "accessibility", "dependency_fix", "prayer", "Code_Patch" })
                await _server.ProposeAsync(Some.Fix("a", strategy: strategy) with { Outcome = new() { Success = true, DurationMs = 1 } });
        });

        Assert.Equal(["accessibility", "code_patch", "config_update", "dependency_fix", "other", "performance", "type_annotation"], after.Labels(Fixes, "strategy"));
        Assert.Equal((2, 1), (after.Since(before, Fixes, ("strategy", "other")), after.Since(before, Fixes, ("strategy", "code_patch"))));
        Assert.Equal(2, after.Since(before, "agent_fix_duration_ms_count", ("strategy", "other")));
    }

    [Fact]
    public async Task At_most_fifty_agents_have_a_name_and_none_is_lost_in_the_sum()
    {
        var (before, after) = await _server.AroundAsync(async () =>
        {
            for (var i = 0; i < 60; i++)
                await _server.ProposeAsync(Some.Fix($"agent-{i}"));
            await _server.ProposeAsync(Some.Fix("agent-3"));
        });

        var names = after.Labels(Fixes, "agent");
        Assert.Equal(AgentNames.Most + 1, names.Count);
        Assert.Equal((61, 10, 2), (after.Since(before, Fixes), after.Since(before, Fixes, ("agent", "other")), after.Since(before, Fixes, ("agent", "agent-3"))));
    }

    [Fact]
    public async Task An_agent_may_be_called_anything()
    {
        string[] names = ["a\"b", "back\\slash", "{x=\"y\"} 1", "☃", "other"];
        var (before, after) = await _server.AroundAsync(async () =>
        {
            foreach (var name in names)
                await _server.ProposeAsync(Some.Fix(name));
        });
        Assert.All(names, name => Assert.Equal(1, after.Since(before, Fixes, ("agent", name))));
    }

    [Fact]
    public async Task After_a_restart_the_busiest_agents_have_names()
    {
        var folder = Directory.CreateTempSubdirectory("witan-test-");
        var database = await Engine.CreateAsync(folder);
        await using (var before = await WitanServer.StartAsync(change: settings => settings with { Database = database }))
            await before.TeachAsync(Enumerable.Range(0, 60).SelectMany(i => Enumerable.Repeat(Some.Success($"agent-{i:00}"), 1 + i)));

        await using (var after = await WitanServer.StartAsync(change: settings => settings with { Database = database }))
        {
            foreach (var agent in new[] { "agent-00", "agent-59", "agent-10" })
                await after.ProposeAsync(Some.Fix(agent));
            Assert.Equal(["agent-10", "agent-59", "other"], (await after.ScrapeAsync()).Labels(Fixes, "agent"));
        }
        Engine.Forget();
        await Engine.DropAsync(database);
        folder.Delete(recursive: true);
    }

    private const string Fixes = "agent_fixes_total";
    private const string Outcomes = "agent_auto_applied_outcomes_total";

    private async Task EventsAsync(Func<Task> happens, params (string Event, int Count)[] expected)
    {
        var (before, after) = await _server.AroundAsync(happens);
        Assert.Equal(expected.Sum(e => e.Count), after.Since(before, Fixes));
        Assert.All(expected, e => Assert.Equal(e.Count, after.Since(before, Fixes, ("event", e.Event), ("agent", "a"), ("strategy", "code_patch"))));
    }
}
