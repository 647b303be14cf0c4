namespace Witan.Fixes;

/// <summary>Where a fix is in its life.</summary>
public enum FixStatus
{
    /// <summary>Decided, and nothing has been said about it since.</summary>
    Decided,

    /// <summary>Somebody applied it; the outcome is not known yet.</summary>
    Applied,

    /// <summary>Somebody refused it. It has no outcome.</summary>
    Rejected,

    /// <summary>Its vote expired undecided, and no outcome was reported.</summary>
    Expired,

    /// <summary>A vote approved it; nobody has applied it yet.</summary>
    Approved,

    /// <summary>It worked.</summary>
    Succeeded,

    /// <summary>It did not work.</summary>
    Failed,

    /// <summary>It worked and was reverted later, which counts as a failure from that moment.</summary>
    RolledBack,
}

/// <summary>The legal moves between the states of a fix.</summary>
public static class FixLife
{
    /// <summary>True while an outcome may still be reported.</summary>
    public static bool IsOpen(this FixStatus status) => status is FixStatus.Decided or FixStatus.Applied or FixStatus.Expired or FixStatus.Approved;

    /// <summary>True when a fix in this state may be said to be applied or rejected.</summary>
    /// <param name="from">The present state.</param>
    /// <param name="to">The state asked for.</param>
    public static bool MayBecome(this FixStatus from, FixStatus to) => (from, to) switch
    {
        (FixStatus.Decided or FixStatus.Expired or FixStatus.Approved, FixStatus.Applied or FixStatus.Rejected) => true,
        (FixStatus.Decided, FixStatus.Approved or FixStatus.Expired) => true,
        _ => false,
    };
}
