namespace Witan.Intelligence.Models;

/// <summary>The kinds of scorer that are trained. Their names are in artefacts, and so for ever.</summary>
public static class ModelKinds
{
    /// <summary>Logistic regression.</summary>
    public const string Logistic = "logistic";

    /// <summary>Boosted trees.</summary>
    public const string Boosted = "boosted";

    /// <summary>A random forest of 25 trees.</summary>
    public const string SmallForest = "forest-25";

    /// <summary>A larger random forest.</summary>
    public const string Forest = "forest";

    /// <summary>The blend of the others.</summary>
    public const string Ensemble = "ensemble";

    /// <summary>Those that are fitted by themselves; the first is the simplest.</summary>
    public static IReadOnlyList<string> Parts { get; } = [Logistic, Boosted, SmallForest, Forest];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Parts, Ensemble];
}
