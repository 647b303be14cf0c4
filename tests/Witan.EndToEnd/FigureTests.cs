using Witan.EndToEnd.Pages;

namespace Witan.EndToEnd;

/// <summary>What the overview shows is what the API says; nobody writes to the demo, so both are of the same moment.</summary>
public sealed class FigureTests(Stage stage) : BrowserTest(stage)
{
    private OverviewPage _overview = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        var visitor = await VisitAsync();
        await visitor.GoAsync("/");
        _overview = new(visitor.Page);
    }

    [Fact]
    public async Task The_figures_are_those_of_the_stats()
    {
        var stats = await Demo.Client.GetStatsAsync(Cancel);
        await ShowsAsync("success", Text.Percent(stats.FixSuccessRate), $"{Text.Count(stats.FixSuccesses)} of n = {Text.Count(stats.FixOutcomes)} outcomes");
        await ShowsAsync("fixes", Text.Count(stats.Fixes), $"{Text.Count(stats.Fixes - stats.FixOutcomes)} without an outcome yet");
        await ShowsAsync("votes", Text.Count(stats.CollaborationsOpen), $"of {Text.Count(stats.Collaborations)} collaborations; {Text.Count(stats.Votes)} votes");
        await ShowsAsync("agents", Text.Count(stats.Agents), "ranked by what they have shown");
        await ShowsAsync("learnings", Text.Count(stats.Learnings), $"{Text.Count(stats.LearningsValidated)} validated");
        Assert.Equal((27_808, 80, 4), (stats.Fixes, stats.Agents, stats.Learnings)); // or both might be empty
    }

    [Fact]
    public async Task The_figures_of_trust_are_those_of_the_decisions_and_of_the_policy()
    {
        var (decisions, policy) = ((await Demo.Client.GetDecisionStatsAsync(cancel: Cancel)).Decisions, await Demo.Client.GetPolicyAsync(Cancel));
        var auto = decisions.Single(one => one.Decision == FixDecision.AutoApply);
        var (decided, judged) = (decisions.Sum(one => one.Fixes), decisions.Sum(one => one.Outcomes));
        await ShowsAsync("auto-applied", Text.Percent((double)auto.Fixes / decided), $"{Text.Count(auto.Fixes)} of n = {Text.Count(decided)} decisions");

        var budget = policy.RiskBudget ?? 1 - policy.AutoApply!.Value;
        await ShowsAsync("realised", Text.Percent(1 - auto.SuccessRate),
            $"{Text.Interval(1 - auto.Interval![1], 1 - auto.Interval[0])} (90 %), n = {Text.Count(auto.Outcomes)}; budget {Text.Whole(budget)}");

        var predicted = decisions.Sum(one => one.MeanConfidence!.Value * one.Outcomes) / judged;
        var observed = (double)decisions.Sum(one => one.Successes) / judged;
        await ShowsAsync("calibration", Text.Points(predicted - observed), $"predicted {Text.Percent(predicted)} on average, {Text.Percent(observed)} succeeded, n = {Text.Count(judged)}");
        Assert.Equal(2_500, judged);
    }

    [Fact]
    public async Task The_champion_and_the_health_are_those_of_the_registry_and_of_the_server()
    {
        var champion = (await Demo.Client.ListModelsAsync(cancel: Cancel)).Models.Single(model => model.Status == "champion");
        await Assertions.Expect(_overview.Figure("champion")).ToHaveTextAsync(champion.Version);
        await Assertions.Expect(_overview.Of("champion")).ToContainTextAsync($"from {Text.Count(champion.Outcomes)} outcomes");
        var health = await Demo.Client.GetHealthAsync(Cancel);
        await ShowsAsync("health", health.Status, string.Join(", ", health.Dependencies.Select(one => $"{one.Key} {one.Value.Status}")));
    }

    [Fact]
    public async Task The_timeline_counts_every_fix_and_every_outcome()
    {
        var weeks = (await Demo.Client.GetTimelineAsync("week", cancel: Cancel)).Buckets;
        var summary = $"{Text.Count(weeks.Sum(week => week.Fixes))} fixes from {weeks[0].Start:yyyy-MM-dd} to {weeks[^1].Start:yyyy-MM-dd}; {Text.Count(weeks.Sum(week => week.Successes))} of {Text.Count(weeks.Sum(week => week.Outcomes))} outcomes were successes";
        await Assertions.Expect(_overview.Timeline).ToHaveAttributeAsync("aria-label", summary);
        await Assertions.Expect(_overview.Timeline.Locator("rect")).ToHaveCountAsync(weeks.Count);
    }

    private async Task ShowsAsync(string tile, string figure, string of)
    {
        await Assertions.Expect(_overview.Figure(tile)).ToHaveTextAsync(figure);
        await Assertions.Expect(_overview.Of(tile)).ToHaveTextAsync(of);
    }
}
