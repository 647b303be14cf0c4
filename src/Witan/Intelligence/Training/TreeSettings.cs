namespace Witan.Intelligence.Training;

/// <summary>How trees are grown.</summary>
public sealed record TreeSettings
{
    /// <summary>How many trees at the most: one that finds nothing to split on is left out.</summary>
    public int Trees { get; init; } = 100;

    /// <summary>How many leaves a tree has at the most, from 2 on.</summary>
    public int Leaves { get; init; } = 20;

    /// <summary>How many training rows a leaf holds at the least; in a forest, of the rows that the tree has drawn.</summary>
    public int LeastRowsPerLeaf { get; init; } = 10;

    /// <summary>The share of the features that each tree draws, above 0 and up to 1.</summary>
    public double FeatureFraction { get; init; } = 1;

    /// <summary>The chance that a split considers a feature of its tree, above 0 and up to 1.</summary>
    public double FeatureFractionPerSplit { get; init; } = 0.7;

    /// <summary>How much of each tree a boosted score takes, above 0; a forest has no use for it.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>Decides everything that is drawn: the same rows, settings and seed give the same trees.</summary>
    public int Seed { get; init; } = 1;
}
