namespace Witan.Intelligence.TrackRecords;

/// <summary>All outcomes, compactly, with the order that every track record follows.</summary>
internal sealed class OutcomeTable
{
    /// <summary>A moment that never comes, in ticks.</summary>
    public const long Never = long.MaxValue;

    private Row[] _rows = new Row[64];
    private Surprise[] _surprises = new Surprise[64];
    private long _latestRollback = long.MinValue;

    public int Count { get; private set; }

    public ref Row this[int index] => ref _rows[index];

    public int Add(Row row)
    {
        if (Count == _rows.Length)
        {
            Array.Resize(ref _rows, Count * 2);
            Array.Resize(ref _surprises, Count * 2);
        }
        _rows[Count] = row;
        return Count++;
    }

    /// <summary>Takes a success back from a moment on, in ticks.</summary>
    public void RollBack(int index, long moment)
    {
        _rows[index].RolledBackAt = moment;
        _surprises[index] = _surprises[index] with { Residual = -_surprises[index].Expected };
        _latestRollback = Math.Max(_latestRollback, moment);
    }

    /// <summary>Notes what was to be expected of an outcome when it was proposed.</summary>
    public void Expect(int index, double probability, double ease, double trackRecord)
    {
        ref var row = ref _rows[index];
        var final = row.SucceededAsOf(Never - 1) ? 1 : 0;
        _surprises[index] = new(row.Who.Number, (float)probability, (float)Math.Sqrt(probability * (1 - probability)), final - (float)probability, (float)ease, (float)trackRecord);
    }

    /// <summary>How far an outcome, as it counted at a moment, lay from what was expected of it.</summary>
    public Surprise SurpriseAsOf(int index, long moment)
    {
        var surprise = _surprises[index];
        return moment >= _latestRollback ? surprise : surprise with { Residual = (_rows[index].SucceededAsOf(moment) ? 1 : 0) - surprise.Expected };
    }

    /// <summary>
    /// Event time, then agent, then issue; what remains is ordered by content, never by id or arrival, so that the same
    /// outcomes give the same records whichever way they came in.
    /// </summary>
    public int Compare(int left, int right)
    {
        ref var a = ref _rows[left];
        ref var b = ref _rows[right];
        var order = a.CompletedAt.CompareTo(b.CompletedAt);
        if (order == 0) order = string.CompareOrdinal(a.Who.Id, b.Who.Id);
        if (order == 0) order = string.CompareOrdinal(a.Where?.Id, b.Where?.Id);
        if (order == 0) order = a.ProposedAt.CompareTo(b.ProposedAt);
        if (order == 0) order = a.Success.CompareTo(b.Success);
        if (order == 0) order = a.LogDuration.CompareTo(b.LogDuration);
        if (order == 0) order = a.RolledBackAt.CompareTo(b.RolledBackAt);
        if (order == 0) order = string.CompareOrdinal(a.Where?.RepositoryId, b.Where?.RepositoryId);
        if (order == 0) order = string.CompareOrdinal(a.Who.FamilyId, b.Who.FamilyId);
        if (order == 0) order = string.CompareOrdinal(a.Who.ModelId, b.Who.ModelId);
        return order;
    }

    /// <summary>True when nothing but their outcomes can tell which of two came first. Then neither did: see <see cref="TrackRecord"/>.</summary>
    public bool IsTie(int left, int right)
    {
        ref var a = ref _rows[left];
        ref var b = ref _rows[right];
        return a.CompletedAt == b.CompletedAt && a.ProposedAt == b.ProposedAt && a.Who.Id == b.Who.Id && a.Where?.Id == b.Where?.Id;
    }

    internal struct Row
    {
        public Guid FixId;
        public Lineage Who;
        public Place? Where;
        public TrackRecord? OnIssue;  // of the agent
        public TrackRecord? InDomain; // of the agent
        public long ProposedAt;
        public long CompletedAt;
        public long RolledBackAt;
        public float LogDuration;
        public bool Success;

        public readonly bool SucceededAsOf(long moment) => Success && RolledBackAt > moment;
    }
}

/// <summary>An outcome against what was expected of it.</summary>
/// <param name="Agent">The number of the agent.</param>
/// <param name="Expected">The probability that agent and issue together promised at the proposal.</param>
/// <param name="Deviation">The standard deviation of such an outcome.</param>
/// <param name="Residual">1 for a success or 0 for a failure, less <paramref name="Expected"/>.</param>
/// <param name="Ease">The logit of what the issue alone promised to an agent like the fleet.</param>
/// <param name="TrackRecord">The logit that the whole track record gave it.</param>
internal readonly record struct Surprise(int Agent, float Expected, float Deviation, float Residual, float Ease, float TrackRecord)
{
    public bool Succeeded => Residual > 0;
}

/// <summary>An agent in one version, and the records that say how good it is.</summary>
internal sealed record Lineage(int Number, string Id, string? FamilyId, string? ModelId, TrackRecord Agent, TrackRecord? Version, TrackRecord? Family, TrackRecord? Model);

/// <summary>An issue in its repository, and the records that say how hard it is.</summary>
internal sealed record Place(string? Id, string? RepositoryId, TrackRecord? Issue, TrackRecord? Repository);
