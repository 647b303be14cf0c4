using System.Text.Json;
using Witan.Intelligence.Training;
using Witan.Tests.Intelligence.Models;

namespace Witan.Tests.Intelligence.Training;

public sealed class EvaluationRunTests
{
    private static readonly SimulatedWorld World = SimulatedWorld.WithNewIssues(900, 15);
    private static readonly OutcomeHistory History = new(World.Log);
    private static readonly EvaluationPlan Plan = new(null, [At(500), At(700)]);
    private static readonly EvaluationRun Run = Evaluation.Run(History, Plan, TrainedModel.Quick, Evaluated.Budget, null, CancellationToken.None);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_scorer_and_the_champion_say_something_of_every_fix_from_the_first_cut_on()
    {
        Assert.Equal(["constant", "heuristic", "track-record", "logistic", "champion"], Run.Scores.Select(scores => scores.Kind));
        Assert.Equal(History.Attempts.Skip(500), Run.Fixes);
        Assert.All(Run.Scores, scores => Assert.Equal(400, scores.Scores.Length));
        Assert.Equal(Run.Fixes.Select(fix => fix.Succeeded), Run.Labels);
        Assert.Equal(Run.Fixes.Select(fix => fix.Attempt.Issue), Run.Clusters);
    }

    [Fact]
    public void The_champion_is_the_kind_that_was_chosen_at_each_cut()
    {
        Assert.Equal(2, Run.Choices.Count);
        var scores = Run.Scores.ToDictionary(one => one.Kind, one => one.Scores);
        for (var i = 0; i < 400; i++)
            Assert.Equal(scores[Run.Choices[i < 200 ? 0 : 1].Kind][i], scores["champion"][i]);
    }

    [Fact]
    public void No_score_depends_on_what_became_known_after_the_proposal()
    {
        var cut = At(800);
        var changed = World.Fixes.Select(fix => fix.CompletedAt < cut ? fix : fix with { Success = !fix.Success, RolledBackAt = null });

        var other = Evaluation.Run(new(Given.Happening([.. changed])), Plan, TrainedModel.Quick, Evaluated.Budget, null, Cancel);

        foreach (var (one, two) in Run.Scores.Zip(other.Scores))
            Assert.Equal(one.Scores.Take(300), two.Scores.Take(300));
        Assert.NotEqual(Run.Scores[3].Scores, other.Scores[3].Scores);
    }

    [Fact]
    public void Known_and_new_issues_are_reported_apart_and_are_together_all_fixes()
    {
        var (all, known, unknown) = (Run.Reports(null, null, Cancel), Run.Reports(true, null, Cancel), Run.Reports(false, null, Cancel));

        Assert.Equal(400, all[0].N);
        Assert.Equal(400, known[0].N + unknown[0].N);
        Assert.True(unknown[0].N is > 30 and < 100);
        Assert.All(all.Zip(known, unknown), of => Assert.Equal(
            of.First.LogLoss.Value!.Value * 400, (of.Second.LogLoss.Value!.Value * of.Second.N) + (of.Third.LogLoss.Value!.Value * of.Third.N), 1e-6));
    }

    [Fact]
    public void Intervals_hold_in_most_groups_and_are_wider_on_new_issues()
    {
        var (all, known, unknown) = (Run.Intervals(null)!, Run.Intervals(true)!, Run.Intervals(false)!);

        Assert.Equal(400, all.N);
        Assert.Equal((known.N * known.MeanWidth) + (unknown.N * unknown.MeanWidth), all.N * all.MeanWidth, 1e-9);
        Assert.True(unknown.MeanWidth > known.MeanWidth);
        Assert.InRange(all.Inside, 17, IntervalReport.Groups);
    }

    [Fact]
    public void The_gate_for_the_budget_is_chosen_before_and_counted_after()
    {
        var generous = Evaluation.Run(History, Plan, TrainedModel.Quick, 0.35, null, Cancel).Budget();
        var (strict, champion) = (Run.Budget(), Run.Scores[^1].Scores);

        Assert.Equal((0.35, 400), (generous.Budget, generous.N));
        Assert.True(generous.Applied > strict.Applied);
        var firstGate = Evaluation.Run(History, new(null, [At(500)]), TrainedModel.Quick, 0.35, null, Cancel).Budget().LastGate;
        Assert.NotEqual(firstGate, generous.LastGate);
        Assert.Equal(champion.Take(200).Count(p => p >= firstGate) + champion.Skip(200).Count(p => p >= generous.LastGate), generous.Applied);
        Assert.Equal((double)generous.Failures / generous.Applied, generous.FailureRate.Value!.Value, 1e-12);
        Assert.InRange(generous.FailureRate.Value!.Value, generous.FailureRate.Low!.Value, generous.FailureRate.High!.Value);
    }

    [Fact]
    public void A_gate_that_abstains_applies_nothing()
    {
        var abstained = Evaluation.Run(History, Plan, TrainedModel.Quick, 0.001, null, Cancel).Budget();

        Assert.Equal((null, 0, 0), (abstained.LastGate, abstained.Applied, abstained.Failures));
        Assert.Null(abstained.FailureRate.Value);
    }

    [Fact]
    public void Other_predictions_are_compared_on_the_fixes_that_they_are_of()
    {
        var shared = Run.Fixes.Skip(50).Take(100).ToList();
        var logistic = Run.Scores.Single(scores => scores.Kind == "logistic").Scores;
        var theirs = shared.Select((fix, i) => ((int)fix.Sequence, logistic[50 + i])).ToDictionary();
        theirs[-7] = 0.5; // of a fix that was not judged

        var against = Run.Against("theirs", theirs);

        Assert.Equal(Run.Scores.Select(scores => scores.Kind), against.Select(difference => difference.First));
        Assert.All(against, difference => Assert.Equal(("theirs", 100), (difference.Second, difference.N)));
        Assert.Equal(0, against[3].LogLoss.Value);
        Assert.True(against[0].LogLoss.Value > 0); // the constant is worse than the logistic
        Assert.Empty(Run.Against("nobody", new Dictionary<int, double> { [-7] = 0.5 }));
    }

    [Fact]
    public void Where_nothing_was_judged_there_is_nothing_to_say()
    {
        var nothing = Evaluation.Run(History, new(null, []), TrainedModel.Quick, Evaluated.Budget, null, Cancel);

        Assert.Empty(nothing.Reports(null, null, Cancel));
        Assert.Null(nothing.Intervals(null));
        Assert.Equal((0, 0, null), (nothing.Budget().N, nothing.Budget().Applied, nothing.Budget().LastGate));
    }

    [Fact]
    public void A_summary_says_it_all_as_json()
    {
        var summary = EvaluationSummary.Of(Run, ("theirs", Run.Fixes.ToDictionary(fix => (int)fix.Sequence, _ => 0.5)), null, Cancel);

        using var json = JsonDocument.Parse(summary.ToJson());

        Assert.Equal(["reports", "knownIssues", "unknownIssues", "choices", "intervals", "intervalsKnown", "intervalsUnknown", "budget", "against"],
            json.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal(5, json.RootElement.GetProperty("against").GetArrayLength());
        Assert.Equal(400, json.RootElement.GetProperty("budget").GetProperty("n").GetInt32());
    }

    private static DateTimeOffset At(int fix) => History.Attempts[fix].Attempt.ProposedAt;
}
