using Witan.Fixes;

namespace Witan.Server.Fixes;

/// <summary>An attempt on an issue as the policy looks back on it.</summary>
internal sealed record AttemptRow
{
    public Guid Id { get; init; }
    public required string AgentId { get; init; }
    public required string Issue { get; init; }
    public DateTimeOffset ProposedAt { get; init; }
    public required string Status { get; init; }
    public DateTimeOffset? StatusAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public DateTimeOffset? RolledBackAt { get; init; }

    public static AttemptRow Of(FixRow fix) => new()
    {
        Id = fix.Id, AgentId = fix.AgentId, Issue = fix.Issue!, ProposedAt = fix.ProposedAt, Status = fix.Status, StatusAt = fix.StatusAt,
        CompletedAt = fix.CompletedAt, RolledBackAt = fix.RolledBackAt,
    };

    /// <summary>Whether it was proposed in the window before a moment, and was open or had failed then.</summary>
    public bool CountsAt(DateTimeOffset moment) =>
        ProposedAt > moment - Policy.AttemptWindow && ProposedAt <= moment
        && !(Status == "rejected" && StatusAt <= moment)
        && !(Status is "succeeded" or "rolled_back" && CompletedAt <= moment && !(RolledBackAt <= moment));
}

/// <summary>The attempts of agents on issues that may count against their next one: what is stored, and what this transaction adds.</summary>
internal sealed class RecentAttempts(IEnumerable<AttemptRow> stored)
{
    private readonly Dictionary<(string, string), List<AttemptRow>> _rows = stored.GroupBy(row => (row.AgentId, row.Issue)).ToDictionary(group => group.Key, group => group.ToList());

    public void Add(AttemptRow row)
    {
        if (!_rows.TryGetValue((row.AgentId, row.Issue), out var rows))
            _rows[(row.AgentId, row.Issue)] = rows = [];
        rows.Add(row);
    }

    /// <summary>How many were open or had failed when this one was proposed, itself left out.</summary>
    public int Count(Attempt attempt, Guid self = default) =>
        _rows.TryGetValue((attempt.AgentId, attempt.Issue!), out var rows) ? rows.Count(row => row.Id != self && row.CountsAt(attempt.ProposedAt)) : 0;
}
