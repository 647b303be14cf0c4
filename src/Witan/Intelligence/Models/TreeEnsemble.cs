using System.Runtime.CompilerServices;

namespace Witan.Intelligence.Models;

/// <summary>
/// Decision trees whose sum is a score, laid out for speed: eight trees are walked at once, each as deep as the deepest of
/// them, so that the processor never has to guess where a path ends. It never changes and is safe to share.
/// </summary>
public sealed class TreeEnsemble
{
    private const int Lanes = 8;

    private readonly Node[] _nodes;
    private readonly double[] _values;
    private readonly Group[] _groups;
    private readonly int[] _roots;

    /// <summary>Makes the trees of a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="featureCount">How many features a row has.</param>
    /// <exception cref="ArgumentException">The table has a <see cref="TreeTable.Fault"/>.</exception>
    public TreeEnsemble(TreeTable table, int featureCount)
    {
        if (table.Fault(featureCount) is { } fault)
            throw new ArgumentException(fault, nameof(table));
        FeatureCount = featureCount;
        Bias = table.Bias;
        _roots = table.Roots;
        var padding = table.Lefts.Length; // a leaf that adds nothing, for lanes without a tree
        _nodes = [.. table.Lefts.Select((left, i) => NodeOf(table, left, i)), new(double.PositiveInfinity, 0, padding)];
        _values = [.. table.Values, 0];
        _groups = GroupsOf(table, padding);
        Expected = Bias + _roots.Sum(root => _values[root]);
    }

    /// <summary>How many features a row has.</summary>
    public int FeatureCount { get; }

    /// <summary>The score before any tree has spoken.</summary>
    public double Bias { get; }

    /// <summary>The mean score of the rows that were trained on: contributions tell how a row differs from it.</summary>
    public double Expected { get; }

    /// <summary>The sum of the trees, in the unit they were trained for. It allocates nothing.</summary>
    /// <param name="features">One row; what is not a number goes left.</param>
    public double Score(ReadOnlySpan<double> features)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(features.Length, FeatureCount, nameof(features));
        var (nodes, values, sum) = (_nodes, _values, Bias);
        foreach (ref readonly var group in _groups.AsSpan())
        {
            var (a, b, c, d, e, f, g, h) = (group.A, group.B, group.C, group.D, group.E, group.F, group.G, group.H);
            for (var level = group.Depth; level > 0; level--)
            {
                a = Child(nodes, a, features);
                b = Child(nodes, b, features);
                c = Child(nodes, c, features);
                d = Child(nodes, d, features);
                e = Child(nodes, e, features);
                f = Child(nodes, f, features);
                g = Child(nodes, g, features);
                h = Child(nodes, h, features);
            }
            sum += values[a] + values[b] + values[c] + values[d] + values[e] + values[f] + values[g] + values[h];
        }
        return sum;
    }

    /// <summary>
    /// Adds to each feature what it did to the score: on the path of a row, each comparison moves the expected score by the
    /// difference of two neighbouring nodes. The sum of all is the score less <see cref="Expected"/>. It allocates nothing.
    /// </summary>
    /// <param name="features">One row.</param>
    /// <param name="scale">What to multiply the differences by.</param>
    /// <param name="contributions">One number for each feature, which is added to.</param>
    public void Contribute(ReadOnlySpan<double> features, double scale, Span<double> contributions)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(features.Length, FeatureCount, nameof(features));
        ArgumentOutOfRangeException.ThrowIfNotEqual(contributions.Length, FeatureCount, nameof(contributions));
        foreach (var root in _roots)
        {
            var (at, child) = (root, Child(_nodes, root, features));
            while (child != at)
            {
                contributions[_nodes[at].Feature] += scale * (_values[child] - _values[at]);
                (at, child) = (child, Child(_nodes, child, features));
            }
        }
    }

    // Without a branch on the comparison: there is nothing to predict.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Child(Node[] nodes, int at, ReadOnlySpan<double> features)
    {
        ref readonly var node = ref nodes[at];
        return node.Left + (features[node.Feature] > node.Threshold ? 1 : 0);
    }

    // A leaf is its own left child, and nothing is beyond its threshold: a walk that goes on stays there.
    private static Node NodeOf(TreeTable table, int left, int index) =>
        left == TreeTable.Leaf ? new(double.PositiveInfinity, 0, index) : new(AsDouble(table.Thresholds[index]), table.Features[index], left);

    // The greatest double that a float threshold is not below: (float)x > threshold exactly when x > this. Half way to the
    // next float the conversion rounds to the even one of the two.
    private static double AsDouble(float threshold)
    {
        var next = threshold == float.MaxValue ? Math.ScaleB(1, 128) : MathF.BitIncrement(threshold);
        var middle = (threshold + next) / 2;
        return (float)middle > threshold ? Math.BitDecrement(middle) : middle;
    }

    // Trees of about the same depth are walked together.
    private static Group[] GroupsOf(TreeTable table, int padding)
    {
        var depths = DepthsOf(table.Lefts);
        return [.. table.Roots.OrderBy(root => depths[root]).Chunk(Lanes).Select(roots =>
        {
            int[] r = [.. roots, .. Enumerable.Repeat(padding, Lanes - roots.Length)];
            return new Group(depths[roots[^1]], r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7]);
        })];
    }

    private static int[] DepthsOf(int[] lefts)
    {
        var depths = new int[lefts.Length];
        for (var i = lefts.Length - 1; i >= 0; i--)
        {
            if (lefts[i] != TreeTable.Leaf)
                depths[i] = 1 + Math.Max(depths[lefts[i]], depths[lefts[i] + 1]);
        }
        return depths;
    }

    private readonly record struct Node(double Threshold, int Feature, int Left);

    private readonly record struct Group(int Depth, int A, int B, int C, int D, int E, int F, int G, int H);
}
