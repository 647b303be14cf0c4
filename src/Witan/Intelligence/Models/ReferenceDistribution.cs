namespace Witan.Intelligence.Models;

/// <summary>How the values of a feature or a score lay when a model was trained, to tell whether they still do.</summary>
/// <param name="Edges">Ascending edges of the bins. A value equal to an edge belongs to the bin above it; the outer bins have no end.</param>
/// <param name="Shares">The share of the values in each bin, one more than edges; they sum to 1, and some may be 0.</param>
/// <param name="Count">How many values there were.</param>
public sealed record ReferenceDistribution(double[] Edges, double[] Shares, int Count)
{
    private const int MostBins = 10;
    private const double Pseudo = 0.5; // of a count for each bin keeps logarithms finite
    private const double Customary = 0.25;

    /// <summary>
    /// Up to ten bins between the deciles. A value that is several deciles at once, as the 0 of something unknown often is,
    /// gets a bin for itself, so that values moving away from it to either side are seen.
    /// </summary>
    /// <param name="values">Finite values in any order.</param>
    public static ReferenceDistribution Of(ReadOnlySpan<double> values)
    {
        double[] sorted = [.. values];
        Array.Sort(sorted);
        var edges = new List<double>();
        for (var decile = 1; decile < MostBins && sorted.Length > 0; decile++)
        {
            var edge = sorted[(int)((long)decile * sorted.Length / MostBins)];
            if (edges.Count == 0 || edge > edges[^1])
                edges.Add(edge);
            else if (edge == edges[^1])
                edges.Add(Math.BitIncrement(edge)); // the end of that value's own bin; a third time neither branch is taken
        }
        double[] bounds = [.. edges];
        return sorted.Length == 0
            ? new([], [1], 0)
            : new(bounds, [.. Counts(bounds, sorted).Select(n => n / (double)sorted.Length)], sorted.Length);
    }

    /// <summary>
    /// The population stability index of recent values: ∑ (a - e) ln(a / e) over the bins, with a the recent share and e the
    /// reference's (Lewis 1994, "An introduction to credit scoring"; Siddiqi 2006, "Credit risk scorecards"). It is Jeffreys'
    /// divergence (1946, "An invariant form for the prior probability in estimation problems"), 0 for equal shares.
    /// </summary>
    /// <remarks>
    /// Customary reading: below 0.1 nothing changed, above 0.25 a lot did. It says nothing of small samples; compare with
    /// <see cref="AlarmAbove"/>. The shares on both sides are drawn towards those of all values together, by half a count for
    /// each bin: a bin that is empty on one side stays finite, and one that is empty on both adds nothing.
    /// </remarks>
    /// <param name="recent">Finite values in any order.</param>
    /// <returns>At least 0; 0 without values.</returns>
    public double StabilityIndex(ReadOnlySpan<double> recent)
    {
        var counts = Counts(Edges, recent);
        var (pseudo, index) = (Pseudo * counts.Length, 0.0);
        for (var bin = 0; bin < counts.Length; bin++)
        {
            var before = Count * Shares[bin];
            if (before + counts[bin] == 0)
                continue;
            var drawn = pseudo * (before + counts[bin]) / (Count + recent.Length);
            var (a, e) = ((counts[bin] + drawn) / (recent.Length + pseudo), (before + drawn) / (Count + pseudo));
            index += (a - e) * Math.Log(a / e);
        }
        return index;
    }

    /// <summary>
    /// The index above which recent values differ: 0.25 and what chance alone adds on average. Between samples of n and m
    /// values from one distribution the index is about (1/n + 1/m) times a chi-square variable with one degree of freedom
    /// less than there are bins (Yurdakul 2018, "Statistical properties of population stability index").
    /// </summary>
    /// <param name="recent">How many recent values there are.</param>
    /// <returns>At least 0.25; infinite while either side has no values.</returns>
    public double AlarmAbove(int recent) => Count == 0 ? double.PositiveInfinity : Customary + (Edges.Length * ((1.0 / Count) + (1.0 / recent)));

    private static int[] Counts(double[] edges, ReadOnlySpan<double> values)
    {
        var counts = new int[edges.Length + 1];
        foreach (var value in values)
        {
            var at = Array.BinarySearch(edges, value);
            counts[at < 0 ? ~at : at + 1]++;
        }
        return counts;
    }
}
