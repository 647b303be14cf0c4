namespace Witan.Fixes;

/// <summary>
/// The rules that stand above the score. A score at or above <see cref="AutoApply"/> is applied only when no rule
/// objects; a rule never makes a decision bolder.
/// </summary>
public sealed record Policy
{
    /// <summary>The least confidence for auto-apply, 0 to 1.</summary>
    public double AutoApply { get; init; } = 0.85;

    /// <summary>
    /// The share of what is auto-applied that may fail, above 0 and at most one half; null for a fixed threshold. The threshold is
    /// chosen by <see cref="RiskBudget"/> then, in the place of <see cref="AutoApply"/>.
    /// </summary>
    public double? RiskBudget { get; init; }

    /// <summary>The least confidence for review; below it the fix is escalated. 0 to <see cref="AutoApply"/>.</summary>
    public double Review { get; init; } = 0.60;

    /// <summary>A change of more lines than this (added and deleted) is reviewed.</summary>
    public int MaxChangedLines { get; init; } = 400;

    /// <summary>More open or failed attempts than this, of one agent on one issue in <see cref="AttemptWindow"/>, are reviewed.</summary>
    public int MaxRecentAttempts { get; init; } = 3;

    /// <summary>With fewer known outcomes of this agent or on this issue than this, the fix is reviewed.</summary>
    public int MinComparableOutcomes { get; init; } = 30;

    /// <summary>With so many votes open, an escalation becomes a review.</summary>
    public int MaxOpenVotes { get; init; } = 100;

    /// <summary>Other thresholds for some strategies or repositories; the most specific one that fits counts.</summary>
    public IReadOnlyList<ThresholdOverride> Overrides { get; init; } = [];

    /// <summary>Paths that no fix may touch unreviewed.</summary>
    public PathGlobs ProtectedPaths { get; init; } = new(PathGlobs.DefaultProtected);

    /// <summary>Paths that only a <c>dependency_fix</c> may touch unreviewed.</summary>
    public PathGlobs LockFiles { get; init; } = new(PathGlobs.DefaultLockFiles);

    /// <summary>The largest <see cref="RiskBudget"/>.</summary>
    public const double MostRiskBudget = 0.5;

    /// <summary>How far back <see cref="MaxRecentAttempts"/> looks.</summary>
    public static TimeSpan AttemptWindow => TimeSpan.FromHours(24);

    /// <summary>Turns a score into a decision and names the rule that applied.</summary>
    /// <param name="attempt">The proposed fix.</param>
    /// <param name="confidence">Its probability of success, or null when nothing is known in the whole fleet.</param>
    /// <param name="comparableOutcomes">Known outcomes of this agent or on this issue.</param>
    /// <param name="recentAttempts">Open or failed attempts of this agent on this issue within <see cref="AttemptWindow"/>.</param>
    public Verdict Decide(Attempt attempt, double? confidence, int comparableOutcomes, int recentAttempts)
    {
        if (confidence is not { } p || double.IsNaN(p))
            return new(Decision.Review, "no_outcomes", "no outcome is known in the whole fleet yet");
        var (autoApply, review) = ThresholdsOf(attempt);
        if (p < review)
            return new(Decision.Escalate, null, $"the confidence is below {review:0.##}");
        if (p < autoApply)
            return new(Decision.Review, null, $"the confidence is below {autoApply:0.##}");
        return Objection(attempt, comparableOutcomes, recentAttempts)
            ?? new(Decision.AutoApply, null, $"the confidence is at least {autoApply:0.##}");
    }

    /// <summary>The first override under which the threshold of review would lie above that of auto-apply, or null.</summary>
    public ThresholdOverride? Contradiction => Overrides.FirstOrDefault(o => (o.Review ?? Review) > (o.AutoApply ?? AutoApply));

    /// <summary>What an escalation becomes while <see cref="MaxOpenVotes"/> votes are open.</summary>
    public Verdict TooManyVotes => Reviewed("open_votes", $"{MaxOpenVotes} votes are open already, so a person has to look");

    /// <summary>The thresholds for an attempt: those of its strategy in its repository, else its repository's, else its strategy's, else the general ones.</summary>
    public (double AutoApply, double Review) ThresholdsOf(Attempt attempt)
    {
        ThresholdOverride? best = null;
        foreach (var candidate in Overrides)
        {
            if (candidate.Fits(attempt) && candidate.Specificity > (best?.Specificity ?? 0))
                best = candidate;
        }
        return (best?.AutoApply ?? AutoApply, best?.Review ?? Review);
    }

    private Verdict? Objection(Attempt attempt, int comparableOutcomes, int recentAttempts)
    {
        var paths = attempt.Changes?.Paths ?? [];
        if (ProtectedPaths.FirstMatch(paths) is { } guarded)
            return Reviewed("protected_path", $"{guarded} is a protected path");
        if (attempt.Strategy != FixStrategies.DependencyFix && LockFiles.FirstMatch(paths) is { } locked)
            return Reviewed("protected_path", $"{locked} is a lock file and the strategy is not {FixStrategies.DependencyFix}");
        if (attempt.Changes?.Lines is { } lines && lines > MaxChangedLines)
            return Reviewed("change_size", $"{lines} changed lines are more than {MaxChangedLines}");
        if (recentAttempts > MaxRecentAttempts)
            return Reviewed("recent_attempts", $"{recentAttempts} open or failed attempts of this agent on this issue in 24 hours are more than {MaxRecentAttempts}");
        if (comparableOutcomes < MinComparableOutcomes)
            return Reviewed("few_comparable_outcomes", $"{comparableOutcomes} comparable outcomes are fewer than {MinComparableOutcomes}");
        return null;
    }

    private static Verdict Reviewed(string rule, string reason) => new(Decision.Review, rule, reason);
}

/// <summary>Other thresholds for a strategy, a repository, or one in the other.</summary>
/// <param name="Strategy">The strategy; null for every one.</param>
/// <param name="Repository">The repository; null for every one.</param>
/// <param name="AutoApply">The least confidence for auto-apply; null to keep the general one.</param>
/// <param name="Review">The least confidence for review; null to keep the general one.</param>
public sealed record ThresholdOverride(string? Strategy, string? Repository, double? AutoApply, double? Review)
{
    /// <summary>How closely it names what it is for: 0 for anything, 3 for a strategy in a repository.</summary>
    internal int Specificity => (Repository is null ? 0 : 2) + (Strategy is null ? 0 : 1);

    /// <summary>True when the attempt is what it names.</summary>
    internal bool Fits(Attempt attempt) =>
        (Strategy is null || Strategy == attempt.Strategy) && (Repository is null || Repository == attempt.Repository);
}

/// <summary>A decision and why.</summary>
/// <param name="Decision">The decision.</param>
/// <param name="Rule">The rule that overruled the score, or null when the score alone decided.</param>
/// <param name="Reason">The same in words.</param>
public readonly record struct Verdict(Decision Decision, string? Rule, string Reason);
