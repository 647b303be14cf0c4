namespace Witan.Intelligence.TrackRecords;

/// <summary>
/// The time-ordered outcomes of one key, with running sums, so that its standing as of any moment is one binary search.
/// An outcome that arrives late is put where it belongs, and the sums after it are made anew. Outcomes that tie in time share
/// their places in the fading equally: an order made by their outcomes would count the last kind as the newest.
/// </summary>
internal sealed class TrackRecord(OutcomeTable table, double decay, bool keepsDurations)
{
    private Point[] _points = new Point[2];
    private DurationPoint[]? _durations = keepsDurations ? new DurationPoint[2] : null;
    private int _count;
    private int _settled;
    private List<Rollback>? _rollbacks; // of these outcomes, in the order of time
    private bool _rollbacksMoved;

    /// <summary>How many outcomes it holds.</summary>
    public int Count => _count;

    /// <summary>Adds an outcome; the sums are right again after <see cref="Settle"/>.</summary>
    public void Add(int outcome)
    {
        if (_count == _points.Length)
        {
            Array.Resize(ref _points, _count * 2);
            if (_durations is not null)
                Array.Resize(ref _durations, _count * 2);
        }
        _points[_count++].Outcome = outcome;
        if (table[outcome].RolledBackAt != OutcomeTable.Never)
            Note(outcome);
    }

    /// <summary>Notes that one of the outcomes has been rolled back since it was added: it may have to move among its equals.</summary>
    public void RolledBack(int outcome)
    {
        Note(outcome);
        _settled = KnownBy(table[outcome].CompletedAt - 1, _settled);
    }

    /// <summary>Brings the added outcomes into order and the sums up to date.</summary>
    public void Settle()
    {
        if (_rollbacksMoved)
            OrderRollbacks();
        if (_settled == _count)
            return;
        var earliest = _points[_settled].Outcome;
        for (var i = _settled + 1; i < _count; i++)
        {
            if (table.Compare(_points[i].Outcome, earliest) < 0)
                earliest = _points[i].Outcome;
        }
        var from = Position(earliest, _settled);
        Array.Sort(_points, from, _count - from, new ByTime(table));
        for (var i = from; i < _count; i++)
            Accumulate(i);
        _settled = _count;
    }

    /// <summary>The standing from the outcomes completed at or before the moment, in ticks.</summary>
    public Standing AsOf(long moment)
    {
        var known = KnownBy(moment, _count);
        if (known == 0)
            return Standing.Empty;
        ref var last = ref _points[known - 1];
        var (successes, weighted) = (last.Successes, last.WeightedSuccesses);
        if (_rollbacks is not null && moment < _rollbacks[^1].LatestSoFar)
            Recount(moment, known, ref successes, ref weighted);
        return new(known, successes, last.Weight, weighted, MeanDuration(known - 1));
    }

    /// <summary>The outcome of a fix in the table, or null; looked for from the newest.</summary>
    public int? Find(Guid fixId)
    {
        for (var i = _count - 1; i >= 0; i--)
        {
            if (table[_points[i].Outcome].FixId == fixId)
                return _points[i].Outcome;
        }
        return null;
    }

    /// <summary>How many of the outcomes were completed at or before the moment, in ticks.</summary>
    public int KnownBy(long moment) => KnownBy(moment, _count);

    /// <summary>The outcome at a place in the order of time.</summary>
    public int OutcomeAt(int place) => _points[place].Outcome;

