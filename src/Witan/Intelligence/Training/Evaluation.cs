using Witan.Fixes;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;

namespace Witan.Intelligence.Training;

/// <summary>When scorers are fitted and on which fixes they are judged.</summary>
/// <param name="From">Proposals before it only feed the track records; null for none.</param>
/// <param name="Cuts">
/// At each cut the trained scorers are fitted on what was proposed from <paramref name="From"/> and known by the cut, and
/// judge the proposals from there to the next cut. One cut is a fixed split; several are a prequential run.
/// </param>
public sealed record EvaluationPlan(DateTimeOffset? From, IReadOnlyList<DateTimeOffset> Cuts)
{
    private const int FirstFit = 200;
    private const double Growth = 1.25;

    /// <summary>Refits whenever a quarter more outcomes have come, from 200 on.</summary>
    /// <param name="history">The fixes.</param>
    /// <param name="from">See <see cref="From"/>.</param>
    public static EvaluationPlan Prequential(OutcomeHistory history, DateTimeOffset? from)
    {
        var times = history.Attempts.Select(a => a.Attempt.ProposedAt).Where(t => from is null || t >= from).ToList();
        var cuts = new List<DateTimeOffset>();
        for (double size = FirstFit; size < times.Count; size *= Growth)
        {
            if (cuts.Count == 0 || times[(int)size] > cuts[^1])
                cuts.Add(times[(int)size]);
        }
        return new(from, cuts);
    }
}

/// <summary>Judges scorers on fixes whose outcomes they had not seen.</summary>
public static class Evaluation
{
    private const int BootstrapSeed = 20231010;

    /// <summary>The name under which the scorer that would have answered is reported.</summary>
    public const string Champion = "champion";

    /// <summary>Judges every scorer on the same fixes, each before its outcome counted.</summary>
    /// <param name="history">The fixes.</param>
    /// <param name="plan">When to fit and what to judge.</param>
    /// <param name="options">What to fit.</param>
    /// <param name="budget">The share of what is auto-applied that may fail, for the gate by risk budget.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancel">Stops between steps.</param>
    public static EvaluationRun Run(
        OutcomeHistory history, EvaluationPlan plan, TrainingOptions options, double budget, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        var run = new EvaluationRun(options.Gate, budget);
        var incumbent = options.Incumbent;
        for (var i = 0; i < plan.Cuts.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var until = i + 1 < plan.Cuts.Count ? plan.Cuts[i + 1] : DateTimeOffset.MaxValue;
            var test = history.Attempts.Where(a => a.Attempt.ProposedAt >= plan.Cuts[i] && a.Attempt.ProposedAt < until).ToList();
            var sample = TrainingSample.Known(history, plan.From, plan.Cuts[i]);
            if (test.Count == 0 || sample.Rows.Count == 0)
                continue;
            var set = CandidateSet.Fit(sample, options.Kinds, new Nested(progress, i, plan.Cuts.Count), cancel);
            var choice = ChampionChoice.Of(set, incumbent);
            incumbent = choice.Kind;
            run.Add(history, test, sample.Schema, set, choice);
        }
        return run;
    }

    /// <summary>Reports on scores of the same fixes, each figure with a bootstrap interval.</summary>
    /// <param name="scores">For each scorer its name and its probabilities.</param>
    /// <param name="labels">Whether each fix succeeded.</param>
    /// <param name="clusters">What succeeds and fails together, for the bootstrap.</param>
    /// <param name="gate">The probability from which a fix would be applied without a human.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancel">Stops between steps.</param>
    public static IReadOnlyList<ScorerReport> Report(
        IReadOnlyList<(string Kind, double[] Scores)> scores, bool[] labels, List<string> clusters, double gate, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        var reports = new List<ScorerReport>();
        foreach (var (kind, column) in scores)
        {
            cancel.ThrowIfCancellationRequested();
            progress?.Report(new($"bootstrap intervals: {kind}", (double)reports.Count / scores.Count));
            reports.Add(ReportOf(kind, column, labels, clusters, gate));
        }
        return reports;
    }

    /// <summary>What an attempt succeeds and fails together with: its issue, or where there is none its repository, or its agent.</summary>
    internal static string ClusterOf(ResolvedAttempt fix) => fix.Attempt.Issue ?? fix.Attempt.Repository ?? fix.Attempt.AgentId;

    private static ScorerReport ReportOf(string kind, double[] scores, bool[] labels, List<string> clusters, double gate)
    {
        var metrics = new Metrics(scores, labels, gate);
        var values = metrics.Compute([.. Enumerable.Repeat(1.0, labels.Length)]);
        var samples = Enumerable.Range(0, Metrics.Count).Select(_ => new List<double>()).ToArray();
        foreach (var weights in Bootstrap.Weights(clusters, BootstrapSeed))
        {
            var resampled = metrics.Compute(weights);
            for (var i = 0; i < samples.Length; i++)
                samples[i].Add(resampled[i]);
        }
        var figures = values.Select((value, i) => Bootstrap.Interval(value, samples[i])).ToArray();
        return new()
        {
            Scorer = kind,
            N = labels.Length,
            Clusters = clusters.Distinct().Count(),
            BaseRate = labels.Count(y => y) / (double)labels.Length,
            Auc = figures[0], Brier = figures[1], LogLoss = figures[2], Ece = figures[3],
            SuccessAt10 = figures[4], SuccessAt25 = figures[5], SuccessAt50 = figures[6],
            Gate = gate, AutoApplied = figures[7], AutoAppliedSuccess = figures[8],
            Confusion = ConfusionAt(gate, scores, labels),
        };
    }

    private static Confusion ConfusionAt(double gate, double[] scores, bool[] labels)
    {
        var counts = new int[4];
        for (var i = 0; i < scores.Length; i++)
            counts[(scores[i] >= gate ? 0 : 2) + (scores[i] >= gate == labels[i] ? 0 : 1)]++;
        return new(counts[0], counts[1], counts[3], counts[2]);
    }

    // The steps of one fit among several.
    private sealed class Nested(IProgress<TrainingProgress>? outer, int fit, int fits) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => outer?.Report(fits == 1 ? value : new($"fit {fit + 1} of {fits}: {value.Step}", (fit + value.Fraction) / fits));
    }
}
