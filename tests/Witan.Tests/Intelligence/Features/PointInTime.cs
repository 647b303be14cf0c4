using Witan.Fixes;
using Witan.Intelligence.Features;
using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.Features;

/// <summary>Fills the features of an attempt.</summary>
internal delegate void Extraction(RecordBook records, Attempt attempt, FeatureSchema schema, double[] features);

/// <summary>Finds features that know the future: those that change when only what happens after the proposal changes.</summary>
internal static class PointInTime
{
    private delegate IEnumerable<OutcomeEvent> Future(List<OutcomeEvent> log, DateTimeOffset moment);

    private static readonly (string Name, Future Change)[] Futures =
    [
        ("removed", (log, moment) => log.Where(entry => entry.OccurredAt <= moment)),
        ("flipped", (log, moment) => WithoutRollbacksAfter(log, moment).Select(entry => entry.OccurredAt <= moment ? entry : Flipped(entry))),
        ("rolled back", (log, moment) => WithoutRollbacksAfter(log, moment).Concat(RollbacksAfter(log, moment))),
    ];

    /// <summary>What leaks, in words, or null. The proposals are a sample with a seed.</summary>
    public static string? FirstLeak(Extraction extract, List<OutcomeEvent> log, FeatureSchema schema, int samples, int seed)
    {
        var attempts = log.Where(entry => !entry.IsRollback).Select(entry => entry.Attempt).ToArray();
        var full = RecordBook.Of(log);
        foreach (var attempt in new Random(seed).GetItems(attempts, samples))
        {
            var expected = Vector(extract, full, attempt, schema);
            foreach (var (name, change) in Futures)
            {
                var actual = Vector(extract, RecordBook.Of(change(log, attempt.ProposedAt)), attempt, schema);
                if (Differing(expected, actual) is { } index)
                    return $"{schema.Names[index]} changes when the future is {name}: {expected[index]:R} against {actual[index]:R}";
            }
        }
        return null;
    }

    private static double[] Vector(Extraction extract, RecordBook records, Attempt attempt, FeatureSchema schema)
    {
        var features = new double[schema.Count];
        extract(records, attempt, schema, features);
        return features;
    }

    private static int? Differing(double[] expected, double[] actual)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            if (!expected[i].Equals(actual[i]))
                return i;
        }
        return null;
    }

    private static IEnumerable<OutcomeEvent> WithoutRollbacksAfter(List<OutcomeEvent> log, DateTimeOffset moment) =>
        log.Where(entry => !entry.IsRollback || entry.OccurredAt <= moment);

    private static OutcomeEvent Flipped(OutcomeEvent entry) => entry with { Success = !entry.Success, DurationMs = 1 + (entry.DurationMs * 100) };

    private static IEnumerable<OutcomeEvent> RollbacksAfter(List<OutcomeEvent> log, DateTimeOffset moment)
    {
        var done = log.Where(entry => entry.IsRollback && entry.OccurredAt <= moment).Select(entry => entry.FixId).ToHashSet();
        return log.Where(entry => entry.Success && !done.Contains(entry.FixId))
            .Select(entry => entry with { IsRollback = true, Success = false, OccurredAt = Later(entry.OccurredAt, moment).AddTicks(1) });
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
