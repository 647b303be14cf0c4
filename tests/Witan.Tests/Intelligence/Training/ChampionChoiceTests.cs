using System.Runtime.CompilerServices;
using Witan.Intelligence;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.Training;
using Witan.Tests.Intelligence.Models;

namespace Witan.Tests.Intelligence.Training;

/// <summary>Who answers, among scorers whose out-of-time scores are given: the truth with more or less noise on it.</summary>
public sealed class ChampionChoiceTests
{
    private const string TrackRecord = "track-record";

    private static readonly SimulatedWorld World = SimulatedWorld.Of(700, 29);
    private static readonly OutcomeHistory History = new(World.Log);
    private static readonly Backtest Scored = Backtest.Run(TrainingSample.Known(History, null, DateTimeOffset.MaxValue), [], null, CancellationToken.None);

    [Fact]
    public void The_least_log_loss_takes_over_where_it_is_better_by_a_margin()
    {
        var choice = Choose(TrackRecord, (TrackRecord, 1), ("logistic", 0.5), ("boosted", 0.1));

        Assert.Equal("boosted", choice.Kind);
        Assert.Contains("lower log loss than the track-record", choice.Reason, StringComparison.Ordinal);
        Assert.Equal([TrackRecord, TrackRecord, "constant"], choice.Against.Select(against => against.Second));
        Assert.All(choice.Against, against => Assert.True(against.First == "boosted" && against.LogLoss.High < 0));
    }

    [Theory]
    [InlineData("logistic")]
    [InlineData("boosted")]
    public void Of_two_that_are_equal_the_one_that_answers_stays(string incumbent)
    {
        var choice = Choose(incumbent, (TrackRecord, 1), ("logistic", 0), ("boosted", 0));

        Assert.Equal(incumbent, choice.Kind);
        Assert.Contains("stays", choice.Reason, StringComparison.Ordinal);
        Assert.Null(choice.KeptModel);
    }

    [Fact]
    public void One_that_is_better_by_less_than_chance_does_not_take_over()
    {
        var little = Choose("logistic", (TrackRecord, 1), ("logistic", 0.302), ("boosted", 0.3));
        var clear = Choose("logistic", (TrackRecord, 1), ("logistic", 0.6), ("boosted", 0.3));

        Assert.Equal(("logistic", "boosted"), (little.Kind, clear.Kind));
    }

    [Fact]
    public void The_ensemble_is_not_chosen_when_a_part_is_better_than_it()
    {
        Assert.Equal("boosted", Choose(TrackRecord, (TrackRecord, 1), ("logistic", 0.6), ("boosted", 0.1), ("ensemble", 0.3)).Kind);
        Assert.Equal("ensemble", Choose(TrackRecord, (TrackRecord, 1), ("logistic", 0.6), ("boosted", 0.3), ("ensemble", 0.1)).Kind);
    }

