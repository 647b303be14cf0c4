using Witan.Intelligence.Models;

namespace Witan.Tests.Intelligence.Models;

/// <summary>Tables of random trees, and the score of a row by the definition of a table.</summary>
internal static class RandomTrees
{
    public static TreeTable Table(Random random, int trees, int mostSplits, int features)
    {
        List<int> roots = [], compared = [], lefts = [];
        List<float> thresholds = [];
        List<double> values = [];
        for (var tree = 0; tree < trees; tree++)
        {
            roots.Add(AddLeaf());
            var leaves = new List<int> { roots[^1] };
            for (var split = random.Next(mostSplits + 1); split > 0; split--)
            {
                var node = leaves[random.Next(leaves.Count)];
                // Children come after all that is there, so that nodes of a tree may be split in any order.
                (compared[node], thresholds[node], lefts[node]) = (random.Next(features), random.NextSingle(), AddLeaf());
                AddLeaf();
                leaves.Remove(node);
                leaves.AddRange([lefts[node], lefts[node] + 1]);
            }
        }
        return new(random.NextDouble(), [.. roots], [.. compared], [.. thresholds], [.. lefts], [.. values]);

        int AddLeaf()
        {
            compared.Add(0);
            lefts.Add(TreeTable.Leaf);
            thresholds.Add(0);
            values.Add(random.NextDouble() - 0.5);
            return lefts.Count - 1;
        }
    }

    /// <summary>Rows between 0 and 1, half of whose features lie on a threshold or on one of its neighbours.</summary>
    public static double[] Row(Random random, TreeTable table, int features) => [.. Enumerable.Range(0, features).Select(_ =>
    {
        double threshold = table.Thresholds.Length == 0 ? 0 : table.Thresholds[random.Next(table.Thresholds.Length)];
        return random.Next(6) switch
        {
            0 => threshold,
            1 => Math.BitIncrement(threshold),
            2 => MathF.BitIncrement((float)threshold),
            _ => random.NextDouble(),
        };
    })];

    public static double Score(TreeTable table, double[] row) => table.Bias + table.Roots.Sum(root => table.Values[Path(table, root, row)[^1]]);

    /// <summary>The nodes that a row passes, from the root to a leaf.</summary>
    public static List<int> Path(TreeTable table, int root, double[] row)
    {
        var path = new List<int> { root };
        while (table.Lefts[path[^1]] != TreeTable.Leaf)
            path.Add(table.Lefts[path[^1]] + ((float)row[table.Features[path[^1]]] <= table.Thresholds[path[^1]] ? 0 : 1));
        return path;
    }
}
