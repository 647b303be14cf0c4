using Witan.Intelligence.Models;

namespace Witan.Intelligence.Training;

/// <summary>
/// By how much one forecaster's mean loss differs from another's on the same fixes. Pairing cancels what makes a fix hard to
/// predict for both, so that a difference can be sure where the intervals of the two losses overlap.
/// </summary>
/// <remarks>
/// The intervals are those of the percentile bootstrap over clusters (Efron and Tibshirani 1993, "An introduction to the
/// bootstrap", chapter 13): 2,000 samples, each of as many clusters as there are, drawn with replacement. With a handful of
/// clusters they are too narrow; with one they have no width and say nothing.
/// </remarks>
/// <param name="First">The name of the first forecaster.</param>
/// <param name="Second">The name of the second.</param>
/// <param name="N">How many fixes both judged.</param>
/// <param name="Clusters">How many clusters (issues, mostly) the bootstrap drew from.</param>
/// <param name="LogLossFirst">The mean log loss of the first, in nats.</param>
/// <param name="LogLossSecond">That of the second.</param>
/// <param name="LogLoss">The mean of the first's log loss less the second's, in nats; below 0 where the first is better.</param>
/// <param name="Brier">The same for the Brier score, -1 to 1.</param>
public sealed record PairedDifference(
    string First, string Second, int N, int Clusters, double LogLossFirst, double LogLossSecond, Estimate LogLoss, Estimate Brier)
{
    /// <summary>Compares two forecasters.</summary>
    /// <param name="first">The name of the first.</param>
    /// <param name="p">Its probabilities of success, 0 to 1; at least one.</param>
    /// <param name="second">The name of the second.</param>
    /// <param name="q">Its probabilities for the same fixes.</param>
    /// <param name="labels">Whether each fix succeeded.</param>
    /// <param name="clusters">What each fix shares its fate with, for example its issue.</param>
    /// <param name="seed">The same seed gives the same intervals.</param>
    /// <exception cref="ArgumentException">The columns are empty or of different lengths, or hold what is no probability.</exception>
    public static PairedDifference Of(
        string first, double[] p, string second, double[] q, bool[] labels, IReadOnlyList<string> clusters, int seed)
    {
        var n = labels.Length;
        if (n == 0 || p.Length != n || q.Length != n || clusters.Count != n)
            throw new ArgumentException($"There are {n} labels, {p.Length} and {q.Length} probabilities and {clusters.Count} clusters; as many of each are needed, and one at least.");
        if (!Array.TrueForAll(p, IsProbability) || !Array.TrueForAll(q, IsProbability))
            throw new ArgumentException("A probability lies between 0 and 1.");
        var (logLoss, brier) = (new double[n], new double[n]);
        var (ofFirst, ofSecond) = (0.0, 0.0);
        for (var i = 0; i < n; i++)
        {
            var (a, b) = (Losses.Log(p[i], labels[i]), Losses.Log(q[i], labels[i]));
            (ofFirst, ofSecond, logLoss[i]) = (ofFirst + a, ofSecond + b, a - b);
            brier[i] = Losses.Brier(p[i], labels[i]) - Losses.Brier(q[i], labels[i]);
        }
        var sums = new ClusterSums(clusters);
        var (logLossMean, brierMean) = sums.Means(logLoss, brier, seed);
        return new(first, second, n, sums.Count, ofFirst / n, ofSecond / n, logLossMean, brierMean);
    }

    private static bool IsProbability(double value) => value is >= 0 and <= 1; // NaN is not
}
