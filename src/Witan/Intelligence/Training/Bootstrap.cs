using Witan.Intelligence.Models;

namespace Witan.Intelligence.Training;

/// <summary>
/// Resamples whole clusters (Efron's bootstrap), because attempts on one issue succeed and fail together: rows drawn one
/// by one would make every interval too narrow.
/// </summary>
internal static class Bootstrap
{
    private const int Samples = 500;

    /// <summary>How often each row counts in each sample.</summary>
    /// <param name="clusters">The cluster of each row.</param>
    /// <param name="seed">The same seed gives the same samples.</param>
    public static IEnumerable<double[]> Weights(IReadOnlyList<string> clusters, int seed)
    {
        var numbers = new Dictionary<string, int>();
        var clusterOf = new int[clusters.Count];
        for (var i = 0; i < clusterOf.Length; i++)
        {
            if (!numbers.TryGetValue(clusters[i], out clusterOf[i]))
                clusterOf[i] = numbers[clusters[i]] = numbers.Count;
        }
        var random = new Random(seed);
        var (counts, weights) = (new int[numbers.Count], new double[clusterOf.Length]);
        for (var sample = 0; sample < Samples; sample++)
        {
            Array.Clear(counts);
            for (var draw = 0; draw < counts.Length; draw++)
                counts[random.Next(counts.Length)]++;
            for (var i = 0; i < weights.Length; i++)
                weights[i] = counts[clusterOf[i]];
            yield return weights;
        }
    }

    /// <summary>The 2.5 % and the 97.5 % quantile of a figure's values over the samples, without those that were undefined.</summary>
    public static Estimate Interval(double value, List<double> samples)
    {
        samples.RemoveAll(s => !double.IsFinite(s));
        samples.Sort();
        return samples.Count == 0
            ? new(Finite(value), null, null)
            : new(Finite(value), samples[(int)(0.025 * (samples.Count - 1))], samples[(int)Math.Ceiling(0.975 * (samples.Count - 1))]);
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
