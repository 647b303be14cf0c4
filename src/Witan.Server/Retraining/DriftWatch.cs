using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.Training;

namespace Witan.Server.Retraining;

/// <summary>
/// Remembers the latest proposals as scored, and tells when they look unlike those the champion was trained on: by the
/// population stability index of the score, or of a quarter of the features.
/// </summary>
internal sealed class DriftWatch
{
    private const int Window = 1_000;
    private const int Least = 200;
    private const double ShareOfFeatures = 0.25;

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
    public string? Alarm(string version, ModelArtefact champion)
    {
        (double[] Vector, double Score)[] latest;
        lock (_gate)
        {
            if (_version != version || _latest.Count < Least)
                return null;
            latest = [.. _latest];
        }
        if (champion.Distributions is not { } references)
            return null;
        if (references.TryGetValue(Trainer.Score, out var ofScore) && Moved(ofScore, [.. latest.Select(l => l.Score)]) is { } index)
            return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"drift: the population stability index of the score is {index:0.00} over the last {latest.Length} proposals");
        var moved = Enumerable.Range(0, champion.Features.Count)
            .Where(j => references.TryGetValue(champion.Features[j], out var reference) && Moved(reference, [.. latest.Select(l => l.Vector[j])]) is not null)
            .Select(j => champion.Features[j]).ToList();
        return moved.Count >= ShareOfFeatures * references.Count
            ? $"drift: {moved.Count} of {references.Count} features have moved over the last {latest.Length} proposals, among them {moved[0]}"
            : null;
    }

    private static double? Moved(ReferenceDistribution reference, double[] recent)
    {
        var index = reference.StabilityIndex(recent);
        return index > reference.AlarmAbove(recent.Length) ? index : null;
    }
}
