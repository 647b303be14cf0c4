using System.Text.Json;
using Witan.Intelligence.Features;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.Training;

public sealed class TrainerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(100, 99)]
    [InlineData(29, 300)]
    [InlineData(300, 29)]
    [InlineData(0, 0)]
    public void Too_few_outcomes_of_either_class_are_refused_with_what_is_missing(int successes, int failures)
    {
        var result = Train(Outcomes(successes, failures));

        Assert.Null(result.Artefact);
        Assert.Empty(result.Reports);
        Assert.False(result.BeatsBaselines);
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
        Assert.Equal(200, result.Artefact!.Outcomes);
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
    public void Outcomes_that_all_came_at_once_cannot_be_checked_and_are_refused()
    {
        var log = Enumerable.Range(1, 300).Select(i => Given.Outcome(i, Given.Attempt($"agent-{i % 7}"), 1, i % 2 == 0));

        var result = Train(log);

        Assert.Null(result.Artefact);
        Assert.Contains("same moment", result.Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_history_that_began_with_successes_alone_is_trained_on()
    {
        var result = Train(OneAMinute(Enumerable.Range(0, 300).Select(i => i < 250)));

        Assert.NotNull(result.Artefact);
    }

    [Fact]
    public void An_artefact_says_what_it_was_made_of()
    {
        var world = SimulatedWorld.Of(400, 3);
        var history = new OutcomeHistory(world.Log);

        var artefact = Trainer.Train(history, null, 0.7, null, Cancel).Artefact!;

        Assert.Equal(("logistic", 400), (artefact.Kind, artefact.Outcomes));
        Assert.Equal((history.Attempts[0].Attempt.ProposedAt, history.Attempts[^1].Attempt.ProposedAt), (artefact.TrainedFrom, artefact.TrainedUntil));
        Assert.Equal(history.DataHash(), artefact.DataHash);
        Assert.Equal(["noise", "tested"], artefact.Attributes.Select(attribute => attribute.Name));
        Assert.Equal(FeatureSchema.With(artefact.Attributes).Hash, artefact.SchemaHash);
        Assert.Equal(("logistic", 80, 0.7), (artefact.Metrics.Scorer, artefact.Metrics.N, artefact.Metrics.Gate));
    }

    [Fact]
    public void The_n_of_a_level_gets_no_weight_because_history_only_grows()
    {
        var artefact = Trainer.Train(new OutcomeHistory(SimulatedWorld.Of(400, 3).Log), null, 0.85, null, Cancel).Artefact!;

        Assert.All(Levels.All, rule => Assert.Equal(0, artefact.Linear.Weights[FeatureSchema.N(rule.Level)]));
        Assert.NotEqual(0, artefact.Linear.Weights[FeatureSchema.Lift(Level.Issue)]);
    }

    [Fact]
    public void Proposals_before_the_given_start_only_feed_the_track_records()
    {
        var history = new OutcomeHistory(SimulatedWorld.Of(600, 3).Log);
        var from = history.Attempts[250].Attempt.ProposedAt;

        var artefact = Trainer.Train(history, new(from, [history.Attempts[500].Attempt.ProposedAt]), 0.85, null, Cancel).Artefact!;

        Assert.Equal((350, from, 100), (artefact.Outcomes, artefact.TrainedFrom, artefact.Metrics.N));
    }

    [Fact]
    public void The_reports_compare_every_scorer_and_can_be_kept_as_json()
    {
        var result = Trainer.Train(new OutcomeHistory(SimulatedWorld.Of(400, 3).Log), null, 0.85, null, Cancel);

        using var json = JsonDocument.Parse(result.ReportsJson());

        string[] scorers = ["constant", "heuristic", "track-record", "logistic"];
        Assert.Equal(scorers, result.Reports.Select(report => report.Scorer));
        Assert.Equal(scorers, json.RootElement.EnumerateArray().Select(report => report.GetProperty("scorer").GetString()));
        var (logistic, trackRecord) = (result.Reports[3].LogLoss.Value, result.Reports[2].LogLoss.Value);
        Assert.Equal(logistic < trackRecord, result.BeatsBaselines);
    }

    [Fact]
    public void Its_progress_is_told_step_by_step()
    {
        var steps = new Steps();

        Trainer.Train(new OutcomeHistory(Outcomes(150, 150)), null, 0.85, steps, Cancel);

        Assert.Equal("fitting scorers on the past", steps.Told[0].Step);
        Assert.Contains("bootstrap intervals: logistic", steps.Told.Select(step => step.Step));
        Assert.Equal(new TrainingProgress("done", 1), steps.Told[^1]);
        Assert.All(steps.Told, step => Assert.InRange(step.Fraction, 0, 1));
    }

    [Fact]
    public void It_can_be_stopped() => Assert.Throws<OperationCanceledException>(() =>
        Trainer.Train(new OutcomeHistory(Outcomes(150, 150)), null, 0.85, null, new CancellationToken(canceled: true)));

    private static TrainingResult Train(IEnumerable<OutcomeEvent> log) => Trainer.Train(new OutcomeHistory(log), null, 0.85, null, Cancel);

    // One a minute, successes and failures mixed.
    private static IEnumerable<OutcomeEvent> Outcomes(int successes, int failures)
    {
        var results = Enumerable.Range(0, successes + failures).Select(i => i < successes).ToArray();
        new Random(1).Shuffle(results);
        return OneAMinute(results);
    }

    private static IEnumerable<OutcomeEvent> OneAMinute(IEnumerable<bool> results) => results.Select((success, i) =>
        Given.Outcome(i + 1, Given.Attempt($"agent-{i % 5}", $"issue-{i % 11}", at: i), i + 0.5, success));

    private sealed class Steps : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> Told { get; } = [];

        public void Report(TrainingProgress value) => Told.Add(value);
    }
}
