using System.Text.Json;
using Witan.Intelligence.Features;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;
using Witan.Tests.Intelligence.Models;

namespace Witan.Tests.Intelligence.Training;

public sealed class TrainerTests
{
    [Theory]
    [InlineData(100, 99)]
    [InlineData(29, 300)]
    [InlineData(300, 29)]
    [InlineData(0, 0)]
    public void Too_few_outcomes_of_either_class_are_refused_with_what_is_missing(int successes, int failures)
    {
        var result = Train(Outcomes(successes, failures));

        AssertNothingTrained(result);
        Assert.Contains("at least 200 outcomes with 30 successes and 30 failures", result.Refusal, StringComparison.Ordinal);
        Assert.Contains($"known are {successes + failures} with {successes} successes and {failures} failures", result.Refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(170, 30)]
    [InlineData(30, 170)]
    public void Just_enough_outcomes_are_trained_on(int successes, int failures)
    {
        var result = Train(Outcomes(successes, failures));

        Assert.Null(result.Refusal);
        Assert.Equal(200, result.Artefacts.Single().Outcomes);
    }

    [Fact]
    public void A_success_that_was_rolled_back_counts_as_a_failure()
    {
        var log = Outcomes(170, 30).ToList();
        log.Add(Given.Rollback(201, log.First(entry => entry.Success), 9_999));
        Assert.Null(Train(log).Refusal);

        var toMany = log.Where(entry => entry.Success).Skip(1).Take(141).Select((entry, i) => Given.Rollback(300 + i, entry, 9_999)).ToList();

        Assert.Contains("28 successes and 172 failures", Train(log.Concat(toMany)).Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_outcomes_from_the_given_start_on_are_enough_or_not()
    {
        var history = new OutcomeHistory(Outcomes(150, 150));

        var result = Train(history, TrainedModel.Quick with { From = history.Attempts[101].Attempt.ProposedAt });

        AssertNothingTrained(result);
        Assert.Contains("known are 199 ", result.Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Outcomes_that_all_came_at_once_cannot_be_checked_and_are_refused()
    {
        var log = Enumerable.Range(1, 300).Select(i => Given.Outcome(i, Given.Attempt($"agent-{i % 7}"), 1, i % 2 == 0));

        var result = Train(log);

        AssertNothingTrained(result);
        Assert.Contains("same moment", result.Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_history_that_began_with_successes_alone_is_trained_on()
    {
        var result = Train(OneAMinute(Enumerable.Range(0, 300).Select(i => i < 250)));

        Assert.NotNull(result.Artefacts.Single().Known);
    }

    [Fact]
    public void An_artefact_says_what_it_was_made_of()
    {
        var world = SimulatedWorld.Of(400, 3);
        var history = new OutcomeHistory(world.Log);

        var artefact = Train(history, TrainedModel.Quick with { Gate = 0.7 }).Artefacts.Single();

        Assert.Equal(("logistic", 400), (artefact.Kind, artefact.Outcomes));
        Assert.Equal((history.Attempts[0].Attempt.ProposedAt, history.Attempts[^1].Attempt.ProposedAt), (artefact.TrainedFrom, artefact.TrainedUntil));
        Assert.Equal(history.DataHash(), artefact.DataHash);
        Assert.Equal(["noise", "tested"], artefact.Attributes.Select(attribute => attribute.Name));
        Assert.Equal(FeatureSchema.With(artefact.Attributes).Hash, artefact.SchemaHash);
        Assert.Equal(("logistic", 240, 0.7), (artefact.Metrics.Scorer, artefact.Metrics.N, artefact.Metrics.Gate)); // the newer three fifths
    }

    [Fact]
    public void An_artefact_keeps_the_out_of_time_scores_that_its_figures_were_made_of()
    {
        var history = new OutcomeHistory(TrainedModel.World.Log);
        var (artefact, scored) = (TrainedModel.Artefact, history.Attempts.Skip(240).ToList());

        Assert.Equal(scored.Select(fix => fix.Succeeded), artefact.OutOfTime!.Successes);
        Assert.Equal(360, artefact.OutOfTime.Scores.Count);
        Assert.Equal(artefact.Metrics.Brier.Value!.Value, NaiveMetrics.Brier([.. artefact.OutOfTime.Scores.Zip(artefact.OutOfTime.Successes)]), 1e-4);
        Assert.Equal(360, artefact.Curves!.Reliability.Sum(bin => bin.N));
    }

    [Fact]
    public void An_artefact_keeps_how_what_reporters_send_and_the_score_were_distributed()
    {
        var artefact = TrainedModel.Artefact;

        Assert.Equal(
            ["agent.known", "issue.known", "change.known", "change.lines", "change.files", "attribute.noise", "attribute.tested", "score"],
            artefact.Distributions!.Keys);
        Assert.All(artefact.Distributions.Values, distribution => Assert.Equal(300, distribution.Count));
    }

    [Fact]
    public void An_artefact_keeps_what_its_scorer_leans_on_the_most_important_first()
    {
        var importance = TrainedModel.Artefact.Importance!;

        Assert.Equal(importance.Select(one => Math.Abs(one.Mean)).OrderDescending(), importance.Select(one => Math.Abs(one.Mean)));
        Assert.All(importance, one => Assert.True(one.Repeats == 3 && one.Least <= one.Mean && one.Mean <= one.Most && one.Deviation >= 0));
        Assert.Equal(importance.Select(one => Math.Round(one.Mean, 6)), importance.Select(one => one.Mean));
        var places = importance.Select(one => one.Feature).ToList();
        Assert.InRange(places.IndexOf("attribute.tested"), 0, places.IndexOf("attribute.noise") - 1);
    }

    [Fact]
    public void What_copies_the_outcome_stands_first_and_what_says_nothing_is_around_zero()
    {
        var log = Outcomes(200, 200).Select((entry, i) => entry with { Attempt = entry.Attempt with { Attributes = Attributes(entry.Success, i) } });

        var importance = Train(log).Artefacts.Single().Importance!;

        Assert.Equal("attribute.copy", importance[0].Feature);
        Assert.True(importance[0].Least > 0.3);
        Assert.InRange(importance.Single(one => one.Feature == "attribute.other").Mean, -0.02, 0.02);

        static Dictionary<string, double> Attributes(bool success, int i) => new() { ["copy"] = success ? 1 : 0, ["other"] = i / 3 % 2 };
    }

    [Fact]
    public void The_n_of_a_level_gets_no_weight_because_history_only_grows()
    {
        Assert.All([TrainedModel.Artefact.Known!, TrainedModel.Artefact.Unknown!], side =>
        {
            var weights = side.Parts.Single().Linear!.Weights;
            Assert.All(Levels.All, rule => Assert.Equal(0, weights[FeatureSchema.N(rule.Level)]));
            Assert.Equal(0, weights[FeatureSchema.IndexOf(FeatureSchema.NeighbourCount)]);
            Assert.NotEqual(0, weights[FeatureSchema.Lift(Level.Agent)]);
        });
    }

    [Fact]
    public void What_answers_for_new_issues_gives_the_history_of_issues_no_weight()
    {
        var (known, unknown) = (TrainedModel.Artefact.Known!.Parts.Single().Linear!, TrainedModel.Artefact.Unknown!.Parts.Single().Linear!);

        Assert.All(FeatureSchema.OfIssue, index => Assert.Equal(0, unknown.Weights[index]));
        Assert.NotEqual(0, known.Weights[FeatureSchema.Lift(Level.Issue)]);
        Assert.NotEqual(0, known.Weights[FeatureSchema.IndexOf(FeatureSchema.Agreement)]);
    }

    [Fact]
    public void Proposals_before_the_given_start_only_feed_the_track_records()
    {
        var history = new OutcomeHistory(SimulatedWorld.Of(600, 3).Log);
        var from = history.Attempts[250].Attempt.ProposedAt;

        var artefact = Train(history, TrainedModel.Quick with { From = from }).Artefacts.Single();

        Assert.Equal((350, from, 210), (artefact.Outcomes, artefact.TrainedFrom, artefact.Metrics.N));
    }

    [Fact]
    public void The_reports_compare_every_scorer_and_can_be_kept_as_json()
    {
        var result = TrainedModel.Result;

        using var json = JsonDocument.Parse(result.ReportsJson());

        string[] scorers = ["constant", "heuristic", "track-record", "logistic"];
        Assert.Equal(scorers, result.Reports.Select(report => report.Scorer));
        Assert.Equal(scorers, json.RootElement.EnumerateArray().Select(report => report.GetProperty("scorer").GetString()));
        Assert.All(result.Reports, report => Assert.Equal(360, report.N));
    }

    private static TrainingResult Train(IEnumerable<OutcomeEvent> log) => Train(new OutcomeHistory(log), TrainedModel.Quick);

    private static TrainingResult Train(OutcomeHistory history, TrainingOptions options) => Trainer.Train(history, options, null, TestContext.Current.CancellationToken);

    private static void AssertNothingTrained(TrainingResult result)
    {
        Assert.Empty(result.Artefacts);
        Assert.Empty(result.Reports);
        Assert.Null(result.Choice);
        Assert.Null(result.Champion);
    }

    // One a minute, successes and failures mixed.
    private static IEnumerable<OutcomeEvent> Outcomes(int successes, int failures)
    {
        var results = Enumerable.Range(0, successes + failures).Select(i => i < successes).ToArray();
        new Random(1).Shuffle(results);
        return OneAMinute(results);
    }

    private static IEnumerable<OutcomeEvent> OneAMinute(IEnumerable<bool> results) => results.Select((success, i) =>
        Given.Outcome(i + 1, Given.Attempt($"agent-{i % 5}", $"issue-{i % 11}", at: i), i + 0.5, success));
}
