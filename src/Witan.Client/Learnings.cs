namespace Witan.Client;

/// <summary>A learning as it is reported. A second report of the same pattern reinforces the first.</summary>
public sealed record LearningReport
{
    /// <summary>Its unique slug: 1 to 200 letters, digits, dots, colons, dashes and underscores.</summary>
    public required string Pattern { get; init; }

    /// <summary>The problem, in words.</summary>
    public required string Problem { get; init; }

    /// <summary>What solves it, in words.</summary>
    public required string Solution { get; init; }

    /// <summary>An example.</summary>
    public string? CodeExample { get; init; }

    /// <summary>The domains it applies to, at least one.</summary>
    public required IReadOnlyList<string> AgentDomains { get; init; }

    /// <summary>The layers it applies to, 0 to 1000.</summary>
    public IReadOnlyList<int>? EsaLayers { get; init; }

    /// <summary>The agent that found it.</summary>
    public required string DiscoveredBy { get; init; }

    /// <summary>How sure the discoverer is, 0 to 1; 0.5 when absent.</summary>
    public double? Confidence { get; init; }

    /// <summary>Where it was found.</summary>
    public string? Repository { get; init; }
}

/// <summary>A reusable problem and its solution.</summary>
public sealed record Learning
{
    /// <summary>Its unique slug.</summary>
    public required string Pattern { get; init; }

    /// <summary>The problem.</summary>
    public required string Problem { get; init; }

    /// <summary>What solves it.</summary>
    public required string Solution { get; init; }

    /// <summary>An example.</summary>
    public string? CodeExample { get; init; }

    /// <summary>The domains it applies to.</summary>
    public required IReadOnlyList<string> AgentDomains { get; init; }

    /// <summary>The layers it applies to.</summary>
    public required IReadOnlyList<int> EsaLayers { get; init; }

    /// <summary>The agent that found it.</summary>
    public required string DiscoveredBy { get; init; }

    /// <summary>Where it was found.</summary>
    public string? Repository { get; init; }

    /// <summary>The mean of the belief that it works: the claim of its discoverer, moved by reports and uses.</summary>
    public required double Confidence { get; init; }

    /// <summary>How often it was applied.</summary>
    public required long TimesApplied { get; init; }

    /// <summary>The uses that worked.</summary>
    public required long Successes { get; init; }

    /// <summary>The uses that did not; the rest have no known outcome yet.</summary>
    public required long Failures { get; init; }

    /// <summary>How often the same pattern was reported again.</summary>
    public required long Reinforcements { get; init; }

    /// <summary>Patterns like it.</summary>
    public IReadOnlyList<string> RelatedPatterns { get; init; } = [];

    /// <summary>When it had proved itself in use; null while it has not.</summary>
    public DateTimeOffset? ValidatedAt { get; init; }

    /// <summary>When it was first reported.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When anything about it last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>A use of a learning.</summary>
public sealed record LearningUse
{
    /// <summary>The fix that it was used in. When its outcome becomes known, so does this use's.</summary>
    public Guid? FixId { get; init; }

    /// <summary>Whether it worked; null while that is not known.</summary>
    public bool? Success { get; init; }
}

/// <summary>A page of learnings, newest first.</summary>
/// <param name="Learnings">The learnings.</param>
/// <param name="NextCursor">Asks for the next page; null at the end.</param>
public sealed record LearningPage(IReadOnlyList<Learning> Learnings, string? NextCursor);

/// <summary>What learnings to list. Everything that is given must hold.</summary>
public sealed record LearningFilter
{
    /// <summary>Learnings of this domain.</summary>
    public string? Domain { get; init; }

    /// <summary>Learnings of this layer.</summary>
    public int? Layer { get; init; }

    /// <summary>Learnings that this agent found.</summary>
    public string? AgentId { get; init; }

    /// <summary>Learnings at least this sure, 0 to 1.</summary>
    public double? MinConfidence { get; init; }

    /// <summary>This text in pattern, problem or solution, in any case.</summary>
    public string? Q { get; init; }

    /// <summary>How many at the most, 1 to 200; 50 when absent.</summary>
    public int? Limit { get; init; }

    /// <summary>The <c>nextCursor</c> of the page before.</summary>
    public string? Cursor { get; init; }

    internal string ToQuery() => WitanClient.Query(
        ("domain", Domain), ("layer", WitanClient.Number(Layer)), ("agentId", AgentId),
        ("minConfidence", MinConfidence?.ToString("R", System.Globalization.CultureInfo.InvariantCulture)), ("q", Q),
        ("limit", WitanClient.Number(Limit)), ("cursor", Cursor));
}
