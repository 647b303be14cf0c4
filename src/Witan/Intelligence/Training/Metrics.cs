namespace Witan.Intelligence.Training;

/// <summary>
/// The figures of a set of predictions, computed for any weighting of the rows so that a bootstrap sample costs one pass:
/// the predictions are sorted once.
/// </summary>
internal sealed class Metrics
{
    public const int Count = 9;

    private const int EceBins = 15;

    private readonly double[] _scores;
    private readonly bool[] _labels;
    private readonly int[] _order; // descending by score
    private readonly double _gate;

    public Metrics(double[] scores, bool[] labels, double gate)
    {
        (_scores, _labels, _gate) = (scores, labels, gate);
        _order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]).ThenBy(i => i)];
    }

    /// <summary>AUC, Brier, log loss, ECE, success at 10, 25 and 50 %, share and success at the gate; NaN where undefined.</summary>
    public double[] Compute(ReadOnlySpan<double> weights)
    {
        var (auc, coverage) = Ranked(weights);
        var (brier, logLoss, applied, appliedSuccess, total) = (0.0, 0.0, 0.0, 0.0, 0.0);
        Span<(double Score, double Label, double Weight)> bins = stackalloc (double, double, double)[EceBins];
        for (var i = 0; i < _scores.Length; i++)
        {
            var (p, y, w) = (_scores[i], _labels[i] ? 1.0 : 0.0, weights[i]);
            total += w;
            brier += w * Losses.Brier(p, _labels[i]);
            logLoss += w * Losses.Log(p, _labels[i]);
            ref var bin = ref bins[Math.Min(EceBins - 1, (int)(p * EceBins))];
            bin = (bin.Score + (w * p), bin.Label + (w * y), bin.Weight + w);
            if (p < _gate)
                continue;
            applied += w;
            appliedSuccess += w * y;
        }
        var ece = 0.0;
        foreach (var (score, label, _) in bins)
            ece += Math.Abs(score - label);
        return [auc, brier / total, logLoss / total, ece / total, coverage[0], coverage[1], coverage[2], applied / total, appliedSuccess / applied];
    }

    // One walk from the highest score down; equal scores are one step, so that ties favour nobody.
    private (double Auc, double[] SuccessAt) Ranked(ReadOnlySpan<double> weights)
    {
        var total = 0.0;
        foreach (var w in weights)
            total += w;
        double[] wanted = [0.10 * total, 0.25 * total, 0.50 * total];
        var successAt = new double[wanted.Length];
        var (seen, positives, negatives, pairs, next) = (0.0, 0.0, 0.0, 0.0, 0);
        for (var start = 0; start < _order.Length;)
        {
            var (end, stepPositive, stepNegative) = (start, 0.0, 0.0);
            for (; end < _order.Length && _scores[_order[end]] == _scores[_order[start]]; end++)
            {
                if (_labels[_order[end]]) stepPositive += weights[_order[end]];
                else stepNegative += weights[_order[end]];
            }
            var step = stepPositive + stepNegative;
            for (; next < wanted.Length && step > 0 && seen + step >= wanted[next]; next++)
                successAt[next] = (positives + (stepPositive * (wanted[next] - seen) / step)) / wanted[next];
            pairs += (positives + (stepPositive / 2)) * stepNegative;
            (positives, negatives, seen, start) = (positives + stepPositive, negatives + stepNegative, seen + step, end);
        }
        return (pairs / (positives * negatives), successAt);
    }
}
