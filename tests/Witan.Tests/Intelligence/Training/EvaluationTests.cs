using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;
using Witan.Tests.Intelligence.Models;

namespace Witan.Tests.Intelligence.Training;

public sealed class EvaluationTests
{
    [Fact]
    public void A_fixed_split_judges_only_proposals_from_the_cut_on()
    {
        var history = new OutcomeHistory(SimulatedWorld.Of(300, 5).Log);

        var reports = Evaluated.Reports(history, new(null, [history.Attempts[220].Attempt.ProposedAt]));

        Assert.All(reports, report => Assert.Equal(80, report.N));
        Assert.All(reports, report => Assert.Equal(history.Attempts.Skip(220).Count(fix => fix.Succeeded) / 80.0, report.BaseRate, 1e-12));
    }

    [Fact]
    public void A_prequential_run_judges_every_proposal_from_the_first_cut_once()
    {
        var history = new OutcomeHistory(SimulatedWorld.Of(500, 5).Log);

        var reports = Evaluated.Reports(history, EvaluationPlan.Prequential(history, null));

        Assert.All(reports, report => Assert.Equal(300, report.N));
    }

    [Fact]
    public void The_constant_scorer_has_no_discrimination()
    {
        var history = new OutcomeHistory(SimulatedWorld.Of(300, 5).Log);

        var constant = Evaluated.Reports(history, Evaluated.LastFifth(history)).Single(report => report.Scorer == "constant");

        Assert.Equal(new Estimate(0.5, 0.5, 0.5), constant.Auc);
    }

    [Fact]
    public void An_outcome_that_was_not_known_by_the_cut_trains_nothing()
    {
        // Proposed before the cut, but completed after it: with it the constant would be 3 / 5, without it is 2 / 4.
        List<OutcomeEvent> log = [.. Given.Outcomes(Given.Attempt(), "+-"), Given.Outcome(3, Given.Attempt(), 60), Given.Outcome(4, Given.Attempt(at: 50), 70)];

        Assert.Equal(0.25, ConstantBrier(log), 1e-12);
    }

    [Fact]
    public void A_rollback_that_was_not_known_by_the_cut_trains_nothing()
    {
        // Of two successes and a failure the constant is 3 / 5; once one of them is rolled back it is 2 / 5.
        List<OutcomeEvent> log = [.. Given.Outcomes(Given.Attempt(), "++-"), Given.Outcome(4, Given.Attempt(at: 50), 70)];

        Assert.Equal(0.4 * 0.4, ConstantBrier([.. log, Given.Rollback(5, log[0], 60)]), 1e-12);
        Assert.Equal(0.6 * 0.6, ConstantBrier([.. log, Given.Rollback(5, log[0], 40)]), 1e-12);
    }

    [Fact]
    public void A_judged_success_that_was_rolled_back_is_a_failure()
    {
        var judged = Given.Outcome(3, Given.Attempt(at: 50), 70);

        Assert.Equal(0.25, ConstantBrier([.. Given.Outcomes(Given.Attempt(), "+-"), judged, Given.Rollback(4, judged, 80)]), 1e-12);
        Assert.Equal(0, Run([.. Given.Outcomes(Given.Attempt(), "+-"), judged, Given.Rollback(4, judged, 80)])[0].BaseRate);
    }

    [Fact]
    public void Without_an_outcome_before_the_cut_or_a_proposal_after_it_there_is_no_report()
    {
        Assert.Empty(Run([.. Given.Outcomes(Given.Attempt(), "+-")]));
        Assert.Empty(Run([Given.Outcome(1, Given.Attempt(at: 50), 60)]));
        Assert.Empty(Evaluated.Reports(new OutcomeHistory([]), new(null, [])));
    }

    [Fact]
    public void Attempts_on_one_issue_are_drawn_together()
    {
        var apart = Judged((i) => $"issue-{i}");
        var together = Judged(_ => "issue");

        Assert.Equal((20, 1), (apart.Clusters, together.Clusters));
        Assert.True(apart.Brier.Low < apart.Brier.Value && apart.Brier.Value < apart.Brier.High);
        Assert.Equal(together.Brier.Value!.Value, together.Brier.Low!.Value, 1e-12);
        Assert.Equal(together.Brier.Value!.Value, together.Brier.High!.Value, 1e-12);
    }

    [Fact]
    public void With_two_issues_a_sample_may_hold_either_one_alone()
    {
        // The constant is 3 / 5: its squared error is 0.16 on the issue that always succeeds and 0.36 on the other.
        var report = Run([
            .. Given.Outcomes(Given.Attempt(), "++-"),
            .. Enumerable.Range(0, 20).Select(i => Given.Outcome(11 + i, Given.Attempt("ada", i < 10 ? "a" : "b", at: 50), 60, i < 10)),
        ])[0];

        Assert.Equal((0.16, 0.26, 0.36), (Round(report.Brier.Low), Round(report.Brier.Value), Round(report.Brier.High)));

        static double Round(double? figure) => Math.Round(figure!.Value, 9);
    }

    [Fact]
    public void Without_issues_the_repository_is_drawn_together_and_without_those_the_agent()
    {
        List<OutcomeEvent> log =
        [
            .. Given.Outcomes(Given.Attempt(), "+-"),
            Given.Outcome(11, Given.Attempt("ada", null, "engine", at: 50), 60),
            Given.Outcome(12, Given.Attempt("bob", null, "engine", at: 50), 60),
            Given.Outcome(13, Given.Attempt("bob", null, at: 50), 60),
            Given.Outcome(14, Given.Attempt("bob", null, at: 51), 60),
        ];

        Assert.Equal(2, Run(log)[0].Clusters);
    }

    [Fact]
    public void The_same_fixes_have_the_same_intervals_in_every_run()
    {
        var history = new OutcomeHistory(SimulatedWorld.Of(300, 5).Log);
        var plan = Evaluated.LastFifth(history);

        Assert.Equal(Evaluated.Reports(history, plan), Evaluated.Reports(history, plan));
    }

    [Fact]
    public void It_can_be_stopped()
    {
        var history = new OutcomeHistory(SimulatedWorld.Of(300, 5).Log);

        Assert.Throws<OperationCanceledException>(() =>
            Evaluation.Run(history, Evaluated.LastFifth(history), TrainedModel.Quick, Evaluated.Budget, null, new CancellationToken(canceled: true)));
    }

    private static ScorerReport Judged(Func<int, string> issue) => Run([
        .. Given.Outcomes(Given.Attempt(), "++-"),
        .. Enumerable.Range(0, 20).Select(i => Given.Outcome(11 + i, Given.Attempt("ada", issue(i), at: 50), 60, i % 3 == 0)),
    ])[0];

    private static double ConstantBrier(List<OutcomeEvent> log) => Run(log).Single(report => report.Scorer == "constant").Brier.Value!.Value;

    private static IReadOnlyList<ScorerReport> Run(List<OutcomeEvent> log) => Evaluated.Reports(new(log), new(null, [Given.At(50)]));
}
