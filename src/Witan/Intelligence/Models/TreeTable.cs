namespace Witan.Intelligence.Models;

/// <summary>
/// Decision trees as arrays with one element for each node, which is how a model file keeps them. The two children of a
/// node are neighbours and come after it. A feature is compared as a float: beyond the threshold goes right.
/// </summary>
/// <param name="Bias">What the score is before any tree has spoken, in the unit of the score.</param>
/// <param name="Roots">The node that each tree begins with.</param>
/// <param name="Features">The index of the feature that a node compares; unused in a leaf.</param>
/// <param name="Thresholds">Features above this go to the right child, all others to the left; unused in a leaf.</param>
/// <param name="Lefts">The left child of a node, which the right child follows; 0 in a leaf.</param>
/// <param name="Values">
/// What the tree is expected to add to the score once a row is at this node: in a leaf what it does add, elsewhere the mean
/// of that over the rows that it was trained on.
/// </param>
public sealed record TreeTable(double Bias, int[] Roots, int[] Features, float[] Thresholds, int[] Lefts, double[] Values)
{
    /// <summary>Marks a leaf in <see cref="Lefts"/>: the first node is nobody's child.</summary>
    public const int Leaf = 0;

    /// <summary>What keeps the trees from being walked, in one sentence; null when nothing does.</summary>
    /// <param name="featureCount">How many features there are to compare.</param>
    public string? Fault(int featureCount)
    {
        var n = Lefts.Length;
        if (Features.Length != n || Thresholds.Length != n || Values.Length != n)
            return "The model's trees are not whole: their arrays differ in length.";
        if (!double.IsFinite(Bias) || !Values.All(double.IsFinite) || !Thresholds.All(float.IsFinite))
            return "The model's trees hold a number that is not finite.";
        return FaultOfNodes(featureCount) ?? FaultOfShape();
    }

    private string? FaultOfNodes(int featureCount)
    {
        for (var i = 0; i < Lefts.Length; i++)
        {
            if (Lefts[i] == Leaf)
                continue;
            if (Lefts[i] <= i || Lefts[i] >= Lefts.Length - 1)
                return $"Node {i} of the model's trees has children where none can be.";
            if (Features[i] < 0 || Features[i] >= featureCount)
                return $"Node {i} of the model's trees compares a feature that does not exist.";
        }
        return null;
    }

    // Every node is a root or the child of one other node. Together with children that come after their parents, the nodes
    // are then trees: no path is endless, and none is shared.
    private string? FaultOfShape()
    {
        var parents = new int[Lefts.Length];
        foreach (var root in Roots)
        {
            if (root < 0 || root >= parents.Length)
                return "A tree of the model begins at a node that does not exist.";
            parents[root]++;
        }
        foreach (var left in Lefts)
        {
            if (left == Leaf)
                continue;
            parents[left]++;
            parents[left + 1]++;
        }
        var stray = Array.FindIndex(parents, count => count != 1);
        return stray < 0 ? null : $"Node {stray} of the model's trees belongs to {(parents[stray] == 0 ? "no tree" : "more than one tree or node")}.";
    }
}
