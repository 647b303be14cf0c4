using Witan.Intelligence.Features;
using Witan.Intelligence.Models;

namespace Witan.Server.Retraining;

/// <summary>
/// Remembers the latest proposals as scored, and tells when they look unlike those the champion was trained on: by the
/// population stability index of the score, or of what reporters send.
/// </summary>
internal sealed class DriftWatch
{
    private const int Window = 1_000;

    /// <summary>With fewer proposals than this, nothing is said.</summary>
    public const int Least = 200;


    private readonly Queue<(double[] Vector, double Score)> _latest = new();
    private readonly Lock _gate = new();
    private string? _version;

    /// <summary>Notes a proposal. Another champion starts the window over.</summary>
    public void See(string version, double[] vector, double score)
    {
        lock (_gate)
        {
            if (_version != version)
                _latest.Clear();
            _version = version;
            _latest.Enqueue((vector, score));
            if (_latest.Count > Window)
                _latest.Dequeue();
        }
    }

    /// <summary>What has drifted, in words, or null.</summary>
    public string? Alarm(string version, ModelArtefact champion) => Worst(version, champion) is { Ratio: > 1 } worst
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"drift: the population stability index of {worst.Name} is {worst.Index:0.00} over the last {worst.Count} proposals")
        : null;

    /// <summary>What has moved furthest. Null while too little is known.</summary>
    public Drift? Worst(string version, ModelArtefact champion) => All(version, champion) is [var furthest, ..] ? furthest : null;

    /// <summary>Everything that is watched, the furthest moved first; nothing while too little is known.</summary>
    public IReadOnlyList<Drift> All(string version, ModelArtefact champion)
    {
        (double[] Vector, double Score)[] latest;
        lock (_gate)
        {
            if (_version != version || _latest.Count < Least)
                return [];
            latest = [.. _latest];
        }
        if (champion.Distributions is not { } references || FeatureSchema.Of(champion.Features, champion.Attributes) is not { } schema)
            return [];
        IEnumerable<(string Name, double[] Values)> watched =
        [
            (DriftInputs.Score, [.. latest.Select(l => l.Score)]),
            .. DriftInputs.Of(schema).Select(input => (input.Name, latest.Select(l => input.Value(l.Vector)).ToArray())),
        ];
        return [.. watched.Where(input => references.ContainsKey(input.Name)).Select(input => Of(input.Name, references[input.Name], input.Values)).OrderByDescending(drift => drift.Ratio)];
    }

    /// <summary>How many proposals of a champion are remembered.</summary>
    public int Seen(string version)
    {
        lock (_gate)
            return _version == version ? _latest.Count : 0;
    }

    private static Drift Of(string name, ReferenceDistribution reference, double[] recent) =>
        new(name, reference.StabilityIndex(recent), reference.AlarmAbove(recent.Length), recent.Length);
}

/// <summary>How far an input has moved from what the champion was trained on: its population stability index, and above which one it is drift.</summary>
internal sealed record Drift(string Name, double Index, double Alarm, int Count)
{
    /// <summary>The index as a share of what raises the alarm.</summary>
    public double Ratio => Index / Alarm;
}
