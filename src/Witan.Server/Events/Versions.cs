using System.Globalization;
using Witan.Server.Storage;

namespace Witan.Server.Events;

/// <summary>How often each kind of record has been written, as the database counts it. What two of these differ by is what changed in between.</summary>
internal sealed class Versions
{
    /// <summary>What is told of, in the order of an event's id: new ones go to the end.</summary>
    public static readonly string[] Kinds = [Change.Fixes, Change.Learnings, Change.Collaborations, Change.Votes, Change.Agents, Change.Models, Change.Experiments, Change.Summaries];

    private readonly long[] _counts;

    private Versions(long[] counts) => _counts = counts;

    public static Versions Of(IReadOnlyDictionary<string, long> counts) => new([.. Kinds.Select(kind => counts.GetValueOrDefault(kind))]);

    /// <summary>Reads the id of an event, perhaps of an older version, which knew fewer kinds.</summary>
    public static Versions? Parse(string id)
    {
        var parts = id.Split('.');
        var counts = new long[Kinds.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (i == counts.Length || !long.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out counts[i]))
                return null;
        }
        return new(counts);
    }

    /// <summary>The kinds that differ: also backwards, as after a restored backup.</summary>
    public IReadOnlyList<string> ChangedSince(Versions before) => [.. Kinds.Where((_, i) => _counts[i] != before._counts[i])];

    public override string ToString() => string.Join('.', _counts);
}
