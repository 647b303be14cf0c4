using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Witan.Client;
using Witan.Fixes;
using Witan.Intelligence.Models;

namespace Witan.Server.Tests.Experiments;

/// <summary>A live experiment: a person has one arm answer a share of the fixes, and ends that.</summary>
public sealed class LiveExperimentTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WitanServer.StartAsync(_clock, settings => settings with { Policy = new() { AutoApply = 0.8, Review = 0.1, MinComparableOutcomes = 0 } });
        await _server.KnowTwoAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task It_is_turned_on_changed_and_off_and_the_same_again_changes_nothing()
    {
        var on = await _server.GoLiveAsync(0.1);
        Assert.Equal((ExperimentMode.Live, 0.1, OneServer.Start), (on.Mode, on.Share!.Value, on.Since!.Value));
        Assert.StartsWith("heuristic answers 0.1 of the fixes, drawn by issue, ml the others; each scores in shadow what the other answers.", on.Explanation, StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(on, await _server.GoLiveAsync(0.1) with { Arms = on.Arms });

        var half = (await _server.SetModeAsync("""{"mode":"live"}""")).As<Experiment>();
        Assert.Equal((0.5, OneServer.Start.AddMinutes(1)), (half.Share!.Value, half.Since!.Value));

        _clock.Advance(TimeSpan.FromMinutes(1));
        var off = (await _server.SetModeAsync("""{"mode":"shadow"}""")).As<Experiment>();
        Assert.Equal((ExperimentMode.Shadow, null, OneServer.Start.AddMinutes(2)), (off.Mode, off.Share, off.Since!.Value));
        _clock.Advance(TimeSpan.FromMinutes(1));
        await _server.SetModeAsync("""{"mode":"shadow","share":null}""");
        Assert.Equal((await _server.ExperimentAsync()).Since, off.Since);
        Assert.Null((await _server.AskAsync(Some.Fix("good"))).Arm);
    }

    [Fact]
    public async Task The_lot_is_a_hash_of_name_and_issue_so_an_issue_stays_with_its_arm()
    {
        const double share = 0.3;
        await _server.GoLiveAsync(share);
        var (drawn, second) = (0, 0);
        for (var i = 0; i < 300; i++)
        {
            var arm = Draws($"issue-{i}", share) ? "heuristic" : "ml";
            (drawn, second) = (drawn + 1, second + (arm == "heuristic" ? 1 : 0));
            Assert.Equal(arm, (await _server.AskAsync(Some.Fix(i % 2 == 0 ? "good" : "poor", $"issue-{i}"))).Arm);
            if (i % 10 == 0)
                Assert.Equal(arm, (await _server.ProposeAsync(Some.Fix("poor", $"issue-{i}"))).Arm);
        }
        Assert.InRange((double)second / drawn, share - 0.08, share + 0.08); // three standard errors
    }

    [Fact]
    public async Task Without_an_issue_a_fix_is_drawn_by_its_id_and_a_question_gets_the_first_arm()
    {
        await _server.GoLiveAsync(0.5);
        var arms = new List<string?>();
        for (var i = 0; i < 20; i++)
        {
            var fix = await _server.ProposeAsync(Some.Fix("good"));
            Assert.Equal(Draws($"{fix.Id}", 0.5) ? "heuristic" : "ml", fix.Arm);
            arms.Add(fix.Arm);
            Assert.Equal("ml", (await _server.AskAsync(Some.Fix("good"))).Arm);
        }
        Assert.Equal(2, arms.Distinct().Count());
    }

    [Fact]
    public async Task The_arm_answers_and_the_receipt_tells_it_and_how_probable_it_was()
    {
        await _server.GoLiveAsync(0.2);
        foreach (var second in new[] { false, true })
        {
            var answer = await _server.ProposeAsync(Some.Fix("good", Issue(second, 0.2)));
            var receipt = (await _server.FixAsync(answer.Id)).Receipt!;
            IScorer scorer = second ? new HeuristicScorer() : LinearScorer.TrackRecord;

            Assert.Equal(second ? ("heuristic", "heuristic", 0.2) : ("ml", "track-record", 0.8), (answer.Arm!, answer.Scorer!, receipt.Propensity!.Value));
            Assert.Equal(answer.Arm, receipt.Answer.Arm);
            Assert.Equal(receipt.Judged(scorer), answer.Confidence!.Value, 1e-12);
        }
        await _server.SetModeAsync("""{"mode":"shadow"}""");
        var later = await _server.ProposeAsync(Some.Fix("good", Issue(true, 0.2)));
        Assert.Equal(("track-record", null, null), (later.Scorer, later.Arm, (await _server.FixAsync(later.Id)).Receipt!.Propensity));
    }

    [Fact]
    public async Task The_arm_that_did_not_answer_scores_in_shadow_so_every_fix_makes_a_pair()
    {
        await _server.GoLiveAsync(0.5);
        var forecasts = new List<(double Ml, double Heuristic, bool Success)>();
        var served = new Dictionary<string, List<(FixAnswer Answer, bool? Success)>> { ["ml"] = [], ["heuristic"] = [] };
        for (var i = 0; i < 30; i++)
        {
            var answer = await _server.ProposeAsync(Some.Fix(i % 3 == 0 ? "poor" : "good", $"issue-{i}"));
            var receipt = (await _server.FixAsync(answer.Id)).Receipt!;
            var other = answer.Arm == "ml" ? "heuristic" : "ml";
            Assert.Equal(receipt.Judged(other == "ml" ? LinearScorer.TrackRecord : new HeuristicScorer()), await _server.ShadowAsync(answer.Id, other), 1e-12);
            Assert.Null(await _server.FindShadowAsync(answer.Id, answer.Arm!));
            forecasts.Add((receipt.Judged(LinearScorer.TrackRecord), receipt.Judged(new HeuristicScorer()), i % 4 > 0));
            served[answer.Arm!].Add((answer, i % 4 > 0));
            await _server.ReportAsync(answer.Id, new { success = i % 4 > 0 });
        }
        for (var i = 30; i < 34; i++)
        {
            var open = await _server.ProposeAsync(Some.Fix("good", $"issue-{i}"));
            served[open.Arm!].Add((open, null));
        }

        var experiment = await _server.PairedAsync(30);

        Assert.Equal(Laboratory.Losses(forecasts.Select(f => (f.Ml, f.Success))).Brier, experiment.Arms[0].Brier!.Value, 1e-12);
        Assert.Equal(Laboratory.Losses(forecasts.Select(f => (f.Heuristic, f.Success))).Brier, experiment.Arms[1].Brier!.Value, 1e-12);
        foreach (var arm in experiment.Arms)
        {
            var known = served[arm.Arm].Where(s => s.Success is not null).ToList();
            var applied = known.Where(s => s.Answer.Decision == FixDecision.AutoApply).ToList();
            Assert.Equal((served[arm.Arm].Count, known.Count, Rate(known)), (arm.Served, arm.ServedOutcomes, arm.ServedSuccessRate));
            Assert.Equal((served[arm.Arm].Count(s => s.Answer.Decision == FixDecision.AutoApply), applied.Count, Rate(applied)), (arm.AutoApplied, arm.AutoAppliedOutcomes, arm.AutoAppliedSuccessRate));
        }
        Assert.True(experiment.Arms[0].AutoApplied > 0);
        var off = (await _server.SetModeAsync("""{"mode":"shadow"}""")).As<Experiment>();
        Assert.Equal(experiment.Arms, off.Arms); // what was served stays known

        static double? Rate(List<(FixAnswer Answer, bool? Success)> of) => of.Count == 0 ? null : (double)of.Count(s => s.Success == true) / of.Count;
    }

    [Fact]
    public async Task A_second_one_is_refused_until_the_first_is_off()
    {
        await _server.GoLiveAsync(0.5);
        var refused = await _server.SetModeAsync("""{"mode":"live"}""", "heuristic-vs-track-record");
        Assert.Equal((409, "experiment_running"), (refused.Status, refused.Code));
        Assert.Contains(Laboratory.BuiltIn, refused["detail"].GetString(), StringComparison.Ordinal);
        Assert.Equal(ExperimentMode.Shadow, (await _server.ExperimentAsync("heuristic-vs-track-record")).Mode);

        await _server.SetModeAsync("""{"mode":"shadow"}""");
        await _server.GoLiveAsync(0.99, "heuristic-vs-track-record");
        var answer = await _server.ProposeAsync(Some.Fix("good", "issue-1"));
        Assert.Equal(("track-record", "track-record"), (answer.Arm, answer.Scorer));
        var receipt = (await _server.FixAsync(answer.Id)).Receipt!;
        Assert.Equal(receipt.Judged(new HeuristicScorer()), await _server.ShadowAsync(answer.Id), 1e-12);
    }

    [Theory]
    [InlineData("ml-vs-track-record", "track-record")] // the same scorer, as long as nothing was trained
    [InlineData("heuristic-vs-model-7", "model-7")]
    [InlineData("model-7-vs-ml", "model-7")]
    public async Task Arms_that_cannot_answer_are_refused(string name, string arm)
    {
        await _server.ExecuteAsync("INSERT INTO models (version, kind, status, outcomes) VALUES ('model-7', 'logistic', 'retired', 0)");
        var refused = await _server.SetModeAsync("""{"mode":"live"}""", name);

        Assert.Equal((409, "arm_unusable"), (refused.Status, refused.Code));
        Assert.StartsWith($"{arm} cannot answer", refused["detail"].GetString(), StringComparison.Ordinal);
        Assert.Equal(200, (await _server.SetModeAsync("""{"mode":"shadow"}""", name)).Status);
        Assert.Equal(0, (await _server.ExperimentAsync(name)).Arms[1].Outcomes);
    }

    [Fact]
    public async Task When_an_arm_can_no_longer_answer_the_champion_answers_all_and_it_says_so()
    {
        await _server.GoLiveAsync(0.5);
        await _server.PostAsync("/models/heuristic/promote", null);
        for (var i = 0; i < 5; i++)
            Assert.Equal(("heuristic", null), (await _server.ProposeAsync(Some.Fix("good", $"issue-{i}"))) is var answer ? (answer.Scorer, answer.Arm) : default);
        Assert.StartsWith("It is live, but ml cannot answer beside the other arm now, so the champion answers every fix.", (await _server.ExperimentAsync()).Explanation, StringComparison.Ordinal);

        await _server.PostAsync("/models/track-record/promote", null);
        Assert.NotNull((await _server.AskAsync(Some.Fix("good", "issue-1"))).Arm);
    }

    [Fact]
    public async Task While_too_little_is_known_for_the_champion_nothing_is_drawn()
    {
        await using var server = await WitanServer.StartAsync();
        await server.GoLiveAsync(0.5);
        Assert.Null((await server.ProposeAsync(Some.Fix("new", "a"))).Arm);
        await server.TeachAsync("new", successes: 29);
        Assert.Equal(("heuristic", null), (await server.ProposeAsync(Some.Fix("new", "b"))) is var early ? (early.Scorer, early.Arm) : default);

        await server.TeachAsync("new", successes: 1);
        Assert.NotNull((await server.ProposeAsync(Some.Fix("new", "b"))).Arm);
    }

    [Fact]
    public async Task Another_server_on_the_database_and_a_restarted_one_draw_alike()
    {
        await using var second = await WitanServer.StartAsync(_clock, settings => settings with { Database = _server.Database });
        await second.GoLiveAsync(0.4);
        await using var third = await WitanServer.StartAsync(_clock, settings => settings with { Database = _server.Database });
        foreach (var server in new[] { _server, third })
        {
            for (var i = 0; i < 10; i++)
                Assert.Equal(Draws($"issue-{i}", 0.4) ? "heuristic" : "ml", (await server.ProposeAsync(Some.Fix("good", $"issue-{i}"))).Arm);
            Assert.Equal((ExperimentMode.Live, 0.4), (await server.ExperimentAsync()) is var e ? (e.Mode, e.Share!.Value) : default);
        }
        await _server.SetModeAsync("""{"mode":"shadow"}""");
        Assert.Null((await third.ProposeAsync(Some.Fix("good", "issue-1"))).Arm);
    }

    [Fact]
    public async Task The_first_answer_of_a_fix_stands_whatever_is_live_later()
    {
        var proposal = Some.Fix("good", Issue(true, 0.5)) with { ExternalId = "kept" };
        var shadow = await _server.ProposeAsync(proposal);
        await _server.GoLiveAsync(0.5);

        Assert.Equal((200, null), (await _server.PostAsync("/auto-fixes", proposal)) is var again ? (again.Status, again.As<FixAnswer>().Arm) : default);
        Assert.Equal(shadow.Confidence, (await _server.FixAsync(shadow.Id)).Confidence);
    }

    [Fact]
    public async Task An_idempotency_key_repeats_the_answer()
    {
        var first = await _server.SetModeAsync("""{"mode":"live","share":0.25}""", key: "once");
        await _server.SetModeAsync("""{"mode":"shadow"}""");

        Assert.Equal(first.Text, (await _server.SetModeAsync("""{"mode":"live","share":0.25}""", key: "once")).Text);
        Assert.Equal(422, (await _server.SetModeAsync("""{"mode":"live","share":0.26}""", key: "once")).Status);
        Assert.Equal(ExperimentMode.Shadow, (await _server.ExperimentAsync()).Mode);
    }

    private static string Issue(bool second, double share) => Enumerable.Range(0, 1_000).Select(i => $"pick-{i}").First(issue => Draws(issue, share) == second);

    private static bool Draws(string key, double share) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{Laboratory.BuiltIn}\n{key}"))) / Math.Pow(2, 64) < share;
}
