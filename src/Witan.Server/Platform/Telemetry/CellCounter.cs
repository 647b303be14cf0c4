using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Witan.Server.Platform.Telemetry;

/// <summary>A counter for what happens in every request: a place in memory for each set of labels, added to without looking it up.</summary>
internal sealed class CellCounter(params string[] labels)
{
    private readonly ConcurrentDictionary<string, Cell> _cells = new();

    /// <summary>The place of a set of labels.</summary>
    /// <param name="values">Their values, in the order of the names.</param>
    public Cell Of(params string[] values) => _cells.GetOrAdd(string.Join('\n', values), static (_, made) => new([.. made.Names.Zip(made.Values, (name, value) => new KeyValuePair<string, object?>(name, value))]), (Names: labels, Values: values));

    public IEnumerable<Measurement<long>> Read() => _cells.Values.Select(cell => cell.Read());

    /// <summary>How often something happened.</summary>
    internal sealed class Cell(KeyValuePair<string, object?>[] labels)
    {
        private long _count;

        public void Add() => Interlocked.Increment(ref _count);

        public Measurement<long> Read() => new(Volatile.Read(ref _count), labels);
    }
}
