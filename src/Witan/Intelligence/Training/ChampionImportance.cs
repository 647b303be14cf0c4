using System.Text.Json;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;

namespace Witan.Intelligence.Training;

/// <summary>The importance of features on fixes that a scorer had not seen.</summary>
/// <param name="Scorer">The kind of scorer.</param>
/// <param name="Features">The most important first; features that are the same for every fix are left out.</param>
/// <param name="N">How many fixes; 0 where there are too few to train on.</param>
public sealed record ChampionImportance(string Scorer, IReadOnlyList<Importance> Features, int N)
{
    private const int Seed = 11;

    /// <summary>The same as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, EvaluationJson.Default.ChampionImportance);

    /// <summary>Trains on the older part of a history and permutes features among the newer one.</summary>
    /// <param name="history">The outcomes.</param>
    /// <param name="trainedShare">The share of them, by time, that is trained on; between 0 and 1.</param>
    /// <param name="kind">The kind of scorer; null for the one that would answer.</param>
    /// <param name="repeats">How often each feature is permuted, at least once.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancel">Stops between steps.</param>
    public static ChampionImportance Of(
        OutcomeHistory history, double trainedShare, string? kind, int repeats, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        var cut = history.Attempts[(int)(trainedShare * (history.Attempts.Count - 1))].Attempt.ProposedAt;
        var sample = TrainingSample.Known(history, null, cut);
        var newer = history.Attempts.Where(a => a.Attempt.ProposedAt >= cut).ToList();
        if (sample.Rows.Count < Trainer.LeastOutcomes || newer.Count == 0)
            return new("", [], 0);
        var set = CandidateSet.Fit(sample, TrainingOptions.Fitted(kind), progress, cancel);
        var scorer = set.Of(kind ?? ChampionChoice.Of(set, LinearScorer.TrackRecord.Kind).Kind).Scorer;
        var rows = newer.Select(fix =>
        {
            var row = new double[scorer.Schema.Count];
            FeatureExtractor.ExtractBefore(history.Records, fix.Attempt, scorer.Schema, row);
            return row;
        }).ToList();
        return new(scorer.Kind, PermutationImportance.Of(scorer, rows, [.. newer.Select(fix => fix.Succeeded)], repeats, Seed, progress, cancel), rows.Count);
    }
}
