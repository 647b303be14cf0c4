namespace Witan.Fixes;

/// <summary>
/// What is known of a fix at the moment it is proposed, and nothing that is known only later. Everything that judges a
/// fix takes this type, so that an outcome cannot enter by accident.
/// </summary>
public sealed record Attempt
{
    /// <summary>The agent that proposes the fix.</summary>
    public required string AgentId { get; init; }

    /// <summary>The make of the agent (for example a product name), shared by its versions; null when not told.</summary>
    public string? Family { get; init; }

    /// <summary>The language model behind the agent; null when not told.</summary>
    public string? Model { get; init; }

    /// <summary>The kind of fix, as reported.</summary>
    public required string Strategy { get; init; }

    /// <summary>The stable key of the problem; null when the reporter has none.</summary>
    public string? Issue { get; init; }

    /// <summary>Where the fix would go; null when not told.</summary>
    public string? Repository { get; init; }

    /// <summary>The field of work (for example <c>backend</c>); null when not told.</summary>
    public string? Domain { get; init; }

    /// <summary>What the failure said; null when not told.</summary>
    public string? Error { get; init; }

    /// <summary>How large the change is; null when not told.</summary>
    public ChangeSize? Changes { get; init; }

    /// <summary>Free facts that the reporter sends, booleans as 0 and 1.</summary>
    public IReadOnlyDictionary<string, double> Attributes { get; init; } = NoAttributes;

    /// <summary>The moment as of which the fix is judged, UTC.</summary>
    public required DateTimeOffset ProposedAt { get; init; }

    private static readonly IReadOnlyDictionary<string, double> NoAttributes = new Dictionary<string, double>();
}

/// <summary>The size of a proposed change. A number that was not told is null, which is not the same as 0.</summary>
/// <param name="Files">How many files it touches.</param>
/// <param name="LinesAdded">Lines it adds.</param>
/// <param name="LinesDeleted">Lines it deletes.</param>
/// <param name="Paths">The files, relative to the root of the repository.</param>
public sealed record ChangeSize(int? Files, int? LinesAdded, int? LinesDeleted, IReadOnlyList<string> Paths)
{
    /// <summary>Lines added and deleted together, or null when neither was told.</summary>
    public long? Lines => LinesAdded is null && LinesDeleted is null ? null : (long)(LinesAdded ?? 0) + (LinesDeleted ?? 0);
}
