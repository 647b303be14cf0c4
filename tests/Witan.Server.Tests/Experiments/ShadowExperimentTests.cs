using Microsoft.Extensions.Time.Testing;
using Witan.Client;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Server.Tests.Models;

namespace Witan.Server.Tests.Experiments;

/// <summary>The built-in experiment runs in shadow from the start: both arms score every fix, and the champion answers.</summary>
public sealed class ShadowExperimentTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WitanServer.StartAsync(_clock);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_empty_database_has_it_without_figures()
    {
        var answer = await _server.GetAsync($"/experiments/{Laboratory.BuiltIn}");
        Assert.Equal(["name", "mode", "share", "since", "arms", "difference", "interval", "verdict", "better", "minimum", "outcomesUsed", "explanation"], answer.Keys);
        var experiment = answer.As<Experiment>();

        Assert.Equal((Laboratory.BuiltIn, ExperimentMode.Shadow, null, null), (experiment.Name, experiment.Mode, experiment.Share, experiment.Since));
        Assert.Equal((null, null, ExperimentVerdict.NoVerdict, null, 200, 0), (experiment.Difference, experiment.Interval, experiment.Verdict, experiment.Better, experiment.Minimum, experiment.OutcomesUsed));
        Assert.Equal([new() { Arm = "ml", Scored = 0, Outcomes = 0, Served = 0, ServedOutcomes = 0, AutoApplied = 0, AutoAppliedOutcomes = 0 }, experiment.Arms[0] with { Arm = "heuristic" }], experiment.Arms);
        Assert.Equal("Both arms score in shadow and the champion answers. No outcome is known yet of a fix that both have scored.", experiment.Explanation);
    }

    [Fact]
    public async Task Its_figures_are_those_of_the_scores_and_outcomes()
    {
        await _server.KnowTwoAsync();
        var random = new Random(3);
        var fixes = new List<(FixReceipt Receipt, bool Success)>();
        for (var i = 0; i < 40; i++)
        {
            var proposed = await _server.ProposeAsync(Some.Fix(random.Next(2) == 0 ? "good" : "poor", $"issue-{i}", random.Next(2) == 0 ? "code_patch" : "performance"));
            Assert.Equal(("track-record", null), (proposed.Scorer, proposed.Arm));
            fixes.Add(((await _server.FixAsync(proposed.Id)).Receipt!, random.Next(3) > 0));
            await _server.ReportAsync(proposed.Id, new { success = fixes[^1].Success });
        }
        await _server.ProposeAsync(Some.Fix("good", "open")); // no outcome, so it says nothing

        var experiment = await _server.PairedAsync(40);

        Assert.All(fixes, f => Assert.Null(f.Receipt.Propensity));
        var ml = fixes.Select(f => (Probability: f.Receipt.Answer.Confidence!.Value, f.Success)).ToList();
        var heuristic = fixes.Select(f => (Probability: f.Receipt.Judged(new HeuristicScorer()), f.Success)).ToList();
        foreach (var (arm, forecasts) in experiment.Arms.Zip([ml, heuristic]))
        {
            var (brier, logLoss) = Laboratory.Losses(forecasts);
            Assert.Equal(brier, arm.Brier!.Value, 1e-12);
            Assert.Equal(logLoss, arm.LogLoss!.Value, 1e-12);
            Assert.Equal((40, 0, null), (arm.Scored, arm.Served, arm.ServedSuccessRate));
        }
        Assert.Equal(Laboratory.Losses(ml).Brier - Laboratory.Losses(heuristic).Brier, experiment.Difference!.Value, 1e-12);
        Assert.InRange(experiment.Difference.Value, experiment.Interval![0], experiment.Interval[1]);
        Assert.Equal((40, ExperimentVerdict.NoVerdict), (experiment.OutcomesUsed, experiment.Verdict));
    }

    [Fact]
    public async Task Where_the_heuristic_answers_or_nobody_there_is_nothing_to_compare()
    {
        var first = await _server.ProposeAsync(Some.Fix("new", "a"));
        await _server.ReportAsync(first.Id, new { success = true });
        var second = await _server.ProposeAsync(Some.Fix("new", "b"));
        Assert.Equal(("none", "heuristic"), (first.Scorer, second.Scorer));
        await _server.ReportAsync(second.Id, new { success = true });
        await _server.TeachAsync("new", successes: 40); // reports after the fact were never scored

        Assert.Equal([(0, 0), (1, 0)], (await _server.ExperimentAsync()).Arms.Select(arm => (arm.Scored, arm.Outcomes)));
        Assert.Equal(0, await _server.QueryAsync<long>($"SELECT count(*) FROM shadow_scores WHERE fix_id IN ('{first.Id}', '{second.Id}')"));
    }

    [Fact]
    public async Task A_trained_champion_is_an_arm_by_its_version_and_as_ml()
    {
        await _server.TeachAsync(SimulatedFleet.Reports(420));
        var version = await _server.TrainAsync();
        await _server.PostAsync($"/models/{version}/promote", null);
        var fix = await _server.ProposeAsync(SimulatedFleet.Hard);
        Assert.Equal(version, fix.Scorer);

        var receipt = (await _server.FixAsync(fix.Id)).Receipt!;
        Assert.True(receipt.Features.Count > FeatureSchema.CoreCount);
        Assert.Equal(receipt.Judged(new HeuristicScorer()), await _server.ShadowAsync(fix.Id), 1e-12);
        await _server.ReportAsync(fix.Id, new { success = false });
        foreach (var name in new[] { Laboratory.BuiltIn, $"{version}-vs-heuristic" })
            Assert.Equal(Math.Pow(fix.Confidence!.Value, 2), (await _server.PairedAsync(1, name)).Arms[0].Brier!.Value, 1e-12);
        Assert.Equal([(1, 0), (1, 0)], (await _server.ExperimentAsync($"ml-vs-{version}")).Arms.Select(arm => (arm.Scored, arm.Outcomes))); // one scorer behind both
        Assert.Equal("arm_unusable", (await _server.SetModeAsync("""{"mode":"live"}""", $"ml-vs-{version}")).Code);

        await _server.GoLiveAsync(0.999, $"heuristic-vs-{version}");
        var live = await _server.ProposeAsync(SimulatedFleet.Hard);
        Assert.Equal((version, version), (live.Arm, live.Scorer));
        await _server.ReportAsync(live.Id, new { success = false });
        await _server.PairedAsync(2, $"heuristic-vs-{version}");
    }

    [Fact]
    public async Task A_replayed_proposal_is_scored_as_of_its_time_too()
    {
        await _server.KnowTwoAsync();
        _clock.Advance(TimeSpan.FromHours(3));
        var replayed = await _server.ProposeAsync(Some.Fix("good", "old") with { ProposedAt = _clock.GetUtcNow().AddHours(-1) });
        Assert.True(replayed.Replay);

        Assert.Equal((await _server.FixAsync(replayed.Id)).Receipt!.Judged(new HeuristicScorer()), await _server.ShadowAsync(replayed.Id), 1e-12);
        await _server.ReportAsync(replayed.Id, new { success = true });
        await _server.PairedAsync(1);
    }

    [Fact]
    public async Task An_outcome_waits_for_a_score_that_is_late_and_those_after_it_with_it()
    {
        await _server.KnowTwoAsync();
        var (late, other) = (await _server.ProposeAsync(Some.Fix("good", "late")), await _server.ProposeAsync(Some.Fix("good", "other")));
        var score = await _server.ShadowAsync(late.Id);
        await _server.ShadowAsync(other.Id);
        await _server.ExecuteAsync("DELETE FROM shadow_scores WHERE fix_id = @id", new { id = late.Id!.Value });
        await _server.ReportAsync(late.Id, new { success = true });
        await _server.ReportAsync(other.Id, new { success = true });

        Assert.Equal(0, (await _server.ExperimentAsync()).Arms[0].Outcomes);
        await _server.ExecuteAsync("INSERT INTO shadow_scores (fix_id, scorer, confidence) VALUES (@id, 'heuristic', @score)", new { id = late.Id!.Value, score });
        Assert.Equal(2, (await _server.ExperimentAsync()).Arms[0].Outcomes);
    }

    [Fact]
    public async Task One_that_never_comes_is_passed_over_after_a_minute()
    {
        await _server.KnowTwoAsync();
        var (lost, other) = (await _server.ProposeAsync(Some.Fix("good", "lost")), await _server.ProposeAsync(Some.Fix("good", "other")));
        await _server.ShadowAsync(lost.Id);
        await _server.ShadowAsync(other.Id);
        await _server.ExecuteAsync("DELETE FROM shadow_scores WHERE fix_id = @id", new { id = lost.Id!.Value });
        await _server.ReportAsync(lost.Id, new { success = true });
        await _server.ReportAsync(other.Id, new { success = true });
        Assert.Equal(0, (await _server.ExperimentAsync()).Arms[0].Outcomes);

        _clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal([(2, 1), (1, 1)], (await _server.ExperimentAsync()).Arms.Select(arm => (arm.Scored, arm.Outcomes)));
    }

    [Fact]
    public async Task A_second_server_has_the_same_figures_and_carries_them_on()
    {
        await _server.KnowTwoAsync();
        await _server.LiveThroughAsync([.. Enumerable.Range(0, 30).Select(i => (Some.Fix(i % 2 == 0 ? "good" : "poor", $"i-{i}"), i % 2 == 0))]);
        await _server.PairedAsync(30);
        await using var second = await WitanServer.StartAsync(_clock, settings => settings with { Database = _server.Database });

        foreach (var path in new[] { "/experiments", $"/experiments/{Laboratory.BuiltIn}", "/experiments/heuristic-vs-ml" })
            Assert.Equal((await _server.GetAsync(path)).Text, (await second.GetAsync(path)).Text);

        var fix = await second.ProposeAsync(Some.Fix("good", "carried on"));
        await _server.ShadowAsync(fix.Id);
        await _server.ReportAsync(fix.Id, new { success = true });
        Assert.Equal(31, (await _server.ExperimentAsync()).OutcomesUsed);
        Assert.Equal(31, (await second.ExperimentAsync()).OutcomesUsed);
    }

    [Fact]
    public async Task What_is_not_stored_yet_when_the_server_stops_is_stored_before_it_has_stopped()
    {
        await _server.KnowTwoAsync();
        var second = await WitanServer.StartAsync(_clock, settings => settings with { Database = _server.Database });
        await second.TeachAsync(Enumerable.Range(0, 700).Select(i => Some.Fix("good", $"i-{i}")));
        await second.DisposeAsync();

        Assert.Equal(700, await _server.QueryAsync<long>("SELECT count(*) FROM shadow_scores WHERE scorer = 'heuristic'"));
    }
}
