namespace Witan.Intelligence.Models;

/// <summary>A measured figure with its 95 % interval (percentile bootstrap over issues).</summary>
/// <param name="Value">The figure; null when it is not defined, for example the AUC of a single class.</param>
/// <param name="Low">The 2.5 % bound.</param>
/// <param name="High">The 97.5 % bound.</param>
public sealed record Estimate(double? Value, double? Low, double? High);

/// <summary>How a scorer did on fixes whose outcomes it had not seen.</summary>
public sealed record ScorerReport
{
    /// <summary>The kind of scorer.</summary>
    public required string Scorer { get; init; }

    /// <summary>How many fixes were judged.</summary>
    public required int N { get; init; }

    /// <summary>How many clusters (issues; repositories where there are none) the bootstrap drew from.</summary>
    public required int Clusters { get; init; }

    /// <summary>The share that succeeded.</summary>
    public required double BaseRate { get; init; }

    /// <summary>The area under the ROC curve: how often a success outranks a failure.</summary>
    public required Estimate Auc { get; init; }

    /// <summary>The mean squared error of the probability (Brier 1950).</summary>
    public required Estimate Brier { get; init; }

    /// <summary>The mean negative log likelihood, in nats.</summary>
    public required Estimate LogLoss { get; init; }

    /// <summary>The expected calibration error over 15 bins of equal width.</summary>
    public required Estimate Ece { get; init; }

    /// <summary>The success rate among the tenth with the highest probability.</summary>
    public required Estimate SuccessAt10 { get; init; }

    /// <summary>The success rate among the quarter with the highest probability.</summary>
    public required Estimate SuccessAt25 { get; init; }

    /// <summary>The success rate among the half with the highest probability.</summary>
    public required Estimate SuccessAt50 { get; init; }

    /// <summary>The probability from which a fix counts as applied without a human.</summary>
    public required double Gate { get; init; }

    /// <summary>The share at or above <see cref="Gate"/>.</summary>
    public required Estimate AutoApplied { get; init; }

    /// <summary>The success rate of that share.</summary>
    public required Estimate AutoAppliedSuccess { get; init; }

    /// <summary>What the gate let through and held back, against what happened.</summary>
    public required Confusion Confusion { get; init; }
}

/// <summary>The confusion matrix at the gate.</summary>
/// <param name="TruePositives">Let through, and succeeded.</param>
/// <param name="FalsePositives">Let through, and failed.</param>
/// <param name="FalseNegatives">Held back, and succeeded.</param>
/// <param name="TrueNegatives">Held back, and failed.</param>
public sealed record Confusion(int TruePositives, int FalsePositives, int FalseNegatives, int TrueNegatives)
{
    /// <summary>The share of what was let through that succeeded; null when nothing was.</summary>
    public double? Precision => Ratio(TruePositives, TruePositives + FalsePositives);

    /// <summary>The share of the successes that were let through; null when there was none.</summary>
    public double? Recall => Ratio(TruePositives, TruePositives + FalseNegatives);

    /// <summary>The harmonic mean of precision and recall; null when neither a success nor a passage was seen.</summary>
    public double? F1 => Ratio(2 * TruePositives, (2 * TruePositives) + FalsePositives + FalseNegatives);

    private static double? Ratio(int part, int whole) => whole == 0 ? null : (double)part / whole;
}
