using Witan.Fixes;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence;

/// <summary>Short ways to say what is given. Moments are minutes after an arbitrary start.</summary>
internal static class Given
{
    private static readonly DateTimeOffset Start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static DateTimeOffset At(double minutes) => Start.AddMinutes(minutes);

    public static Attempt Attempt(string agent = "ada", string? issue = "leak", string? repository = null, double at = 0) => new()
    {
        AgentId = agent,
        Strategy = "code_patch",
        Issue = issue,
        Repository = repository,
        ProposedAt = At(at),
    };

    public static OutcomeEvent Outcome(long sequence, Attempt attempt, double at, bool success = true, long? durationMs = null) => new()
    {
        Sequence = sequence,
        FixId = Id(sequence),
        Attempt = attempt,
        OccurredAt = At(at),
        Success = success,
        DurationMs = durationMs,
    };

    public static OutcomeEvent Rollback(long sequence, OutcomeEvent outcome, double at) =>
        outcome with { Sequence = sequence, OccurredAt = At(at), Success = false, DurationMs = null, IsRollback = true };

    /// <summary>Outcomes of one attempt, a minute apart, from the first minute on: <c>+</c> worked, <c>-</c> did not.</summary>
    public static IEnumerable<OutcomeEvent> Outcomes(Attempt attempt, string results, long firstSequence = 1) =>
        results.Select((result, i) => Outcome(firstSequence + i, attempt, 1 + i, result == '+'));

    /// <summary>
    /// The log that comes of fixes whose outcomes and rollbacks arrive in a random order, each rollback after its outcome.
    /// Sequence numbers and ids follow the arrival.
    /// </summary>
    public static List<OutcomeEvent> Arriving(IReadOnlyList<ResolvedAttempt> fixes, int seed)
    {
        var arrivals = fixes.SelectMany((fix, i) => Enumerable.Repeat(i, fix.RolledBackAt is null ? 1 : 2)).ToArray();
        new Random(seed).Shuffle(arrivals);
        var (log, ids) = (new List<OutcomeEvent>(), new Dictionary<int, Guid>());
        foreach (var i in arrivals)
        {
            var isRollback = !ids.TryAdd(i, Id(ids.Count + 1 + seed));
            log.Add(Entry(log.Count + 1, ids[i], fixes[i], isRollback));
        }
        return log;
    }

    /// <summary>The log of fixes in the order in which things happened.</summary>
    public static List<OutcomeEvent> Happening(IReadOnlyList<ResolvedAttempt> fixes) =>
    [
        .. fixes.SelectMany((fix, i) => fix.RolledBackAt is null
                ? new[] { Entry(0, Id(i), fix, false) }
                : [Entry(0, Id(i), fix, false), Entry(0, Id(i), fix, true)])
            .OrderBy(entry => entry.OccurredAt)
            .Select((entry, i) => entry with { Sequence = i + 1 }),
    ];

    private static OutcomeEvent Entry(long sequence, Guid id, ResolvedAttempt fix, bool isRollback) => new()
    {
        Sequence = sequence,
        FixId = id,
        Attempt = fix.Attempt,
        OccurredAt = isRollback ? fix.RolledBackAt!.Value : fix.CompletedAt,
        Success = fix.Success && !isRollback,
        DurationMs = isRollback ? null : fix.DurationMs,
        IsRollback = isRollback,
    };

    private static Guid Id(long number) => new((int)number, (short)(number >> 32), 0, 0, 0, 0, 0, 0, 0, 0, 0);
}
