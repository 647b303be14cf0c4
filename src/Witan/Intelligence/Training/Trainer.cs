using System.Text.Json;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;

namespace Witan.Intelligence.Training;

/// <summary>How far a training is.</summary>
/// <param name="Step">What is being done, in words.</param>
/// <param name="Fraction">How much of the step is done, 0 to 1.</param>
public sealed record TrainingProgress(string Step, double Fraction);

/// <summary>How to train. The same for every file and every fleet but for these.</summary>
public sealed record TrainingOptions
{
    /// <summary>Fixes proposed before it only feed the track records; null for none.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The kinds of scorer that are fitted besides their ensemble.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = ModelKinds.Parts;

    /// <summary>The probability from which a fix would be applied without a human.</summary>
    public double Gate { get; init; } = new Witan.Fixes.Policy().AutoApply;

    /// <summary>The kind of scorer that answers now, which another must beat by a margin.</summary>
    public string Incumbent { get; init; } = LinearScorer.TrackRecord.Kind;

    /// <summary>The trained model that answers now; null when none does.</summary>
    public ModelArtefact? IncumbentModel { get; init; }

    /// <summary>What has to be fitted for a kind of scorer; null for all of them.</summary>
    internal static IReadOnlyList<string> Fitted(string? kind) => kind is null or ModelKinds.Ensemble ? ModelKinds.Parts : [kind];

    /// <summary>The two kinds that are fitted in a second or two; a demonstration waits for no forest.</summary>
    public static IReadOnlyList<string> QuickKinds { get; } = [ModelKinds.Logistic, ModelKinds.Boosted];
}

/// <summary>What a training came to: a refusal, or reports and artefacts.</summary>
/// <param name="Refusal">Why nothing was trained and what is missing, or null.</param>
/// <param name="Reports">How every kind of scorer did on fixes that it had not seen.</param>
/// <param name="Artefacts">The scorers fitted on everything; none after a refusal.</param>
/// <param name="Choice">Which of them should answer, and why; null after a refusal.</param>
public sealed record TrainingResult(string? Refusal, IReadOnlyList<ScorerReport> Reports, IReadOnlyList<ModelArtefact> Artefacts, ChampionChoice? Choice)
{
    /// <summary>The scorer that should answer; null after a refusal, and where no trained one should.</summary>
    public ModelArtefact? Champion => Choice?.KeptModel is null ? Artefacts.FirstOrDefault(artefact => artefact.Kind == Choice?.Kind) : null;

    /// <summary>The reports as a JSON array.</summary>
    public string ReportsJson() => JsonSerializer.Serialize(Reports, ArtefactJson.Default.IReadOnlyListScorerReport);
}

/// <summary>Trains scorers from a history: judges their kinds on fixes they had not seen, then fits them on everything.</summary>
public static class Trainer
{
    /// <summary>Fewer outcomes than this teach nothing.</summary>
    public const int LeastOutcomes = 200;

    /// <summary>Fewer successes, or failures, than this teach nothing.</summary>
    public const int LeastOfEachClass = 30;

    private const int KeptScores = 2_000;
    private const int ImportanceRepeats = 3;
    private const int Reference = 1_000; // as many as the latest proposals that they are held against

    /// <summary>Trains.</summary>
    /// <param name="history">The outcomes.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancel">Stops between steps.</param>
    public static TrainingResult Train(OutcomeHistory history, TrainingOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        if (RefusalOf(history, options.From) is { } refusal)
            return new(refusal, [], [], null);
        progress?.Report(new("extracting features", 0));
        var sample = TrainingSample.Known(history, options.From, DateTimeOffset.MaxValue);
        var set = CandidateSet.Fit(sample, options.Kinds, progress, cancel);
        if (set.Labels.Length == 0)
            return new("All outcomes became known at the same moment, so none can be held out to check the model: report outcomes with their times.", [], [], null);
        var choice = ChampionChoice.Of(set, options.IncumbentModel?.Kind ?? options.Incumbent);
        if (options.IncumbentModel is { } incumbent && incumbent.SchemaHash == FeatureSchema.With(incumbent.Attributes).Hash)
            choice = choice.Renewing(incumbent, set, history);
        var reports = Evaluation.Report([.. set.All.Select(c => (c.Kind, c.OutOfTime))], set.Labels, set.Clusters, options.Gate, progress, cancel);
        progress?.Report(new("done", 1));
        var hash = history.DataHash();
        return new(null, reports, [.. set.All.Where(c => c.Known is not null).Select(c => Artefact(c, set, sample, reports, hash, cancel))], choice);
    }

