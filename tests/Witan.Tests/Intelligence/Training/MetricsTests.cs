using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.Training;

/// <summary>The figures of reports, on examples small enough to compute by hand and against plain definitions.</summary>
public sealed class MetricsTests
{
    private const double Cut = 50;

    [Fact]
    public void The_figures_of_a_constant_are_those_computed_by_hand()
    {
        // Five of eight succeeded before the cut: the constant is (5 + 1) / (8 + 2) = 0.6. After it three of four succeed.
        var report = Report("constant", 0.6, Before("+++++---"), After(("a", '+'), ("b", '+'), ("c", '-'), ("d", '+')));

        Assert.Equal((4, 4, 0.75), (report.N, report.Clusters, report.BaseRate));
        Assert.Equal(0.5, report.Auc.Value!.Value, 1e-12);
        Assert.Equal(((3 * 0.16) + 0.36) / 4, report.Brier.Value!.Value, 1e-12);
        Assert.Equal(-((3 * Math.Log(0.6)) + Math.Log(0.4)) / 4, report.LogLoss.Value!.Value, 1e-12);
        Assert.Equal(0.15, report.Ece.Value!.Value, 1e-12);
        Assert.Equal((0.75, 0.75, 0.75), Rounded(report.SuccessAt10, report.SuccessAt25, report.SuccessAt50));
    }

    [Fact]
    public void A_probability_equal_to_the_gate_passes_it()
    {
        var report = Report("constant", 0.6, Before("+++++---"), After(("a", '+'), ("b", '+'), ("c", '-'), ("d", '+')));

        Assert.Equal((1.0, 0.75), (report.AutoApplied.Value, report.AutoAppliedSuccess.Value));
        Assert.Equal(new Confusion(3, 1, 0, 0), report.Confusion);
        Assert.Equal((0.75, 1.0), (report.Confusion.Precision, report.Confusion.Recall));
        Assert.Equal(6.0 / 7, report.Confusion.F1!.Value, 1e-12);
    }

    [Fact]
    public void Where_nothing_passes_the_gate_its_success_rate_is_not_defined()
    {
        var report = Report("constant", 0.61, Before("+++++---"), After(("a", '+'), ("b", '-'), ("c", '+')));

        Assert.Equal(0, report.AutoApplied.Value);
        Assert.Equal(new Estimate(null, null, null), report.AutoAppliedSuccess);
        Assert.Equal(new Confusion(0, 0, 2, 1), report.Confusion);
        Assert.Equal((null, 0.0), (report.Confusion.Precision, report.Confusion.Recall));
    }

    [Fact]
    public void Ties_favour_nobody()
    {
        // "good" outranks "fair", which outranks "bad"; the two on "fair" tie. Of four pairs 3.5 are in the right order.
        var before = Enumerable.Concat(On("good", "++++++", 1), On("fair", "+-+-+-", 11)).Concat(On("bad", "------", 21));

        var report = Report("track-record", 0.5, before, After(("fair", '-'), ("bad", '-'), ("fair", '+'), ("good", '+')));

        Assert.Equal(3.5 / 4, report.Auc.Value!.Value, 1e-12);
        Assert.Equal((1.0, 1.0, 0.75), Rounded(report.SuccessAt10, report.SuccessAt25, report.SuccessAt50));
        Assert.Equal((3, 4), (report.Clusters, report.N));
    }

    [Fact]
    public void The_confusion_matrix_counts_both_kinds_of_mistake()
    {
        var before = Enumerable.Concat(On("good", "++++++", 1), On("bad", "------", 21));

        var report = Report("track-record", 0.5, before, After(("good", '+'), ("good", '+'), ("good", '-'), ("bad", '+'), ("bad", '-'), ("bad", '-'), ("bad", '-')));

        Assert.Equal(new Confusion(TruePositives: 2, FalsePositives: 1, FalseNegatives: 1, TrueNegatives: 3), report.Confusion);
        Assert.Equal(3.0 / 7, report.AutoApplied.Value!.Value, 1e-12);
        Assert.Equal(2.0 / 3, report.AutoAppliedSuccess.Value!.Value, 1e-12);
    }

