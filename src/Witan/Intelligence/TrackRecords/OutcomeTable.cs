namespace Witan.Intelligence.TrackRecords;

/// <summary>All outcomes, compactly, with the order that every track record follows.</summary>
internal sealed class OutcomeTable
{
    /// <summary>A moment that never comes, in ticks.</summary>
    public const long Never = long.MaxValue;

    private Row[] _rows = new Row[64];

    public int Count { get; private set; }

    public ref Row this[int index] => ref _rows[index];

    public int Add(Row row)
    {
        if (Count == _rows.Length)
            Array.Resize(ref _rows, Count * 2);
        _rows[Count] = row;
        return Count++;
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
        if (order == 0) order = string.CompareOrdinal(a.Agent, b.Agent);
        if (order == 0) order = string.CompareOrdinal(a.Issue, b.Issue);
        if (order == 0) order = a.ProposedAt.CompareTo(b.ProposedAt);
        if (order == 0) order = a.Success.CompareTo(b.Success);
        if (order == 0) order = a.LogDuration.CompareTo(b.LogDuration);
        if (order == 0) order = a.RolledBackAt.CompareTo(b.RolledBackAt);
        return order;
    }

    /// <summary>True when nothing but their outcomes can tell which of two came first. Then neither did: see <see cref="TrackRecord"/>.</summary>
    public bool IsTie(int left, int right)
    {
        ref var a = ref _rows[left];
        ref var b = ref _rows[right];
        return a.CompletedAt == b.CompletedAt && a.ProposedAt == b.ProposedAt && a.Agent == b.Agent && a.Issue == b.Issue;
    }

    internal struct Row
    {
        public Guid FixId;
        public string Agent;
        public string? Issue;
        public long ProposedAt;
        public long CompletedAt;
        public long RolledBackAt;
        public float LogDuration;
        public bool Success;

        public readonly bool SucceededAsOf(long moment) => Success && RolledBackAt > moment;
    }
}
