namespace Witan.Intelligence.Models;

/// <summary>The predictions of one bin of equal width, against what happened.</summary>
/// <param name="From">The lower edge of the bin, 0 to 1; a prediction equal to it belongs to the bin.</param>
/// <param name="To">The upper edge; a prediction equal to it belongs to the next bin, except 1, which belongs to the last.</param>
/// <param name="N">How many fixes were predicted in the bin, at least 1.</param>
/// <param name="Predicted">The mean of their predictions.</param>
/// <param name="Observed">The share of them that succeeded.</param>
/// <param name="Low">The 5 % bound of that share.</param>
/// <param name="High">The 95 % bound.</param>
public sealed record ReliabilityBin(double From, double To, int N, double Predicted, double Observed, double Low, double High);

/// <summary>What would be applied without a human at one threshold, and how much of it fails.</summary>
/// <param name="Threshold">The probability from which a fix is applied, 0 to 0.99.</param>
/// <param name="Coverage">The share of the fixes at or above it, above 0 and up to 1.</param>
/// <param name="N">How many fixes that is, at least 1.</param>
/// <param name="Failures">How many of them failed.</param>
/// <param name="FailureRate">The share of them that failed, 0 to 1.</param>
/// <param name="Low">The 5 % bound of that share.</param>
/// <param name="High">The 95 % bound.</param>
public sealed record RiskCoveragePoint(double Threshold, double Coverage, int N, int Failures, double FailureRate, double Low, double High);

/// <summary>
/// Two curves of a scorer on fixes whose outcomes it had not seen: whether its probabilities mean what they say (reliability
/// diagram, Murphy and Winkler 1977, "Reliability of subjective probability forecasts of precipitation and temperature"), and
/// what applying the best of them costs (risk and coverage, El-Yaniv and Wiener 2010, "On the foundations of noise-free
/// selective classification").
/// </summary>
/// <remarks>
/// The 90 % intervals are those of one rate (Wilson 1927, "Probable inference, the law of succession, and statistical
/// inference"). They take fixes for independent, and are too narrow where many attempts are on few issues. Means, shares and
/// bounds are rounded to six digits after the point, because curves are stored with every model.
/// </remarks>
/// <param name="Reliability">At most 15 bins by ascending prediction; those without a fix are left out.</param>
/// <param name="RiskCoverage">
/// At most 100 thresholds of whole percents, descending; each adds fixes to those of the one before. The last takes all fixes in.
/// </param>
public sealed record ScoreCurves(IReadOnlyList<ReliabilityBin> Reliability, IReadOnlyList<RiskCoveragePoint> RiskCoverage)
{
    private const int Bins = 15; // those of the calibration error in a report
    private const int Thresholds = 100;
    private const int Digits = 6;
    private const double Z90 = 1.6448536269514722;

    /// <summary>The curves of predictions.</summary>
    /// <param name="scores">Probabilities of success, 0 to 1.</param>
    /// <param name="labels">Whether each fix succeeded, as many.</param>
    /// <returns>Empty curves when there are no predictions.</returns>
    /// <exception cref="ArgumentException">There are not as many labels as scores, or a score is no probability.</exception>
    public static ScoreCurves Of(ReadOnlySpan<double> scores, ReadOnlySpan<bool> labels)
    {
        if (scores.Length != labels.Length)
            throw new ArgumentException($"There are {scores.Length} scores and {labels.Length} labels.", nameof(labels));
        Span<(double Score, int Successes, int N)> bins = stackalloc (double, int, int)[Bins];
        Span<(int Failures, int N)> steps = stackalloc (int, int)[Thresholds];
        for (var i = 0; i < scores.Length; i++)
        {
            if (!(scores[i] is >= 0 and <= 1)) // NaN too
                throw new ArgumentException($"A probability lies between 0 and 1, and {scores[i]} does not.", nameof(scores));
            ref var bin = ref bins[Math.Min(Bins - 1, (int)(scores[i] * Bins))];
            bin = (bin.Score + scores[i], bin.Successes + (labels[i] ? 1 : 0), bin.N + 1);
            ref var step = ref steps[HighestThreshold(scores[i])];
            step = (step.Failures + (labels[i] ? 0 : 1), step.N + 1);
        }
        return new(ReliabilityOf(bins), RiskCoverageOf(steps, scores.Length));
    }

    // The highest whole percent that a score reaches. The product may round across the threshold, so the quotient decides.
    private static int HighestThreshold(double score)
    {
        var percent = Math.Min(Thresholds - 1, (int)(score * Thresholds));
        if (percent + 1 < Thresholds && score >= Threshold(percent + 1))
            return percent + 1;
        return score < Threshold(percent) ? percent - 1 : percent;
    }

    private static double Threshold(int percent) => percent / (double)Thresholds;

    private static List<ReliabilityBin> ReliabilityOf(ReadOnlySpan<(double Score, int Successes, int N)> bins)
    {
        var curve = new List<ReliabilityBin>();
        for (var i = 0; i < bins.Length; i++)
        {
            var (score, successes, n) = bins[i];
            if (n == 0)
                continue;
            var (low, high) = Wilson(successes, n);
            curve.Add(new(Brief((double)i / Bins), Brief((i + 1.0) / Bins), n, Brief(score / n), Brief((double)successes / n), low, high));
        }
        return curve;
    }

    private static List<RiskCoveragePoint> RiskCoverageOf(ReadOnlySpan<(int Failures, int N)> steps, int total)
    {
        var curve = new List<RiskCoveragePoint>();
        var (failures, n) = (0, 0);
        for (var percent = Thresholds - 1; percent >= 0; percent--)
        {
            if (steps[percent].N == 0)
                continue;
            (failures, n) = (failures + steps[percent].Failures, n + steps[percent].N);
            var (low, high) = Wilson(failures, n);
            curve.Add(new(Threshold(percent), Brief((double)n / total), n, failures, Brief((double)failures / n), low, high));
        }
        return curve;
    }

    // The rates that the count does not reject at 5 % to either side; defined and skewed at 0 and n as well.
    private static (double Low, double High) Wilson(int count, int n)
    {
        const double z2 = Z90 * Z90;
        var centre = (count + (z2 / 2)) / (n + z2);
        var reach = Z90 / (n + z2) * Math.Sqrt(((double)count * (n - count) / n) + (z2 / 4));
        return (count == 0 ? 0 : Brief(centre - reach), count == n ? 1 : Brief(centre + reach));
    }

    private static double Brief(double value) => Math.Round(value, Digits);
}