    [Theory]
    [InlineData('+')]
    [InlineData('-')]
    public void The_auc_of_one_class_alone_is_not_defined(char result)
    {
        var report = Report("constant", 0.5, Before("+++---"), After(("a", result), ("b", result)));

        Assert.Equal(new Estimate(null, null, null), report.Auc);
        Assert.NotNull(report.Brier.Value);
    }

    [Theory]
    [InlineData("heuristic")]
    [InlineData("track-record")]
    public void On_many_fixes_every_figure_is_what_its_definition_says(string kind)
    {
        const double gate = 0.7;
        var history = new OutcomeHistory(SimulatedWorld.Of(500, 19).Log);
        var cut = history.Attempts[300].Attempt.ProposedAt;
        var report = Evaluated.Reports(history, new(null, [cut]), gate).Single(r => r.Scorer == kind);
        var judged = Judged(history, kind == "heuristic" ? new HeuristicScorer() : LinearScorer.TrackRecord, cut);

        Assert.Equal(NaiveMetrics.Auc(judged), report.Auc.Value!.Value, 1e-9);
        Assert.Equal(NaiveMetrics.Brier(judged), report.Brier.Value!.Value, 1e-9);
        Assert.Equal(NaiveMetrics.LogLoss(judged), report.LogLoss.Value!.Value, 1e-9);
        Assert.Equal(NaiveMetrics.Ece(judged), report.Ece.Value!.Value, 1e-9);
        Assert.Equal(NaiveMetrics.SuccessAt(judged, 0.10), report.SuccessAt10.Value!.Value, 1e-9);
        Assert.Equal(NaiveMetrics.SuccessAt(judged, 0.25), report.SuccessAt25.Value!.Value, 1e-9);
        Assert.Equal(NaiveMetrics.SuccessAt(judged, 0.50), report.SuccessAt50.Value!.Value, 1e-9);
        Assert.Equal(judged.Count(j => j.P >= gate && j.Y), report.Confusion.TruePositives);
        Assert.Equal(judged.Count(j => j.P < gate && j.Y), report.Confusion.FalseNegatives);
    }

    private static (double P, bool Y)[] Judged(OutcomeHistory history, IScorer scorer, DateTimeOffset from) =>
    [
        .. history.Attempts.Where(fix => fix.Attempt.ProposedAt >= from).Select(fix =>
        {
            var features = new double[scorer.Schema.Count];
            FeatureExtractor.Extract(history.Records, fix.Attempt, scorer.Schema, features);
            return (scorer.Judge(features).Probability, fix.Succeeded);
        }),
    ];

    private static ScorerReport Report(string kind, double gate, IEnumerable<OutcomeEvent> before, IEnumerable<OutcomeEvent> after) =>
        Evaluated.Reports(new([.. before, .. after]), new(null, [Given.At(Cut)]), gate).Single(r => r.Scorer == kind);

    private static IEnumerable<OutcomeEvent> Before(string results) => On("known", results, 1);

    private static IEnumerable<OutcomeEvent> On(string issue, string results, long sequence) =>
        Given.Outcomes(Given.Attempt("elder", issue), results, sequence);

    // Proposed together and before any of them is known, so that equal issues have equal scores.
    private static IEnumerable<OutcomeEvent> After(params (string Issue, char Result)[] fixes) =>
        fixes.Select((fix, i) => Given.Outcome(101 + i, Given.Attempt("novice", fix.Issue, at: Cut), Cut + 1 + i, fix.Result == '+'));

    private static (double, double, double) Rounded(Estimate one, Estimate two, Estimate three) =>
        (Math.Round(one.Value!.Value, 9), Math.Round(two.Value!.Value, 9), Math.Round(three.Value!.Value, 9));
}
