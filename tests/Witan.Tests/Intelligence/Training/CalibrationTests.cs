using Witan.Intelligence.Models;
using Witan.Intelligence.Training;
using Witan.Tests.Intelligence.Models;

namespace Witan.Tests.Intelligence.Training;

/// <summary>In a world whose probabilities are known, the numbers must be true and not only well ordered.</summary>
public sealed class CalibrationTests
{
    private static readonly SimulatedWorld World = SimulatedWorld.Of(4_800, 41);
    private static readonly OutcomeHistory History = new(World.Log);

    private static readonly Lazy<Dictionary<string, ScorerReport>> Reports = new(() =>
        Evaluated.Reports(History, EvaluationPlan.Prequential(History, null)).ToDictionary(report => report.Scorer));

    private static ScorerReport Logistic => Reports.Value["logistic"];

    [Fact]
    public void The_logistic_is_calibrated()
    {
        Assert.True(Logistic.N >= 4_000);
        Assert.True(Logistic.Ece.Value < 0.05, $"ECE {Logistic.Ece}");
    }

    [Fact]
    public void The_logistic_beats_the_constant_the_heuristic_and_the_track_record()
    {
        foreach (var other in new[] { "constant", "heuristic", "track-record" })
            Assert.True(Logistic.LogLoss.Value < Reports.Value[other].LogLoss.Value, other);
        Assert.True(Logistic.LogLoss.High < Reports.Value["constant"].LogLoss.Low);
        Assert.True(Logistic.Auc.Low > 0.75);
    }

    [Fact]
    public void The_logistic_comes_close_to_the_true_probabilities()
    {
        var judged = History.Attempts.TakeLast(Logistic.N).ToList();
        var truth = judged.Average(fix => -Math.Log(fix.Succeeded ? World.ProbabilityOf(fix.Attempt) : 1 - World.ProbabilityOf(fix.Attempt)));

        Assert.InRange(Logistic.LogLoss.Value!.Value, truth, truth + 0.06);
    }

    [Fact]
    public void What_the_gate_lets_through_succeeds_as_often_as_promised() =>
        Assert.True(Logistic.AutoAppliedSuccess.Value >= 0.85, $"{Logistic.AutoAppliedSuccess}");

    [Fact]
    public void A_learned_attribute_has_the_weight_it_has_in_the_world()
    {
        var artefact = Trainer.Train(History, TrainedModel.Quick, null, TestContext.Current.CancellationToken).Artefacts.Single();
        var weights = artefact.Features.Zip(artefact.Known!.Parts.Single().Linear!.Weights).ToDictionary();

        Assert.Equal(1, weights["attribute.tested"] * Math.Log(2), 0.25); // the attribute is squashed: 1 becomes ln 2
        Assert.Equal(0, weights["attribute.noise"], 0.05);
    }
}
