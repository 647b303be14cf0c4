using Witan.Fixes;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;

namespace Witan.Intelligence.Training;

/// <summary>What every scorer said of fixes whose outcomes it had not seen, and what happened.</summary>
public sealed class EvaluationRun
{
    private readonly double _gate;
    private readonly double _budget;
    private readonly List<ResolvedAttempt> _fixes = [];
    private readonly List<bool> _knowsIssue = [];
    private readonly List<Judgement> _champion = [];
    private readonly List<double?> _budgetGates = [];
    private readonly List<ChampionChoice> _choices = [];
    private readonly Dictionary<string, List<double>> _scores = [];

    internal EvaluationRun(double gate, double budget) => (_gate, _budget) = (gate, budget);

    /// <summary>The fixes that were judged.</summary>
    public IReadOnlyList<ResolvedAttempt> Fixes => _fixes;

    /// <summary>Who would have answered after each fit, and why.</summary>
    public IReadOnlyList<ChampionChoice> Choices => _choices;

    /// <summary>For each scorer its probabilities, in the order of the fixes; the one that would have answered comes last.</summary>
    public IReadOnlyList<(string Kind, double[] Scores)> Scores => [.. _scores.Select(s => (s.Key, s.Value.ToArray())), (Evaluation.Champion, [.. _champion.Select(j => j.Probability)])];

    /// <summary>Whether each fix succeeded.</summary>
    public bool[] Labels => [.. _fixes.Select(fix => fix.Succeeded)];

    /// <summary>What succeeds and fails together.</summary>
    public List<string> Clusters => [.. _fixes.Select(Evaluation.ClusterOf)];

    internal void Add(OutcomeHistory history, List<ResolvedAttempt> test, FeatureSchema schema, CandidateSet set, ChampionChoice choice)
    {
        var champion = set.Of(choice.Kind);
        var gate = RiskBudget.Choose(champion.OutOfTime, set.Labels, _budget).Threshold;
        var row = new double[schema.Count];
        foreach (var fix in test)
        {
            FeatureExtractor.ExtractBefore(history.Records, fix.Attempt, schema, row);
            foreach (var candidate in set.All)
            {
                if (!_scores.TryGetValue(candidate.Kind, out var column))
                    _scores[candidate.Kind] = column = [];
                column.Add(candidate.Scorer.Judge(row).Probability);
            }
            _knowsIssue.Add(FeatureSchema.KnowsIssue(row));
            _champion.Add(champion.Scorer.Judge(row));
            _budgetGates.Add(gate);
        }
        _fixes.AddRange(test);
        _choices.Add(choice);
    }

    /// <summary>A report for each scorer.</summary>
    /// <param name="knowsIssue">Only fixes on issues that somebody had tried (true) or nobody had (false); null for all.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancel">Stops between steps.</param>
    public IReadOnlyList<ScorerReport> Reports(bool? knowsIssue, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        var places = Places(knowsIssue);
        var (labels, clusters) = (Labels, Clusters);
        return places.Length == 0
            ? []
            : Evaluation.Report([.. Scores.Select(s => (s.Kind, Pick(s.Scores, places)))], Pick(labels, places), [.. places.Select(i => clusters[i])], _gate, progress, cancel);
    }

    /// <summary>How well the champion's intervals hold, or null where nothing was judged.</summary>
    /// <param name="knowsIssue">See <see cref="Reports"/>.</param>
    public IntervalReport? Intervals(bool? knowsIssue)
    {
        var judged = Places(knowsIssue).Select(i => (Judgement: _champion[i], _fixes[i].Succeeded)).OrderBy(j => j.Judgement.Probability).ToArray();
        if (judged.Length == 0)
            return null;
        var inside = 0;
        for (var group = 0; group < IntervalReport.Groups; group++)
        {
            var part = judged[(group * judged.Length / IntervalReport.Groups)..((group + 1) * judged.Length / IntervalReport.Groups)];
            if (part.Length == 0)
                continue;
            var (rate, mean) = (part.Average(j => j.Succeeded ? 1.0 : 0), part.Average(j => j.Judgement.Probability));
            var error = Math.Sqrt(mean * (1 - mean) / part.Length);
            if (rate >= part.Average(j => j.Judgement.Low) - error && rate <= part.Average(j => j.Judgement.High) + error)
                inside++;
        }
        return new(judged.Length, inside, judged.Average(j => j.Judgement.High - j.Judgement.Low));
    }

    /// <summary>What a gate that was chosen for the risk budget on what came before would have done.</summary>
    public BudgetReport Budget()
    {
        var (labels, clusters) = (Labels, Clusters);
        var applied = Enumerable.Range(0, labels.Length).Where(i => _champion[i].Probability >= _budgetGates[i]).ToArray();
        var failures = applied.Count(i => !labels[i]);
        var rates = new List<double>();
        if (applied.Length > 0)
        {
            foreach (var weights in Bootstrap.Weights([.. applied.Select(i => clusters[i])], 5))
                rates.Add(applied.Select((i, k) => labels[i] ? 0 : weights[k]).Sum() / weights.Sum());
        }
        return new(_budget, _budgetGates.Count == 0 ? null : _budgetGates[^1], labels.Length, applied.Length, failures,
            Bootstrap.Interval((double)failures / applied.Length, rates));
    }

    /// <summary>How the champion compares with other predictions of some of the same fixes.</summary>
    /// <param name="name">Whose predictions they are.</param>
    /// <param name="predictions">Probabilities by the number of the outcome in the log.</param>
    /// <returns>For each scorer the difference to the predictions; none where no fix is shared.</returns>
    public IReadOnlyList<PairedDifference> Against(string name, IReadOnlyDictionary<int, double> predictions)
    {
        var places = Enumerable.Range(0, _fixes.Count).Where(i => predictions.ContainsKey((int)_fixes[i].Sequence)).ToArray();
        if (places.Length == 0)
            return [];
        var (labels, clusters) = (Pick(Labels, places), Clusters);
        var reference = places.Select(i => predictions[(int)_fixes[i].Sequence]).ToArray();
        return [.. Scores.Select(s => PairedDifference.Of(s.Kind, Pick(s.Scores, places), name, reference, labels, [.. places.Select(i => clusters[i])], 7))];
    }

    private int[] Places(bool? knowsIssue) => [.. Enumerable.Range(0, _fixes.Count).Where(i => knowsIssue is null || _knowsIssue[i] == knowsIssue)];

    private static T[] Pick<T>(T[] values, int[] places) => [.. places.Select(i => values[i])];
}

/// <summary>
/// How well 90 % intervals hold. A single probability is never seen, so fixes are grouped by it: the realised rate of a group
/// should lie in its mean interval, widened by one standard error of the rate.
/// </summary>
/// <param name="N">How many fixes.</param>
/// <param name="Inside">In how many of the groups it does.</param>
/// <param name="MeanWidth">The mean width of the intervals.</param>
public sealed record IntervalReport(int N, int Inside, double MeanWidth)
{
    /// <summary>How many groups there are.</summary>
    public const int Groups = 20;
}

/// <summary>What a gate chosen for a risk budget let through.</summary>
/// <param name="Budget">The share of what is auto-applied that may fail.</param>
/// <param name="LastGate">The threshold chosen at the last fit; null when it abstained.</param>
/// <param name="N">How many fixes were judged.</param>
/// <param name="Applied">How many it would have applied.</param>
/// <param name="Failures">How many of those failed.</param>
/// <param name="FailureRate">Their share, with a bootstrap interval over issues.</param>
public sealed record BudgetReport(double Budget, double? LastGate, int N, int Applied, int Failures, Estimate FailureRate);
