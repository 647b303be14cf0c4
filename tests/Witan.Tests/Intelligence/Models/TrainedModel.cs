using Witan.Intelligence.Models;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.Models;

/// <summary>A model trained once, on the simulated world, for all tests that only read it.</summary>
internal static class TrainedModel
{
    public static SimulatedWorld World { get; } = SimulatedWorld.Of(600, 7);

    public static ModelArtefact Artefact { get; } =
        Trainer.Train(new OutcomeHistory(World.Log), null, 0.85, null, CancellationToken.None).Artefact!;

    public static LinearScorer Scorer { get; } = (LinearScorer)Artefact.ToScorer();
}
