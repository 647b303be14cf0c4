using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Server.Models;

namespace Witan.Server.Experiments;

/// <summary>What an arm of an experiment stands for.</summary>
internal static class Arms
{
    /// <summary>Whatever champion answers, as long as it has learned something: not the heuristic.</summary>
    public const string Ml = "ml";

    public static IScorer Heuristic { get; } = new HeuristicScorer();

    /// <summary>The scorer behind an arm that can score what is extracted for the champion, or null.</summary>
    public static (string Version, IScorer Scorer)? Find(string arm, ServingScorers serving)
    {
        var (version, scorer) = arm switch
        {
            Ml => serving.Version == ServingScorers.Heuristic ? default : (serving.Version, serving.Champion),
            ServingScorers.Heuristic => (arm, Heuristic),
            ServingScorers.TrackRecord => (arm, LinearScorer.TrackRecord),
            _ when arm == serving.Version => (arm, serving.Champion),
            _ => serving.Challengers.FirstOrDefault(challenger => challenger.Version == arm),
        };
        return scorer is not null && Reads(scorer, serving.Schema) ? (version, scorer) : null;
    }

    /// <summary>The first arm of an experiment without a scorer of its own, or null when both have one.</summary>
    public static string? Unusable(ExperimentName name, ServingScorers serving) => (Find(name.First, serving), Find(name.Second, serving)) switch
    {
        (null, _) => name.First,
        (_, null) => name.Second,
        ({ } first, { } second) => first.Version == second.Version ? name.Second : null,
    };

    /// <summary>Whether a scorer can read vectors of a schema: its own, or one that begins with the core when it needs no more.</summary>
    public static bool Reads(IScorer scorer, FeatureSchema schema) =>
        scorer.Schema.Hash == schema.Hash || (scorer.Schema.Hash == FeatureSchema.Core.Hash && schema.LevelCount == FeatureSchema.Core.LevelCount);
}