    private int KnownBy(long moment, int among)
    {
        if (among == 0 || table[_points[among - 1].Outcome].CompletedAt <= moment)
            return among;
        var (low, high) = (0, among - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (table[_points[middle].Outcome].CompletedAt <= moment) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    // The first place among the settled ones that does not come before the outcome.
    private int Position(int outcome, int settled)
    {
        if (settled == 0 || table.Compare(_points[settled - 1].Outcome, outcome) < 0)
            return settled;
        var (low, high) = (0, settled - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (table.Compare(_points[middle].Outcome, outcome) < 0) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private void Accumulate(int i)
    {
        ref var point = ref _points[i];
        ref var row = ref table[point.Outcome];
        var before = i == 0 ? default : _points[i - 1];
        point.TieStart = i > 0 && table.IsTie(before.Outcome, point.Outcome) ? before.TieStart : i;
        var beforeTie = point.TieStart == 0 ? default : _points[point.TieStart - 1];
        point.Successes = before.Successes + (row.SucceededAsOf(OutcomeTable.Never - 1) ? 1 : 0);
        point.Weight = (before.Weight * decay) + 1;
        point.WeightedSuccesses = Fade(beforeTie.WeightedSuccesses, point.Successes - beforeTie.Successes, i - point.TieStart + 1);
        if (_durations is not null)
            _durations[i] = DurationAt(i, point.TieStart, row.LogDuration);
    }

    private DurationPoint DurationAt(int i, int tieStart, float logDuration)
    {
        var before = i == 0 ? default : _durations![i - 1];
        var beforeTie = tieStart == 0 ? default : _durations![tieStart - 1];
        var isKnown = !float.IsNaN(logDuration);
        var (known, total) = (before.Known + (isKnown ? 1 : 0), before.Total + (isKnown ? logDuration : 0));
        var tied = known - beforeTie.Known;
        return new(known, total, Fade(beforeTie.Sum, total - beforeTie.Total, tied), Fade(beforeTie.Weight, tied, tied));
    }

    // What a faded sum becomes when so many more come at once, whose values are so much in all.
    private double Fade(double sum, double total, int count)
    {
        if (count <= 1)
            return count == 0 ? sum : (sum * decay) + total;
        var faded = Math.Pow(decay, count);
        return (sum * faded) + (total / count * (1 - faded) / (1 - decay));
    }

    // As of a moment before a rollback that is known by now, the fix was still a success. Before the first such fix everything is as
    // it is now; from there on it is counted anew, in the same steps, so that the numbers are the same to the last bit.
    private void Recount(long moment, int known, ref int successes, ref double weighted)
    {
        var (low, high) = (0, _rollbacks!.Count - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_rollbacks[middle].LatestSoFar <= moment) low = middle + 1;
            else high = middle;
        }
        var start = _points[Position(_rollbacks[low].Outcome, _count)].TieStart;
        if (start >= known)
            return;
        var tied = 0;
        (successes, weighted) = start == 0 ? (0, 0) : (_points[start - 1].Successes, _points[start - 1].WeightedSuccesses);
        for (var i = start; i < known; i++)
        {
            var success = table[_points[i].Outcome].SucceededAsOf(moment) ? 1 : 0;
            successes += success;
            tied += success;
            if (i + 1 < known && _points[i + 1].TieStart != i + 1)
                continue;
            weighted = Fade(weighted, tied, i + 1 - _points[i].TieStart);
            tied = 0;
        }
    }

    private void Note(int outcome)
    {
        (_rollbacks ??= []).Add(new(outcome, 0));
        _rollbacksMoved = true;
    }

    private void OrderRollbacks()
    {
        _rollbacks!.Sort((x, y) => table.Compare(x.Outcome, y.Outcome));
        var latest = long.MinValue;
        for (var i = 0; i < _rollbacks.Count; i++)
        {
            latest = Math.Max(latest, table[_rollbacks[i].Outcome].RolledBackAt);
            _rollbacks[i] = new(_rollbacks[i].Outcome, latest);
        }
        _rollbacksMoved = false;
    }

    private double MeanDuration(int i) =>
        _durations is not null && _durations[i].Weight > 0 ? _durations[i].Sum / _durations[i].Weight : double.NaN;

    // A rollback, and the latest moment of it and those before it in the order of completion.
    private readonly record struct Rollback(int Outcome, long LatestSoFar);

    private struct Point
    {
        public int Outcome;
        public int TieStart;
        public int Successes;
        public double Weight;
        public double WeightedSuccesses;
    }

    private readonly record struct DurationPoint(int Known, double Total, double Sum, double Weight);

    private readonly struct ByTime(OutcomeTable table) : IComparer<Point>
    {
        public int Compare(Point x, Point y) => table.Compare(x.Outcome, y.Outcome);
    }
}
