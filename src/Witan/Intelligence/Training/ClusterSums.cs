using Witan.Intelligence.Models;

namespace Witan.Intelligence.Training;

/// <summary>
/// Resamples whole clusters as <see cref="Bootstrap"/> does, for figures that are means over rows: the sums of each cluster
/// say all that a sample needs, so it costs a step for each cluster and not for each row.
/// </summary>
internal sealed class ClusterSums
{
    private const int Samples = 2_000; // four times those of a report: they are cheap here, and the bounds less rough

    private readonly int[] _clusterOf;
    private readonly int[] _sizes;

    /// <summary>Numbers the clusters by first appearance, as <see cref="Bootstrap"/> does, so that one seed draws the same.</summary>
    /// <param name="clusters">The cluster of each row.</param>
    public ClusterSums(IReadOnlyList<string> clusters)
    {
        var numbers = new Dictionary<string, int>();
        _clusterOf = new int[clusters.Count];
        for (var i = 0; i < _clusterOf.Length; i++)
        {
            if (!numbers.TryGetValue(clusters[i], out _clusterOf[i]))
                _clusterOf[i] = numbers[clusters[i]] = numbers.Count;
        }
        _sizes = new int[numbers.Count];
        foreach (var cluster in _clusterOf)
            _sizes[cluster]++;
    }

    /// <summary>How many clusters there are.</summary>
    public int Count => _sizes.Length;

    /// <summary>The means of two columns, each with its 95 % percentile interval from the same samples.</summary>
    /// <param name="first">A number for each row.</param>
    /// <param name="second">Another.</param>
    /// <param name="seed">The same seed gives the same samples.</param>
    public (Estimate First, Estimate Second) Means(double[] first, double[] second, int seed)
    {
        var (ofFirst, ofSecond) = (SumsOf(first), SumsOf(second));
        var (firstMeans, secondMeans) = (new List<double>(Samples), new List<double>(Samples));
        var random = new Random(seed);
        for (var sample = 0; sample < Samples; sample++)
        {
            var (a, b, n) = (0.0, 0.0, 0);
            for (var draw = 0; draw < Count; draw++)
            {
                var cluster = random.Next(Count);
                (a, b, n) = (a + ofFirst[cluster], b + ofSecond[cluster], n + _sizes[cluster]);
            }
            firstMeans.Add(a / n);
            secondMeans.Add(b / n);
        }
        return (Bootstrap.Interval(first.Average(), firstMeans), Bootstrap.Interval(second.Average(), secondMeans));
    }

    private double[] SumsOf(double[] column)
    {
        var sums = new double[Count];
        for (var i = 0; i < column.Length; i++)
            sums[_clusterOf[i]] += column[i];
        return sums;
    }
}
