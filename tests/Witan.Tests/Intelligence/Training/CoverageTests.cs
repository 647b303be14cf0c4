using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.Training;

/// <summary>
/// Three worlds whose issues come and go: models of their older halves judge the newer ones. Since the true probabilities are
/// known, so is whether predictions mean what they say and how often a 90 % interval holds.
/// </summary>
public sealed class CoverageTests
{
    private const int Fixes = 3_000;
    private const double Lasting = 39.0 / 40; // one success in forty is taken back

    private static readonly Lazy<ILookup<string, Judged>> OutOfTime = new(() =>
        new[] { 43, 44, 45 }.AsParallel().AsOrdered().SelectMany(Judge).ToLookup(judged => judged.Kind));

    public static TheoryData<string> Kinds => ["logistic", "ensemble"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void In_every_tenth_of_the_predictions_the_mean_is_that_of_the_truth(string kind)
    {
        var judged = OutOfTime.Value[kind].OrderBy(one => one.Judgement.Probability).ToList();
        Assert.Equal(3 * Fixes / 2, judged.Count);
        var tenths = judged.Chunk(judged.Count / 10).Select(tenth => tenth.Average(one => one.Judgement.Probability) - tenth.Average(one => one.Truth)).ToList();

        Assert.All(tenths, difference => Assert.InRange(difference, -0.04, 0.04));
        Assert.True(tenths.Average(Math.Abs) < 0.02, $"{tenths.Average(Math.Abs)}");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Intervals_hold_about_as_often_as_they_say_on_known_issues_and_on_new_ones(string kind)
    {
        Assert.InRange(Coverage(On(kind, knowsIssue: true)), 0.85, 0.99);
        Assert.InRange(Coverage(On(kind, knowsIssue: false)), 0.85, 0.99);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void New_issues_are_judged_with_wider_intervals(string kind)
    {
        var (known, unknown) = (On(kind, knowsIssue: true), On(kind, knowsIssue: false));

        Assert.True(unknown.Count > 700 && known.Count > 3_500);
        Assert.True(unknown.Average(Width) > 1.1 * known.Average(Width), $"{unknown.Average(Width)} against {known.Average(Width)}");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Intervals_half_as_wide_would_not_hold(string kind)
    {
        foreach (var knowsIssue in new[] { true, false })
        {
            var narrower = On(kind, knowsIssue).Select(one => one with { Judgement = (one.Estimate with { Variance = one.Estimate.Variance / 4 }).ToJudgement() });
            Assert.True(Coverage([.. narrower]) < 0.85);
        }
    }

    private static List<Judged> On(string kind, bool knowsIssue) => [.. OutOfTime.Value[kind].Where(one => one.KnowsIssue == knowsIssue)];

    private static double Coverage(List<Judged> judged) => judged.Average(one => one.Truth >= one.Judgement.Low && one.Truth <= one.Judgement.High ? 1.0 : 0);

    private static double Width(Judged judged) => judged.Judgement.High - judged.Judgement.Low;

    private static IEnumerable<Judged> Judge(int seed)
    {
        var world = SimulatedWorld.WithNewIssues(Fixes, seed);
        var records = RecordBook.Of(world.Log);
        var cut = world.Fixes[Fixes / 2].Attempt.ProposedAt;
        var past = new OutcomeHistory(world.Log.Where(entry => entry.OccurredAt <= cut));
        var trained = Trainer.Train(past, new() { Kinds = TrainingOptions.QuickKinds }, null, CancellationToken.None).Artefacts;
        foreach (var artefact in trained)
        {
            var scorer = artefact.ToScorer();
            foreach (var fix in world.Fixes.Skip(Fixes / 2))
            {
                var features = new double[scorer.Schema.Count];
                FeatureExtractor.Extract(records, fix.Attempt, scorer.Schema, features);
                yield return new(artefact.Kind, FeatureSchema.KnowsIssue(features), scorer.Estimate(features), scorer.Judge(features), Lasting * world.ProbabilityOf(fix.Attempt));
            }
        }
    }

    private sealed record Judged(string Kind, bool KnowsIssue, LogitEstimate Estimate, Judgement Judgement, double Truth);
}
