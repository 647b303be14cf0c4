using Witan.Fixes;

namespace Witan.Intelligence.TrackRecords;

/// <summary>
/// Everything that is known of past fixes, as of any moment. Not safe for concurrent writes; reads may run together
/// while nothing is added.
/// </summary>
public sealed class RecordBook
{
    // One outcome against all expectation must not count like a hundred.
    private const double LeastExpected = 0.02;

    private readonly OutcomeTable _outcomes = new();
    private readonly Dictionary<RecordKey, TrackRecord> _records = [];
    private readonly Dictionary<(KeyKind, string), int> _names = [];
    private readonly Dictionary<(string Agent, string? Family, string? Model), Lineage> _lineages = [];
    private readonly Dictionary<(string? Issue, string? Repository), Place> _places = [];

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
        var earliest = long.MaxValue;
        foreach (var entry in events)
        {
            if (entry.IsRollback)
                RollBack(entry, touched);
            else
                Append(entry, touched);
            Sequence = Math.Max(Sequence, entry.Sequence);
            earliest = Math.Min(earliest, entry.OccurredAt.UtcTicks);
        }
        foreach (var record in touched)
            record.Settle();
        Expect(earliest);
    }

    /// <summary>
    /// The standing of the record that an attempt falls under at a level, as of a moment. What an agent did with another
    /// language model, or as another make, counts a fifth: it is known, and less is known of it now.
    /// </summary>
    /// <param name="level">The level.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="moment">Only outcomes completed at or before it count.</param>
    public Standing AsOf(Level level, Attempt attempt, DateTimeOffset moment)
    {
        if (Find(level, attempt) is not { } record)
            return Standing.Empty;
        var standing = record.AsOf(moment.UtcTicks);
        return level == Level.Agent && VersionOf(attempt) is { } version
            ? standing.NarrowedTo(_lineages.TryGetValue(version, out var lineage) ? lineage.Version!.AsOf(moment.UtcTicks) : Standing.Empty)
            : standing;
    }

    /// <summary>What agents that so far agreed with this one did on the issue, as of a moment.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="moment">Only outcomes completed at or before it count.</param>
    public Neighbourhood NeighboursAsOf(Attempt attempt, DateTimeOffset moment) =>
        Find(Level.Issue, attempt) is { } issue && Find(Level.Agent, attempt) is { } agent
            ? Neighbours.AsOf(_outcomes, Number(KeyKind.Agent, attempt.AgentId, intern: false), agent, issue, moment.UtcTicks)
            : default;

    /// <summary>How able an agent showed itself against the difficulty of what it tried, as of a moment; 0 where nothing is known.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="moment">Only outcomes completed at or before it count.</param>
    public double AbilityAsOf(Attempt attempt, DateTimeOffset moment) =>
        Find(Level.Agent, attempt) is { } agent ? Ability.AsOf(_outcomes, agent, moment.UtcTicks) : 0;

    /// <summary>How far the track record was off lately, as of a moment.</summary>
    /// <param name="moment">Only outcomes completed at or before it count.</param>
    public Recalibration RecalibrationAsOf(DateTimeOffset moment) =>
        _records.TryGetValue(FleetKey, out var fleet) ? Recalibrating.AsOf(_outcomes, fleet, moment.UtcTicks) : default;

    private void Append(OutcomeEvent entry, HashSet<TrackRecord> touched)
    {
        var records = new TrackRecord?[Levels.Count];
        foreach (var rule in Levels.All)
        {
            if (Key(rule.Level, entry.Attempt, intern: true) is { } key)
                records[(int)rule.Level] = Record(key, rule);
        }
        var who = LineageOf(entry.Attempt, records);
        var outcome = _outcomes.Add(new()
        {
            FixId = entry.FixId,
            Who = who,
            Where = PlaceOf(entry.Attempt, records),
            OnIssue = records[(int)Level.AgentIssue],
            InDomain = records[(int)Level.AgentDomain],
            ProposedAt = entry.Attempt.ProposedAt.UtcTicks,
            CompletedAt = entry.OccurredAt.UtcTicks,
            RolledBackAt = OutcomeTable.Never,
            LogDuration = entry.DurationMs is { } ms ? (float)Math.Log(1.0 + ms) : float.NaN,
            Success = entry.Success,
        });
        foreach (var record in records.Append(who.Version))
        {
            record?.Add(outcome);
            if (record is not null)
                touched.Add(record);
        }
    }
    private void RollBack(OutcomeEvent entry, HashSet<TrackRecord> touched)
    {
        if (Find(Level.Agent, entry.Attempt)?.Find(entry.FixId) is not { } outcome)
            throw new InvalidOperationException($"The outcome that entry {entry.Sequence} rolls back is not in the log before it.");
        _outcomes.RollBack(outcome, entry.OccurredAt.UtcTicks);
        foreach (var record in Levels.All.Select(rule => Find(rule.Level, entry.Attempt)).Append(_outcomes[outcome].Who.Version).OfType<TrackRecord>())
        {
            record.RolledBack(outcome);
            touched.Add(record);
        }
    }

    // What was to be expected of each outcome depends only on those completed before its proposal: of entries from a moment
    // on, only outcomes that were completed then or later can have learned.
    private void Expect(long earliest)
    {
        if (!_records.TryGetValue(FleetKey, out var fleet))
            return;
        for (var i = fleet.KnownBy(earliest - 1); i < fleet.Count; i++)
        {
            var outcome = fleet.OutcomeAt(i);
            ref var row = ref _outcomes[outcome];
            var promise = Promise.Of(fleet, row);
            _outcomes.Expect(outcome, Math.Clamp(LogOdds.ToProbability(promise.Skill + promise.Ease), LeastExpected, 1 - LeastExpected), promise.Ease, promise.TrackRecord);
        }
    }

    // What was known of a fix when it was proposed: logit(agent) - logit(fleet), logit(issue), and the logit of the track record.
    private readonly record struct Promise(double Skill, double Ease, double TrackRecord)
    {
        public static Promise Of(TrackRecord ofFleet, in OutcomeTable.Row row)
        {
            var (who, where, moment) = (row.Who, row.Where, row.ProposedAt - 1); // without itself, where it was completed at once
            var fleet = Level.Fleet.Rule().Smooth(ofFleet.AsOf(moment), 0);
            var model = Smooth(Level.Model, who.Model, moment, fleet);
            var family = Smooth(Level.Family, who.Family, moment, model);
            var standing = who.Agent.AsOf(moment);
            var agent = Level.Agent.Rule().Smooth(who.Version is { } version ? standing.NarrowedTo(version.AsOf(moment)) : standing, family);
            var issue = Smooth(Level.Issue, where?.Issue, moment, Smooth(Level.Repository, where?.Repository, moment, fleet));
            var together = agent + issue - fleet;
            var inDomain = Smooth(Level.AgentDomain, row.InDomain, moment, agent) - agent;
            return new(agent - fleet, issue, Smooth(Level.AgentIssue, row.OnIssue, moment, together) + (Level.AgentDomain.Rule().TrackRecordWeight * inDomain));
        }

        private static double Smooth(Level level, TrackRecord? record, long moment, double parent) => level.Rule().Smooth(record?.AsOf(moment) ?? Standing.Empty, parent);
    }

    private Lineage LineageOf(Attempt attempt, TrackRecord?[] records)
    {
        var key = (attempt.AgentId, attempt.Family, attempt.Model);
        if (!_lineages.TryGetValue(key, out var lineage))
        {
            var version = VersionOf(attempt) is null ? null : new TrackRecord(_outcomes, Level.Agent.Rule().Decay, keepsDurations: false);
            _lineages[key] = lineage = new(Number(KeyKind.Agent, attempt.AgentId, intern: true), attempt.AgentId, attempt.Family, attempt.Model,
                records[(int)Level.Agent]!, version, records[(int)Level.Family], records[(int)Level.Model]);
        }
        return lineage;
    }

    private Place? PlaceOf(Attempt attempt, TrackRecord?[] records)
    {
        if (attempt is { Issue: null, Repository: null })
            return null;
        if (!_places.TryGetValue((attempt.Issue, attempt.Repository), out var place))
            _places[(attempt.Issue, attempt.Repository)] = place = new(attempt.Issue, attempt.Repository, records[(int)Level.Issue], records[(int)Level.Repository]);
        return place;
    }

    private RecordKey FleetKey => new(Level.Fleet, Number(KeyKind.Fleet, "", intern: false), 0);

    // An agent that never said what it is has one version.
    private static (string, string?, string?)? VersionOf(Attempt attempt) =>
        attempt is { Family: null, Model: null } ? null : (attempt.AgentId, attempt.Family, attempt.Model);

    private TrackRecord? Find(Level level, Attempt attempt) =>
        Key(level, attempt, intern: false) is { } key && _records.TryGetValue(key, out var record) ? record : null;

    private TrackRecord Record(RecordKey key, LevelRule rule)
    {
        if (!_records.TryGetValue(key, out var record))
            _records[key] = record = new(_outcomes, rule.Decay, rule.Level is Level.Fleet or Level.AgentStrategy);
        return record;
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
        Level.FamilyIssue => (KeyKind.Family, a.Family, KeyKind.Issue, a.Issue),
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
