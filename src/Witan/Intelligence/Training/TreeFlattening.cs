using Microsoft.ML.Trainers.FastTree;
using Witan.Intelligence.Models;

namespace Witan.Intelligence.Training;

/// <summary>Writes the trees of ML.NET into a table, with the mean of what is below each inner node.</summary>
internal sealed class TreeFlattening(TreeSample sample, double scale)
{
    private readonly List<int> _roots = [], _features = [], _lefts = [];
    private readonly List<float> _thresholds = [];
    private readonly List<double> _values = [];

    /// <summary>The table of trees.</summary>
    /// <param name="trees">The trees.</param>
    /// <param name="sample">The rows that they were grown on.</param>
    /// <param name="bias">The bias of the table.</param>
    /// <param name="scale">What the leaves are multiplied by.</param>
    /// <param name="cancel">Stops between trees.</param>
    public static TreeTable TableOf(IReadOnlyList<RegressionTreeBase> trees, TreeSample sample, double bias, double scale, CancellationToken cancel)
    {
        var flattening = new TreeFlattening(sample, scale);
        foreach (var tree in trees)
        {
            cancel.ThrowIfCancellationRequested();
            flattening.Add(tree);
        }
        return new(bias, [.. flattening._roots], [.. flattening._features], [.. flattening._thresholds], [.. flattening._lefts], [.. flattening._values]);
    }

    // Level by level, so that siblings are neighbours. ML.NET numbers the inner nodes from 0 up and the leaves from -1 down.
    private void Add(RegressionTreeBase tree)
    {
        var root = _lefts.Count;
        var open = new Queue<int>([tree.NumberOfNodes == 0 ? ~0 : 0]);
        _roots.Add(root);
        while (open.TryDequeue(out var node))
        {
            var inner = node >= 0;
            _features.Add(inner ? sample.Columns[tree.NumericalSplitFeatureIndexes[node]] : 0);
            _thresholds.Add(inner ? tree.NumericalSplitThresholds[node] : 0);
            _values.Add(inner ? 0 : scale * tree.LeafValues[~node]);
            _lefts.Add(inner ? _lefts.Count + open.Count + 1 : TreeTable.Leaf);
            if (!inner)
                continue;
            open.Enqueue(tree.LeftChild[node]);
            open.Enqueue(tree.RightChild[node]);
        }
        SetInnerValues(root, RowsPerLeaf(root));
    }

    private int[] RowsPerLeaf(int root)
    {
        var columns = new int[_lefts.Count - root];
        for (var i = root; i < _lefts.Count; i++)
            columns[i - root] = _lefts[i] == TreeTable.Leaf ? -1 : Array.BinarySearch(sample.Columns, _features[i]);
        var counts = new int[_lefts.Count - root];
        foreach (var row in sample.Rows)
        {
            var i = root;
            while (columns[i - root] is >= 0 and var column)
                i = _lefts[i] + (row.Features[column] > _thresholds[i] ? 1 : 0);
            counts[i - root]++;
        }
        return counts;
    }

    private void SetInnerValues(int root, int[] counts)
    {
        for (var i = _lefts.Count - 1; i >= root; i--)
        {
            if (_lefts[i] == TreeTable.Leaf)
                continue;
            var (left, right) = (_lefts[i], _lefts[i] + 1);
            var (leftRows, rightRows) = (counts[left - root], counts[right - root]);
            counts[i - root] = leftRows + rightRows;
            _values[i] = counts[i - root] == 0 // no row came here, so there is nothing to weigh by
                ? (_values[left] + _values[right]) / 2
                : ((leftRows * _values[left]) + (rightRows * _values[right])) / counts[i - root];
        }
    }
}