    [Fact]
    public void Where_nothing_that_was_trained_beats_the_track_record_it_answers_whoever_answered_before()
    {
        foreach (var incumbent in new[] { TrackRecord, "logistic", "boosted" })
        {
            var choice = Choose(incumbent, (TrackRecord, 0.1), ("logistic", 0.1), ("boosted", 0.6));
            Assert.Equal(TrackRecord, choice.Kind);
            Assert.Contains("nothing that was trained", choice.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void To_beat_the_track_record_is_not_enough_where_a_constant_is_as_good()
    {
        var choice = Choose(TrackRecord, (TrackRecord, 9), ("logistic", 4));

        Assert.Equal(TrackRecord, choice.Kind);
    }

    [Fact]
    public void Who_answers_now_and_is_not_known_any_more_counts_as_the_track_record() =>
        Assert.Equal("boosted", Choose("oracle", (TrackRecord, 1), ("logistic", 0.5), ("boosted", 0.1)).Kind);

    [Fact]
    public void Without_an_out_of_time_score_the_track_record_answers()
    {
        var log = Enumerable.Range(1, 300).Select(i => Given.Outcome(i, Given.Attempt($"agent-{i % 7}"), 1, i % 2 == 0));
        var set = CandidateSet.Fit(TrainingSample.Known(new(log), null, DateTimeOffset.MaxValue), ["logistic"], null, TestContext.Current.CancellationToken);

        var choice = ChampionChoice.Of(set, "logistic");

        Assert.Equal(TrackRecord, choice.Kind);
        Assert.Empty(choice.Against);
    }

    [Fact]
    public void The_same_scores_give_the_same_choice() => Assert.Equal(
        Choose("logistic", (TrackRecord, 1), ("logistic", 0.5), ("boosted", 0.4)).Reason,
        Choose("logistic", (TrackRecord, 1), ("logistic", 0.5), ("boosted", 0.4)).Reason);

    [Fact]
    public void A_serving_model_is_kept_where_one_fitted_anew_was_worse_by_a_margin_on_what_came_since()
    {
        var serving = TrainedOn(350);

        var worse = Renewed(serving, noise: 9);
        var better = Renewed(serving, noise: 0);

        Assert.NotNull(worse.KeptModel);
        Assert.True(worse.KeptModel.LogLoss.Low > 0);
        Assert.Equal(("renewed", "serving"), (worse.KeptModel.First, worse.KeptModel.Second));
        Assert.Contains("stays", worse.Reason, StringComparison.Ordinal);
        Assert.Null(better.KeptModel);
        Assert.Contains("renewed", better.Reason, StringComparison.Ordinal);
        Assert.Equal(History.Attempts.Count(fix => fix.Attempt.ProposedAt > serving.TrainedUntil), worse.KeptModel.N);
    }

    [Fact]
    public void With_fewer_than_a_hundred_fixes_since_a_model_is_renewed_without_asking() => Assert.Null(Renewed(TrainedOn(620), noise: 9).KeptModel);

    [Fact]
    public void A_model_of_another_kind_than_the_chosen_one_is_not_kept() =>
        Assert.Null(Renewed(TrainedOn(350) with { Kind = "boosted" }, noise: 9).KeptModel);

    [Fact]
    public void A_training_that_keeps_the_serving_model_has_no_champion_of_its_own()
    {
        var choice = Renewed(TrainedOn(350), noise: 9);
        var result = TrainedModel.Result with { Choice = choice };

        Assert.Null(result.Champion);
        Assert.Equal("logistic", (result with { Choice = Renewed(TrainedOn(350), noise: 0) }).Champion?.Kind);
    }

    private static ChampionChoice Choose(string incumbent, params (string Kind, double Noise)[] scorers) => ChampionChoice.Of(SetOf(scorers), incumbent);

    // The choice fell on the logistic, whose out-of-time scores have so much noise; nothing else is asked of them.
    private static ChampionChoice Renewed(ModelArtefact serving, double noise) =>
        new ChampionChoice("logistic", "chosen", []).Renewing(serving, SetOf((TrackRecord, 1), ("logistic", noise)), History);

    private static ModelArtefact TrainedOn(int fixes) => Trainer
        .Train(new OutcomeHistory(Given.Happening([.. World.Fixes.Take(fixes)])), TrainedModel.Quick, null, CancellationToken.None).Artefacts.Single();

    private static CandidateSet SetOf(params (string Kind, double Noise)[] scorers)
    {
        var rate = Enumerable.Range(0, Scored.Count).Average(place => Scored.Label(place) ? 1.0 : 0);
        var constant = new Candidate(new ConstantScorer(rate), null, null, [.. Enumerable.Repeat(rate, Scored.Count)]);
        return Make(Scored, [constant, .. scorers.Select(scorer => CandidateOf(scorer.Kind, scorer.Noise))]);
    }

    private static Candidate CandidateOf(string kind, double noise)
    {
        var random = new Random(77 + kind.Length); // equal noise is the same noise only where there is none
        var side = new ModelSide([], PlattCalibration.None);
        double[] scores = [.. Enumerable.Range(0, Scored.Count).Select(place =>
            LogOdds.ToProbability(LogOdds.Of(World.ProbabilityOf(Scored.Attempt(place).Attempt)) + (4 * noise * (random.NextDouble() - 0.5))))];
        var scorer = new LinearScorer(kind, FeatureSchema.Core, LinearScorer.TrackRecord.Terms);
        return kind == TrackRecord ? new(scorer, null, null, scores) : new(scorer, side, side, scores);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern CandidateSet Make(Backtest backtest, List<Candidate> candidates);
}
