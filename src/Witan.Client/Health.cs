namespace Witan.Client;

/// <summary>That a process answers.</summary>
/// <param name="Status"><c>live</c>.</param>
public sealed record Liveness(string Status);

/// <summary>Whether a server can serve.</summary>
/// <param name="Status"><c>ready</c>, <c>degraded</c> (it serves, slower or with older numbers), <c>unavailable</c> or <c>stopping</c>.</param>
/// <param name="Dependencies">Each by its name.</param>
public sealed record Readiness(string Status, IReadOnlyDictionary<string, DependencyState> Dependencies);

/// <summary>How a dependency is.</summary>
/// <param name="Status"><c>ok</c>, <c>degraded</c>, <c>unavailable</c> or <c>unknown</c>.</param>
/// <param name="Detail">What is wrong and what it means; null when nothing is.</param>
/// <param name="RefreshedAt">Of the summaries: when the oldest was made.</param>
public sealed record DependencyState(string Status, string? Detail, DateTimeOffset? RefreshedAt = null);
