namespace Witan.Client;

/// <summary>A fixer and what it has earned.</summary>
public sealed record Agent
{
    /// <summary>Its id, as it reports itself.</summary>
    public required string Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its kind.</summary>
    public required string Kind { get; init; }

    /// <summary>Its make, as last reported.</summary>
    public string? Family { get; init; }

    /// <summary>Its language model, as last reported.</summary>
    public string? Model { get; init; }

    /// <summary>The domains it has reported fixes in.</summary>
    public required IReadOnlyList<string> Domains { get; init; }

    /// <summary>The layers it has reported fixes in.</summary>
    public required IReadOnlyList<int> Layers { get; init; }

    /// <summary><c>active</c>.</summary>
    public required string Status { get; init; }

    /// <summary>The time of its first report.</summary>
    public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>The time of its last report.</summary>
    public required DateTimeOffset LastSeen { get; init; }

    /// <summary>All its outcomes.</summary>
    public required TrackRecordSummary Overall { get; init; }

    /// <summary>Its outcomes by strategy.</summary>
    public required IReadOnlyList<TrackRecordSummary> ByStrategy { get; init; }

    /// <summary>Its outcomes by domain: its expertise.</summary>
    public required IReadOnlyList<TrackRecordSummary> ByDomain { get; init; }
}

/// <summary>A success rate with how sure it is: a Beta posterior from a uniform prior.</summary>
/// <param name="Key">The strategy or domain; empty for all outcomes.</param>
/// <param name="N">Known outcomes.</param>
/// <param name="Successes">Those that succeeded and were not rolled back.</param>
/// <param name="Rate">The mean of the posterior; null when nothing is known.</param>
/// <param name="Interval">Its 90 % interval; null when nothing is known.</param>
/// <param name="MeanDurationMs">The mean duration in milliseconds of the outcomes that told one; null when none did.</param>
public sealed record TrackRecordSummary(string Key, long N, long Successes, double? Rate, IReadOnlyList<double>? Interval, double? MeanDurationMs);

/// <summary>A page of agents, by id.</summary>
/// <param name="Agents">The agents.</param>
/// <param name="NextCursor">Asks for the next page; null at the end.</param>
public sealed record AgentPage(IReadOnlyList<Agent> Agents, string? NextCursor);
