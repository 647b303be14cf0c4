namespace Witan.Fixes;

/// <summary>
/// The rules that stand above the score. A score at or above <see cref="AutoApply"/> is applied only when no rule
/// objects; a rule never makes a decision bolder.
/// </summary>
public sealed record Policy
{
    /// <summary>The least confidence for auto-apply, 0 to 1.</summary>
    public double AutoApply { get; init; } = 0.85;

    /// <summary>The least confidence for review; below it the fix is escalated. 0 to <see cref="AutoApply"/>.</summary>
    public double Review { get; init; } = 0.60;

    /// <summary>A change of more lines than this (added and deleted) is reviewed.</summary>
    public int MaxChangedLines { get; init; } = 400;

    /// <summary>More open or failed attempts than this, of one agent on one issue in <see cref="AttemptWindow"/>, are reviewed.</summary>
    public int MaxRecentAttempts { get; init; } = 3;

    /// <summary>With fewer known outcomes of this agent or on this issue than this, the fix is reviewed.</summary>
    public int MinComparableOutcomes { get; init; } = 30;

    /// <summary>Paths that no fix may touch unreviewed.</summary>
    public PathGlobs ProtectedPaths { get; init; } = new(PathGlobs.DefaultProtected);

    /// <summary>Paths that only a <c>dependency_fix</c> may touch unreviewed.</summary>
    public PathGlobs LockFiles { get; init; } = new(PathGlobs.DefaultLockFiles);

    /// <summary>How far back <see cref="MaxRecentAttempts"/> looks.</summary>
    public static TimeSpan AttemptWindow => TimeSpan.FromHours(24);

    /// <summary>Turns a score into a decision and names the rule that applied.</summary>
    /// <param name="attempt">The proposed fix.</param>
    /// <param name="confidence">Its probability of success, or null when nothing is known in the whole fleet.</param>
    /// <param name="comparableOutcomes">Known outcomes of this agent or on this issue.</param>
    /// <param name="recentAttempts">Open or failed attempts of this agent on this issue within <see cref="AttemptWindow"/>.</param>
    public Verdict Decide(Attempt attempt, double? confidence, int comparableOutcomes, int recentAttempts)
    {
        if (confidence is not { } p)
            return new(Decision.Review, "no_outcomes", "no outcome is known in the whole fleet yet");
        if (p < Review)
            return new(Decision.Escalate, null, $"the confidence is below {Review:0.##}");
        if (p < AutoApply)
            return new(Decision.Review, null, $"the confidence is below {AutoApply:0.##}");
        return Objection(attempt, comparableOutcomes, recentAttempts)
            ?? new(Decision.AutoApply, null, $"the confidence is at least {AutoApply:0.##}");
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

/// <summary>A decision and why.</summary>
/// <param name="Decision">The decision.</param>
/// <param name="Rule">The rule that overruled the score, or null when the score alone decided.</param>
/// <param name="Reason">The same in words.</param>
public readonly record struct Verdict(Decision Decision, string? Rule, string Reason);
