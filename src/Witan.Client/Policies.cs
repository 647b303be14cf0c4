namespace Witan.Client;

/// <summary>The rules that turn a confidence into a decision.</summary>
public sealed record PolicyDocument
{
    /// <summary>The least confidence for auto-apply, 0 to 1.</summary>
    public double? AutoApply { get; init; }

    /// <summary>The least confidence for review, 0 to <see cref="AutoApply"/>.</summary>
    public double? Review { get; init; }

    /// <summary>A change of more lines than this is reviewed.</summary>
    public int? MaxChangedLines { get; init; }

    /// <summary>More open or failed attempts than this, of one agent on one issue in 24 hours, are reviewed.</summary>
    public int? MaxRecentAttempts { get; init; }

    /// <summary>With fewer known outcomes of this agent or on this issue than this, a fix is reviewed.</summary>
    public int? MinComparableOutcomes { get; init; }

    /// <summary>With so many votes open, an escalation becomes a review.</summary>
    public int? MaxOpenVotes { get; init; }

    /// <summary>The share of what is auto-applied that may fail; it stands in the place of <see cref="AutoApply"/>. Null for a fixed threshold.</summary>
    public double? RiskBudget { get; init; }

    /// <summary>The gate that was chosen for the risk budget; null without one. Told, never given.</summary>
    public RiskGateDocument? RiskGate { get; init; }

    /// <summary>Paths that no fix may touch unreviewed.</summary>
    public IReadOnlyList<string>? ProtectedPaths { get; init; }

    /// <summary>Paths that only a dependency_fix may touch unreviewed.</summary>
    public IReadOnlyList<string>? LockFiles { get; init; }

    /// <summary>Other thresholds for some strategies or repositories; the most specific one that fits counts.</summary>
    public IReadOnlyList<PolicyOverride>? Overrides { get; init; }
}

/// <summary>The gate that was chosen for a risk budget.</summary>
/// <param name="Threshold">The least confidence that is auto-applied; null when nothing could be promised.</param>
/// <param name="Labels">How many outcomes it was chosen on.</param>
/// <param name="Above">How many of them had a confidence at or above it.</param>
/// <param name="Failures">How many of those failed.</param>
/// <param name="Reason">In words.</param>
/// <param name="ChosenAt">When it was chosen.</param>
/// <param name="Applied">How many fixes were auto-applied since and have an outcome.</param>
/// <param name="AppliedFailures">How many of those failed.</param>
/// <param name="Broken">True when that breaks the budget: everything is reviewed until another gate is chosen.</param>
public sealed record RiskGateDocument(
    double? Threshold, int Labels, int Above, int Failures, string Reason, DateTimeOffset ChosenAt, int Applied, int AppliedFailures, bool Broken);

/// <summary>Other thresholds for a strategy, a repository, or one in the other.</summary>
public sealed record PolicyOverride
{
    /// <summary>The strategy; null for every one.</summary>
    public string? Strategy { get; init; }

    /// <summary>The repository; null for every one.</summary>
    public string? Repository { get; init; }

    /// <summary>The least confidence for auto-apply; null to keep the general one.</summary>
    public double? AutoApply { get; init; }

    /// <summary>The least confidence for review; null to keep the general one.</summary>
    public double? Review { get; init; }
}

/// <summary>A question: what would this policy have decided?</summary>
public sealed record DryRunRequest
{
    /// <summary>The policy; what is absent is as in force.</summary>
    public required PolicyDocument Policy { get; init; }

    /// <summary>Fixes proposed at or after this time; all when absent.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Fixes proposed before this time; all when absent.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>What a policy would have decided on history.</summary>
/// <param name="Fixes">Fixes looked at.</param>
/// <param name="Judged">Those it would have decided.</param>
/// <param name="Changed">Those it would have decided otherwise than was done.</param>
/// <param name="Decisions">The decisions it would have made.</param>
/// <param name="NotJudged">Those it cannot decide, with why.</param>
public sealed record DryRunAnswer(long Fixes, long Judged, long Changed, IReadOnlyList<DryRunDecision> Decisions, IReadOnlyList<DryRunGap> NotJudged);

/// <summary>One kind of decision.</summary>
/// <param name="Decision">The decision.</param>
/// <param name="Fixes">How many fixes would have got it.</param>
/// <param name="Outcomes">How many of them have a known outcome.</param>
/// <param name="Successes">How many of those worked.</param>
/// <param name="SuccessRate">The mean of the posterior of the rate; null when no outcome is known.</param>
/// <param name="Interval">Its 90 % interval; null when no outcome is known.</param>
public sealed record DryRunDecision(FixDecision Decision, long Fixes, long Outcomes, long Successes, double? SuccessRate, IReadOnlyList<double>? Interval);

/// <summary>Fixes that cannot be decided anew.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Fixes">How many.</param>
public sealed record DryRunGap(string Reason, long Fixes);
