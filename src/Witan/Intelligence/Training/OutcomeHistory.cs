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
    /// <summary>The number of its outcome in the log, 0 when it has none.</summary>
    public long Sequence { get; init; }

    /// <summary>Whether it counted as a success at the given moment.</summary>
    public bool SucceededAsOf(DateTimeOffset moment) => Success && (RolledBackAt is null || RolledBackAt > moment);

    /// <summary>Whether it still counts as a success.</summary>
    public bool Succeeded => Success && RolledBackAt is null;
}

/// <summary>A whole outcome log in the order of proposals, with the track records made of it.</summary>
public sealed class OutcomeHistory
{
    private readonly string[] _content;

    /// <summary>Makes a history of log entries, in any order of event time.</summary>
    /// <param name="log">Entries in the order of the log: a rollback comes after its outcome.</param>
    public OutcomeHistory(IEnumerable<OutcomeEvent> log)
    {
        var events = log as IReadOnlyList<OutcomeEvent> ?? [.. log];
        Records = RecordBook.Of(events);
        var rollbacks = events.Where(e => e.IsRollback).ToDictionary(e => e.FixId, e => e.OccurredAt);
        var told = events.Where(e => !e.IsRollback)
            .Select(e => new ResolvedAttempt(e.Attempt, e.OccurredAt, e.Success, e.DurationMs, rollbacks.TryGetValue(e.FixId, out var at) ? at : null) { Sequence = e.Sequence })
            .Select(attempt => (Attempt: attempt, Line: ContentOf(attempt)))
            .OrderBy(a => a.Attempt.Attempt.ProposedAt)
            .ThenBy(a => a.Line, StringComparer.Ordinal)
            .ToList();
        Attempts = [.. told.Select(a => a.Attempt)];
        _content = [.. told.Select(a => a.Line)];
    }

    /// <summary>The fixes in the order of their proposals.</summary>
    public IReadOnlyList<ResolvedAttempt> Attempts { get; }

    /// <summary>What is known of them, as of any moment.</summary>
    public RecordBook Records { get; }

    /// <summary>A digest of the content that does not depend on the order in which it was reported.</summary>
    public string DataHash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var line in _content)
            hash.AppendData(Encoding.UTF8.GetBytes(line));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Everything that training can see of a fix, as a line: agent and issue first, so that it also settles ties of time.
    private static string ContentOf(ResolvedAttempt resolved)
    {
        var a = resolved.Attempt;
        var line = new StringBuilder();
        foreach (var text in new[] { a.AgentId, a.Issue, a.Family, a.Model, a.Strategy, a.Repository, a.Domain, a.Error })
            line.Append(text ?? "-").Append('\u001f');
        line.Append(CultureInfo.InvariantCulture, $"{a.ProposedAt.UtcTicks}|{resolved.CompletedAt.UtcTicks}|{resolved.RolledBackAt?.UtcTicks}|{resolved.Success}|{resolved.DurationMs}");
        line.Append(CultureInfo.InvariantCulture, $"|{a.Changes?.LinesAdded}|{a.Changes?.LinesDeleted}|{a.Changes?.Files}");
        foreach (var (name, value) in a.Attributes.OrderBy(attribute => attribute.Key, StringComparer.Ordinal))
            line.Append(CultureInfo.InvariantCulture, $"|{name}={value:R}");
        return line.Append('\n').ToString();
    }
}
