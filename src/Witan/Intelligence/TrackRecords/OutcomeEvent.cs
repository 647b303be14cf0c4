using Witan.Fixes;

namespace Witan.Intelligence.TrackRecords;

/// <summary>One entry of the outcome log: an outcome became known, or a success was rolled back.</summary>
public sealed record OutcomeEvent
{
    /// <summary>The commit-ordered number of the entry, from 1.</summary>
    public required long Sequence { get; init; }

    /// <summary>The fix it is about.</summary>
    public required Guid FixId { get; init; }

    /// <summary>The fix as it was proposed.</summary>
    public required Attempt Attempt { get; init; }

    /// <summary>When it happened, UTC: the completion of the fix, or its rollback.</summary>
    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>Whether the fix worked; false for a rollback.</summary>
    public required bool Success { get; init; }

    /// <summary>How long the fix took, in milliseconds; null when not told.</summary>
    public long? DurationMs { get; init; }

    /// <summary>True when this entry takes an earlier success back.</summary>
    public bool IsRollback { get; init; }
}