    private static ModelArtefact Artefact(Candidate candidate, CandidateSet set, TrainingSample sample, IReadOnlyList<ScorerReport> reports, string dataHash, CancellationToken cancel) => new()
    {
        Kind = candidate.Kind,
        SchemaHash = sample.Schema.Hash,
        Features = sample.Schema.Names,
        Attributes = sample.Schema.Attributes,
        DataHash = dataHash,
        Outcomes = sample.Rows.Count,
        TrainedFrom = sample.Attempts[0].Attempt.ProposedAt,
        TrainedUntil = sample.Attempts[^1].Attempt.ProposedAt,
        Known = candidate.Known,
        Unknown = candidate.Unknown,
        Seed = Parts.Seed,
        Metrics = reports.First(r => r.Scorer == candidate.Kind),
        OutOfTime = new([.. candidate.OutOfTime.TakeLast(KeptScores).Select(p => Math.Round(p, 4))], [.. set.Labels.TakeLast(KeptScores)]),
        Curves = ScoreCurves.Of(candidate.OutOfTime, set.Labels),
        Distributions = DistributionsOf(candidate, sample),
        Importance = ImportanceOf(candidate, sample, cancel),
    };

    // On what it was fitted on, and so of what it leans on rather than of what helps: others would have to be held back from it.
    private static List<Importance> ImportanceOf(Candidate candidate, TrainingSample sample, CancellationToken cancel)
    {
        var newest = Math.Max(0, sample.Rows.Count - Reference);
        var importances = PermutationImportance.Of(candidate.Scorer, [.. sample.Rows.Skip(newest)], [.. sample.Attempts.Skip(newest).Select(a => a.Succeeded)], ImportanceRepeats, Parts.Seed, null, cancel);
        return [.. importances.Select(one => one with { Mean = Brief(one.Mean), Deviation = Brief(one.Deviation), Least = Brief(one.Least), Most = Brief(one.Most) })];

        static double Brief(double value) => Math.Round(value, 6);
    }

    // What the newest rows looked like, and what the scorer says of them.
    private static Dictionary<string, ReferenceDistribution> DistributionsOf(Candidate candidate, TrainingSample sample)
    {
        var newest = sample.Rows.TakeLast(Math.Min(Reference, (sample.Rows.Count + 1) / 2)).ToList(); // at first everything is new
        var distributions = DriftInputs.Of(sample.Schema).ToDictionary(input => input.Name, input => ReferenceDistribution.Of([.. newest.Select(input.Value)]));
        distributions[DriftInputs.Score] = ReferenceDistribution.Of([.. newest.Select(row => candidate.Scorer.Judge(row).Probability)]);
        return distributions;
    }

    private static string? RefusalOf(OutcomeHistory history, DateTimeOffset? from)
    {
        var attempts = history.Attempts.Where(a => from is null || a.Attempt.ProposedAt >= from).ToList();
        var n = attempts.Count;
        var successes = attempts.Count(a => a.Succeeded);
        return n >= LeastOutcomes && successes >= LeastOfEachClass && n - successes >= LeastOfEachClass
            ? null
            : $"Training needs at least {LeastOutcomes} outcomes with {LeastOfEachClass} successes and {LeastOfEachClass} failures; "
                + $"known are {n} with {successes} successes and {n - successes} failures.";
    }
}
