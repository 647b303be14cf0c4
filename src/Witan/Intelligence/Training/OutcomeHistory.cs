using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Witan.Fixes;
using Witan.Intelligence.TrackRecords;

namespace Witan.Intelligence.Training;

/// <summary>A fix with its outcome, as training sees it.</summary>
/// <param name="Attempt">The fix as proposed.</param>
/// <param name="CompletedAt">When its outcome was known, UTC.</param>
/// <param name="Success">Whether it worked at first.</param>
/// <param name="DurationMs">How long it took, in milliseconds; null when not told.</param>
/// <param name="RolledBackAt">When a success was taken back, UTC; null when it was not.</param>
public sealed record ResolvedAttempt(Attempt Attempt, DateTimeOffset CompletedAt, bool Success, long? DurationMs, DateTimeOffset? RolledBackAt)
{
    /// <summary>Whether it counted as a success at the given moment.</summary>
    public bool SucceededAsOf(DateTimeOffset moment) => Success && (RolledBackAt is null || RolledBackAt > moment);

    /// <summary>Whether it still counts as a success.</summary>
    public bool Succeeded => Success && RolledBackAt is null;
}

/// <summary>A whole outcome log in the order of proposals, with the track records made of it.</summary>
public sealed class OutcomeHistory
{
    /// <summary>Makes a history of log entries, in any order of event time.</summary>
    /// <param name="log">Entries in the order of the log: a rollback comes after its outcome.</param>
    public OutcomeHistory(IEnumerable<OutcomeEvent> log)
    {
        var events = log as IReadOnlyList<OutcomeEvent> ?? [.. log];
        Records = RecordBook.Of(events);
        var rollbacks = events.Where(e => e.IsRollback).ToDictionary(e => e.FixId, e => e.OccurredAt);
        Attempts =
        [
            .. events.Where(e => !e.IsRollback)
                .Select(e => new ResolvedAttempt(e.Attempt, e.OccurredAt, e.Success, e.DurationMs, rollbacks.TryGetValue(e.FixId, out var at) ? at : null))
                .OrderBy(a => a.Attempt.ProposedAt)
                .ThenBy(a => a.Attempt.AgentId, StringComparer.Ordinal)
                .ThenBy(a => a.Attempt.Issue, StringComparer.Ordinal)
                .ThenBy(a => a.CompletedAt)
                .ThenBy(a => a.Success)
                .ThenBy(a => a.DurationMs),
        ];
    }

    /// <summary>The fixes in the order of their proposals.</summary>
    public IReadOnlyList<ResolvedAttempt> Attempts { get; }

    /// <summary>What is known of them, as of any moment.</summary>
    public RecordBook Records { get; }

    /// <summary>A digest of the content that does not depend on the order in which it was reported.</summary>
    public string DataHash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var line = new StringBuilder();
        foreach (var (attempt, completedAt, success, durationMs, rolledBackAt) in Attempts)
        {
            line.Clear().Append(CultureInfo.InvariantCulture, $"{attempt.ProposedAt.UtcTicks}|{completedAt.UtcTicks}|{rolledBackAt?.UtcTicks}|{success}|{durationMs}");
            foreach (var text in new[] { attempt.AgentId, attempt.Family, attempt.Model, attempt.Strategy, attempt.Issue, attempt.Repository, attempt.Domain, attempt.Error })
                line.Append('|').Append(text);
            line.Append(CultureInfo.InvariantCulture, $"|{attempt.Changes?.LinesAdded}|{attempt.Changes?.LinesDeleted}|{attempt.Changes?.Files}");
            foreach (var (name, value) in attempt.Attributes.OrderBy(a => a.Key, StringComparer.Ordinal))
                line.Append(CultureInfo.InvariantCulture, $"|{name}={value:R}");
            hash.AppendData(Encoding.UTF8.GetBytes(line.Append('\n').ToString()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
