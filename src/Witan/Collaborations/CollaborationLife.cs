namespace Witan.Collaborations;

/// <summary>Where a collaboration is in its life.</summary>
public enum CollaborationStatus
{
    /// <summary>Being planned.</summary>
    Planning,

    /// <summary>Being carried out.</summary>
    Executing,

    /// <summary>Being tested.</summary>
    Testing,

    /// <summary>Done; the only state with an outcome.</summary>
    Complete,

    /// <summary>Given up.</summary>
    Cancelled,

    /// <summary>Its deadline passed.</summary>
    Expired,
}

/// <summary>The legal moves between the states of a collaboration.</summary>
public static class CollaborationLife
{
    /// <summary>True while it goes on.</summary>
    public static bool IsOpen(this CollaborationStatus status) => status <= CollaborationStatus.Testing;

    /// <summary>True when the move is legal: one step forward, or cancelled or expired from any open state.</summary>
    /// <param name="from">The present state.</param>
    /// <param name="to">The state asked for.</param>
    public static bool MayBecome(this CollaborationStatus from, CollaborationStatus to) =>
        from.IsOpen() && (to is CollaborationStatus.Cancelled or CollaborationStatus.Expired || to == from + 1);
}
