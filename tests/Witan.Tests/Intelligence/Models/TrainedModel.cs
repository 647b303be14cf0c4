using Witan.Intelligence.Models;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.Models;

/// <summary>A model trained once, on the simulated world, for all tests that only read it.</summary>
internal static class TrainedModel
{
    /// <summary>What gives one kind in no time.</summary>
    public static TrainingOptions Quick { get; } = new() { Kinds = ["logistic"] };

    public static SimulatedWorld World { get; } = SimulatedWorld.Of(600, 7);

    public static TrainingResult Result { get; } = Trainer.Train(new OutcomeHistory(World.Log), Quick, null, CancellationToken.None);

    public static ModelArtefact Artefact { get; } = Result.Artefacts.Single();

    public static IScorer Scorer { get; } = Artefact.ToScorer();

    /// <summary>The regression that answers where the issue is known, alone.</summary>
    public static LinearScorer Linear { get; } = new("logistic", Scorer.Schema, Artefact.Known!.Parts.Single().Linear!);
}
