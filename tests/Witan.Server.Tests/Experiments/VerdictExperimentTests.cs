using Witan.Client;

namespace Witan.Server.Tests.Experiments;

/// <summary>When an experiment says which arm is better, and on which outcomes.</summary>
public sealed class VerdictExperimentTests : IAsyncLifetime
{
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WitanServer.StartAsync();
        await _server.KnowTwoAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Only_the_first_outcome_of_each_issue_counts_for_the_verdict_and_each_without_an_issue()
    {
        (string Agent, string? Issue, bool Success)[] told =
            [("good", "a", true), ("poor", "a", true), ("good", null, false), ("poor", "b", false), ("good", "a", false), ("good", null, true), ("poor", "b", true)];
        var fixes = new List<FixAnswer>();
        foreach (var (agent, issue, _) in told)
            fixes.Add(await _server.ProposeAsync(Some.Fix(agent, issue)));
        var heuristic = new List<double>();
        foreach (var fix in fixes)
            heuristic.Add(await _server.ShadowAsync(fix.Id));
        foreach (var (fix, (_, _, success)) in fixes.Zip(told))
            await _server.ReportAsync(fix.Id, new { success });

        var experiment = await _server.PairedAsync(told.Length);

        int[] used = [0, 2, 3, 5];
        Assert.Equal(used.Length, experiment.OutcomesUsed);
        Assert.Equal(used.Average(i => Miss(fixes[i].Confidence!.Value, told[i].Success) - Miss(heuristic[i], told[i].Success)), experiment.Difference!.Value, 1e-12);
        Assert.Equal(told.Index().Average(t => Miss(fixes[t.Index].Confidence!.Value, t.Item.Success)), experiment.Arms[0].Brier!.Value, 1e-12);

        static double Miss(double p, bool success) => Math.Pow(p - (success ? 1 : 0), 2);
    }

    [Fact]
    public async Task A_rollback_does_not_take_back_what_was_counted()
    {
        var fix = await _server.ProposeAsync(Some.Fix("good", "a"));
        await _server.ReportAsync(fix.Id, new { success = true });
        var before = await _server.PairedAsync(1);
        await _server.ReportAsync(fix.Id, new { rolledBack = true });

        Assert.Equal(before.Difference, (await _server.ExperimentAsync()).Difference);
        Assert.Equal(before.Arms, (await _server.ExperimentAsync("ml-vs-heuristic")).Arms);
    }

    [Fact]
    public async Task There_is_none_under_the_minimum_however_clear_it_looks_and_one_from_it_on()
    {
        await _server.LiveThroughAsync(Outcomes(0, 199, agent => agent == "good"));
        var under = await _server.PairedAsync(199);
        Assert.Equal((199, ExperimentVerdict.NoVerdict, null), (under.OutcomesUsed, under.Verdict, under.Better));
        Assert.StartsWith("Both arms score in shadow and the champion answers. No verdict before 200 outcomes: over 199 outcomes, the first of each issue, the mean Brier score of ml is 0.", under.Explanation, StringComparison.Ordinal);
        Assert.True(under.Interval![1] < 0);

        await _server.LiveThroughAsync(Outcomes(199, 101, agent => agent == "good"));
        var clear = await _server.PairedAsync(300);

        Assert.Equal((300, ExperimentVerdict.FirstBetter, "ml"), (clear.OutcomesUsed, clear.Verdict, clear.Better));
        Assert.True(clear.Interval![0] <= clear.Difference && clear.Difference <= clear.Interval[1] && clear.Interval[1] < 0);
        Assert.Contains("ml is better: over 300 outcomes", clear.Explanation, StringComparison.Ordinal);
        var turned = await _server.PairedAsync(300, "heuristic-vs-ml");
        Assert.Equal((ExperimentVerdict.SecondBetter, "ml", -clear.Difference), (turned.Verdict, turned.Better, turned.Difference));
        Assert.Contains("ml is better: over 300 outcomes", turned.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_heuristic_may_win()
    {
        await _server.LiveThroughAsync(Outcomes(0, 300, _ => null)); // coins: the bolder one misses further

        var experiment = await _server.PairedAsync(300);

        Assert.Equal((ExperimentVerdict.SecondBetter, "heuristic"), (experiment.Verdict, experiment.Better));
        Assert.True(experiment.Interval![0] > 0 && experiment.Arms[0].Brier > experiment.Arms[1].Brier);
    }

    [Fact]
    public async Task Many_attempts_on_few_issues_are_no_evidence()
    {
        await _server.LiveThroughAsync([.. Outcomes(0, 300, agent => agent == "good").Select((o, i) => (o.Fix with { Issue = $"issue-{i % 5}" }, o.Success))]);

        var experiment = await _server.PairedAsync(300);

        Assert.Equal((5, ExperimentVerdict.NoVerdict), (experiment.OutcomesUsed, experiment.Verdict));
    }

    // Fixes of both agents on issues of their own, of a kind that is new to them, where the heuristic is timid; null is a coin.
    private static List<(FixProposal Fix, bool Success)> Outcomes(int from, int count, Func<string, bool?> succeeds) => [.. Enumerable.Range(from, count).Select(i =>
    {
        var agent = i % 2 == 0 ? "good" : "poor";
        return (Some.Fix(agent, $"issue-{i}", "performance"), succeeds(agent) ?? i % 4 < 2);
    })];
}
