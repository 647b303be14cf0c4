using Witan.Fixes;

namespace Witan.Intelligence.TrackRecords;

/// <summary>
/// Everything that is known of past fixes, as of any moment. Not safe for concurrent writes; reads may run together
/// while nothing is added.
/// </summary>
public sealed class RecordBook
{
    private readonly OutcomeTable _outcomes = new();
    private readonly Dictionary<RecordKey, TrackRecord> _records = [];
    private readonly Dictionary<(KeyKind, string), int> _names = [];

    /// <summary>Makes records that hold the given log.</summary>
    /// <param name="events">Entries of the log in any order of event time; a rollback comes after its outcome.</param>
    public static RecordBook Of(IEnumerable<OutcomeEvent> events)
    {
        var records = new RecordBook();
        records.Add(events);
        return records;
    }

    /// <summary>The highest sequence number that has been added, 0 at first.</summary>
    public long Sequence { get; private set; }

    /// <summary>How many outcomes are held.</summary>
    public int Count => _outcomes.Count;

    /// <summary>Adds entries of the log.</summary>
    /// <param name="events">Entries in the order of the log. A rollback whose outcome is not held is an error.</param>
    /// <exception cref="InvalidOperationException">A rollback of an unknown outcome.</exception>
    public void Add(IEnumerable<OutcomeEvent> events)
    {
        var touched = new HashSet<TrackRecord>();
        foreach (var entry in events)
        {
            if (entry.IsRollback)
                RollBack(entry, touched);
            else
                Append(entry, touched);
            Sequence = Math.Max(Sequence, entry.Sequence);
        }
        foreach (var record in touched)
            record.Settle();
    }

    /// <summary>The standing of the record that an attempt falls under at a level, as of a moment.</summary>
    /// <param name="level">The level.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="moment">Only outcomes completed at or before it count.</param>
    public Standing AsOf(Level level, Attempt attempt, DateTimeOffset moment) =>
        Key(level, attempt, intern: false) is { } key && _records.TryGetValue(key, out var record)
            ? record.AsOf(moment.UtcTicks)
            : Standing.Empty;

    private void Append(OutcomeEvent entry, HashSet<TrackRecord> touched)
    {
        var outcome = _outcomes.Add(new()
        {
            FixId = entry.FixId,
            Agent = entry.Attempt.AgentId,
            Issue = entry.Attempt.Issue,
            ProposedAt = entry.Attempt.ProposedAt.UtcTicks,
            CompletedAt = entry.OccurredAt.UtcTicks,
            RolledBackAt = OutcomeTable.Never,
            LogDuration = entry.DurationMs is { } ms ? (float)Math.Log(1.0 + ms) : float.NaN,
            Success = entry.Success,
        });
        foreach (var rule in Levels.All)
        {
            if (Key(rule.Level, entry.Attempt, intern: true) is not { } key)
                continue;
            if (!_records.TryGetValue(key, out var record))
                _records[key] = record = new(_outcomes, rule.Decay, rule.Level is Level.Fleet or Level.AgentStrategy);
            record.Add(outcome);
            touched.Add(record);
        }
    }

    private void RollBack(OutcomeEvent entry, HashSet<TrackRecord> touched)
    {
        var outcome = Key(Level.Agent, entry.Attempt, intern: false) is { } agent && _records.TryGetValue(agent, out var ofAgent) ? ofAgent.Find(entry.FixId) : null;
        if (outcome is not { } taken)
            throw new InvalidOperationException($"The outcome that entry {entry.Sequence} rolls back is not in the log before it.");
        _outcomes[taken].RolledBackAt = entry.OccurredAt.UtcTicks;
        foreach (var rule in Levels.All)
        {
            if (Key(rule.Level, entry.Attempt, intern: true) is { } key)
            {
                _records[key].RolledBack(taken);
                touched.Add(_records[key]);
            }
        }
    }

    private RecordKey? Key(Level level, Attempt attempt, bool intern)
    {
        var (kind, first, otherKind, second) = Parts(level, attempt);
        if (first is null || (otherKind is not KeyKind.None && second is null))
            return null;
        var one = Number(kind, first, intern);
        var two = second is null ? 0 : Number(otherKind, second, intern);
        return one < 0 || two < 0 ? null : new(level, one, two);
    }

    private static (KeyKind, string?, KeyKind, string?) Parts(Level level, Attempt a) => level switch
    {
        Level.Fleet => (KeyKind.Fleet, "", KeyKind.None, null),
        Level.Model => (KeyKind.Model, a.Model, KeyKind.None, null),
        Level.Family => (KeyKind.Family, a.Family, KeyKind.None, null),
        Level.Agent => (KeyKind.Agent, a.AgentId, KeyKind.None, null),
        Level.AgentStrategy => (KeyKind.Agent, a.AgentId, KeyKind.Strategy, a.Strategy),
        Level.AgentRepository => (KeyKind.Agent, a.AgentId, KeyKind.Repository, a.Repository),
        Level.AgentDomain => (KeyKind.Agent, a.AgentId, KeyKind.Domain, a.Domain),
        Level.Strategy => (KeyKind.Strategy, a.Strategy, KeyKind.None, null),
        Level.Domain => (KeyKind.Domain, a.Domain, KeyKind.None, null),
        Level.Repository => (KeyKind.Repository, a.Repository, KeyKind.None, null),
        Level.Error => (KeyKind.Error, ErrorSignature.Of(a.Error), KeyKind.None, null),
        Level.Issue or Level.IssueRecent => (KeyKind.Issue, a.Issue, KeyKind.None, null),
        Level.AgentIssue => (KeyKind.Agent, a.AgentId, KeyKind.Issue, a.Issue),
        _ => throw new ArgumentOutOfRangeException(nameof(level)),
    };

    private int Number(KeyKind kind, string name, bool intern)
    {
        if (_names.TryGetValue((kind, name), out var number))
            return number;
        return intern ? _names[(kind, name)] = _names.Count : -1;
    }

    private enum KeyKind { None, Fleet, Model, Family, Agent, Strategy, Domain, Repository, Error, Issue }

    private readonly record struct RecordKey(Level Level, int First, int Second);
}
