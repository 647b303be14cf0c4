using Witan.Intelligence.Models;

namespace Witan.Intelligence.Training;

/// <summary>A fitted scorer, and how its like scored fixes that it had not seen.</summary>
/// <param name="Scorer">The scorer.</param>
/// <param name="Known">What it is made of where the issue is known; null for a built-in scorer.</param>
/// <param name="Unknown">What it is made of where it is not; null for a built-in scorer.</param>
/// <param name="OutOfTime">The probabilities of the fixes of the backtest, in their order.</param>
internal sealed record Candidate(IScorer Scorer, ModelSide? Known, ModelSide? Unknown, double[] OutOfTime)
{
    public string Kind => Scorer.Kind;
}

/// <summary>All scorers of a sample, fitted on it, with their out-of-time scores.</summary>
internal sealed class CandidateSet
{
    private CandidateSet(Backtest backtest, List<Candidate> candidates)
    {
        All = candidates;
        var places = Enumerable.Range(0, backtest.Count);
        (Labels, Attempts) = ([.. places.Select(backtest.Label)], [.. places.Select(backtest.Attempt)]);
        Clusters = [.. Attempts.Select(Evaluation.ClusterOf)];
    }

    /// <summary>Built-in scorers first, then the trained ones.</summary>
    public IReadOnlyList<Candidate> All { get; }

    /// <summary>The fixes of the backtest.</summary>
    public IReadOnlyList<ResolvedAttempt> Attempts { get; }

    /// <summary>Whether each succeeded.</summary>
    public bool[] Labels { get; }

    /// <summary>The issue of each, or where there is none its repository, or its agent.</summary>
    public List<string> Clusters { get; }

    public Candidate Of(string kind) => All.First(candidate => candidate.Kind == kind);

    /// <summary>Fits everything.</summary>
    /// <param name="sample">The outcomes; at least one.</param>
    /// <param name="kinds">The parts to fit; the ensemble blends them.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancel">Stops between steps.</param>
    public static CandidateSet Fit(TrainingSample sample, IReadOnlyList<string> kinds, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        var backtest = Backtest.Run(sample, kinds, progress, cancel);
        List<Candidate> candidates =
        [
            .. new IScorer[] { new ConstantScorer(sample.BaseRate), new HeuristicScorer(), LinearScorer.TrackRecord }
                .Select(scorer => new Candidate(scorer, null, null, [.. Enumerable.Range(0, backtest.Count).Select(i => scorer.Judge(backtest.Row(i)).Probability)])),
        ];
        var (known, unknown) = (new Side(backtest, true), new Side(backtest, false));
        var fitted = FitParts(sample, kinds, progress, cancel);
        foreach (var kind in kinds)
            candidates.Add(Combine(kind, sample, known, unknown, fitted, [kind]));
        if (kinds.Count > 1)
            candidates.Add(Combine(ModelKinds.Ensemble, sample, known, unknown, fitted, kinds));
        return new(backtest, candidates);
    }

    private static Dictionary<string, (IScorer Known, IScorer Unknown)> FitParts(
        TrainingSample sample, IReadOnlyList<string> kinds, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        var fitted = new Dictionary<string, (IScorer, IScorer)>();
        var (warm, cold) = (sample.OnKnownIssues(), sample.WithoutIssues());
        foreach (var kind in kinds)
        {
            progress?.Report(new($"fitting on all outcomes: {kind}", (double)fitted.Count / kinds.Count));
            var unknown = Parts.Fit(kind, cold, knowsIssue: false, cancel);
            fitted[kind] = (warm.Rows.Count == 0 ? unknown : Parts.Fit(kind, warm, knowsIssue: true, cancel), unknown);
        }
        return fitted;
    }

    private static Candidate Combine(
        string kind, TrainingSample sample, Side known, Side unknown, Dictionary<string, (IScorer Known, IScorer Unknown)> fitted, IReadOnlyList<string> parts)
    {
        var (one, other) = (known.Blend(parts), unknown.Blend(parts));
        var sides = (Known: SideOf(parts, one, part => fitted[part].Known), Unknown: SideOf(parts, other, part => fitted[part].Unknown));
        var scorer = new RoutedScorer(sides.Known.ToScorer(kind, sample.Schema), sides.Unknown.ToScorer(kind, sample.Schema));
        var outOfTime = known.Places.Select((place, k) => (place, one.OutOfTime[k])).Concat(unknown.Places.Select((place, k) => (place, other.OutOfTime[k])))
            .OrderBy(scored => scored.place).Select(scored => LogOdds.ToProbability(scored.Item2)).ToArray();
        return new(scorer, sides.Known, sides.Unknown, outOfTime);
    }

    private static ModelSide SideOf(IReadOnlyList<string> parts, BlendFit fit, Func<string, IScorer> scorerOf) =>
        new([.. parts.Select((part, k) => ModelPart.Of(scorerOf(part), fit.Weights[k])).Where(part => part.Weight > 0)], fit.Calibration);

    /// <summary>The blend for the future, and what blends that knew only earlier blocks gave.</summary>
    private sealed record BlendFit(double[] Weights, PlattCalibration Calibration, double[] OutOfTime);

    /// <summary>The out-of-time scores of one side.</summary>
    private sealed class Side
    {
        private readonly Backtest _backtest;
        private readonly bool[] _labels;

        public Side(Backtest backtest, bool knowsIssue)
        {
            Places = [.. Enumerable.Range(0, backtest.Count).Where(i => backtest.KnowsIssue(i) == knowsIssue)];
            (_backtest, _labels) = (backtest, [.. Places.Select(backtest.Label)]);
        }

        /// <summary>The places of the backtest that are on this side, in order.</summary>
        public int[] Places { get; }

        public BlendFit Blend(IReadOnlyList<string> kinds)
        {
            var logits = kinds.Select(kind => Places.Select(i => _backtest.Logit(kind, i)).ToArray()).ToArray();
            var (blended, outOfTime) = (new double[Places.Length], new double[Places.Length]); // with the weights, and the calibration, of their time
            for (var (block, start) = (0, 0); block < _backtest.Blocks; block++)
            {
                var end = start;
                while (end < Places.Length && _backtest.Block(Places[end]) == block)
                    end++;
                var (known, labels) = KnownBy(_backtest.Start(block), start);
                var weights = Weigh([.. logits.Select(column => Pick(column, known))], labels);
                var calibration = Calibrating.Of(Pick(blended, known), labels);
                for (; start < end; start++)
                {
                    blended[start] = Mean(logits, weights, start);
                    outOfTime[start] = calibration.Apply(blended[start]);
                }
            }
            return new(Weigh(logits, _labels), Calibrating.Of(blended, _labels), outOfTime);
        }

        // Which of the first ones were resolved by a moment, and how they stood then.
        private (int[] Known, bool[] Labels) KnownBy(DateTimeOffset moment, int count)
        {
            int[] known = [.. Enumerable.Range(0, count).Where(k => _backtest.Attempt(Places[k]).CompletedAt <= moment)];
            return (known, [.. known.Select(k => _backtest.Attempt(Places[k]).SucceededAsOf(moment))]);
        }

        private static double[] Weigh(double[][] logits, bool[] labels) => logits.Length == 1 ? [1] : Stacking.Fit(logits, labels);

        private static double[] Pick(double[] column, int[] places) => [.. places.Select(place => column[place])];

        private static double Mean(double[][] logits, double[] weights, int place)
        {
            var sum = 0.0;
            for (var k = 0; k < weights.Length; k++)
                sum += weights[k] * logits[k][place];
            return sum;
        }
    }
}
