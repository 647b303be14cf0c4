using System.Text.Json;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;

namespace Witan.Intelligence.Training;

/// <summary>How far a training is.</summary>
/// <param name="Step">What is being done, in words.</param>
/// <param name="Fraction">How much of the step is done, 0 to 1.</param>
public sealed record TrainingProgress(string Step, double Fraction);

/// <summary>What a training came to: a refusal, or reports and an artefact.</summary>
/// <param name="Refusal">Why nothing was trained and what is missing, or null.</param>
/// <param name="Reports">How every scorer did on the fixes held out.</param>
/// <param name="Artefact">The scorer fitted on everything; null after a refusal.</param>
public sealed record TrainingResult(string? Refusal, IReadOnlyList<ScorerReport> Reports, ModelArtefact? Artefact)
{
    /// <summary>The reports as a JSON array.</summary>
    public string ReportsJson() => JsonSerializer.Serialize(Reports, ArtefactJson.Default.IReadOnlyListScorerReport);

    /// <summary>True when the trained scorer had a lower log loss on the held-out fixes than the track record alone and than a constant.</summary>
    public bool BeatsBaselines =>
        Artefact is not null && Reports.Where(r => r.Scorer == LinearScorer.TrackRecord.Kind || r.Scorer == ConstantScorer.Name).All(r => Artefact.Metrics.LogLoss.Value < r.LogLoss.Value);
}

/// <summary>Trains scorers from a history: evaluates on the newest part with what came before, then fits on everything.</summary>
public static class Trainer
{
    /// <summary>Fewer outcomes than this teach nothing.</summary>
    public const int LeastOutcomes = 200;

    /// <summary>Fewer successes, or failures, than this teach nothing.</summary>
    public const int LeastOfEachClass = 30;

    /// <summary>Trains.</summary>
    /// <param name="history">The outcomes.</param>
    /// <param name="plan">How to hold out fixes for the report; null for the last fifth.</param>
    /// <param name="gate">The probability from which a fix would be applied without a human.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancel">Stops between steps.</param>
    public static TrainingResult Train(
        OutcomeHistory history, EvaluationPlan? plan, double gate, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        if (RefusalOf(history, plan?.From) is { } refusal)
            return new(refusal, [], null);
        var reports = Evaluation.Run(history, plan ?? EvaluationPlan.LastFifth(history), gate, progress, cancel);
        if (reports.Count == 0)
            return new("All outcomes became known at the same moment, so none can be held out to check the model: report outcomes with their times.", [], null);
        progress?.Report(new("fitting on all outcomes", 0));
        var sample = TrainingSample.Known(history, plan?.From, DateTimeOffset.MaxValue);
        var scorer = FitLogistic(sample, cancel);
        progress?.Report(new("done", 1));
        return new(null, reports, new()
        {
            Kind = scorer.Kind,
            SchemaHash = sample.Schema.Hash,
            Features = sample.Schema.Names,
            Attributes = sample.Schema.Attributes,
            DataHash = history.DataHash(),
            Outcomes = sample.Rows.Count,
            TrainedFrom = history.Attempts.First(a => plan?.From is null || a.Attempt.ProposedAt >= plan.From).Attempt.ProposedAt,
            TrainedUntil = history.Attempts[^1].Attempt.ProposedAt,
            Linear = scorer.Terms,
            Metrics = reports.First(r => r.Scorer == scorer.Kind),
        });
    }

    internal static LinearScorer FitLogistic(TrainingSample sample, CancellationToken cancel) =>
        new("logistic", sample.Schema, LogisticRegression.Fit(sample.Rows, sample.Labels, TrackRecordPrior.Of(sample.Schema, knowsIssue: true), cancel));

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
