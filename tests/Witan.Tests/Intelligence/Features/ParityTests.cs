using Witan.Fixes;
using Witan.Intelligence.Features;
using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.Features;

/// <summary>A receipt's vector can be made again from the log, the sequence number it was made at and its moment.</summary>
public sealed class ParityTests
{
    private static readonly SimulatedWorld World = SimulatedWorld.Of(500, 23);
    private static readonly FeatureSchema Schema = FeatureSchema.With([new("tested", 0.5)]);

    [Fact]
    public void The_whole_history_and_a_replay_up_to_the_proposal_give_the_same_features()
    {
        var log = World.Log;
        var whole = RecordBook.Of(log);
        var vectors = new List<double[]>();
        foreach (var attempt in Sample(60))
        {
            var sequence = log.LastOrDefault(entry => entry.OccurredAt <= attempt.ProposedAt)?.Sequence ?? 0;
            AssertEqual(Features(whole, attempt), Features(Replayed(log, sequence, attempt.ProposedAt), attempt));
            vectors.Add(Features(whole, attempt));
        }
        Assert.All(Enumerable.Range(0, Schema.Count), feature => // so that this says something of every feature
            Assert.True(vectors.Count(vector => vector[feature] != 0) > 5, Schema.Names[feature]));
    }

    [Fact]
    public void A_book_that_grew_as_entries_arrived_late_gives_what_a_replay_gives_at_any_sequence_and_moment()
    {
        var log = Given.Arriving(World.Fixes, 99);
        var (random, live) = (new Random(3), new RecordBook());
        for (var at = 0; at < log.Count;)
        {
            var batch = log.Skip(at).Take(random.Next(1, 40)).ToList();
            live.Add(batch);
            at += batch.Count;
            foreach (var attempt in Sample(3, random.Next()))
                AssertEqual(Features(live, attempt), Features(Replayed(log, live.Sequence, attempt.ProposedAt), attempt));
        }
    }

    [Fact]
    public void A_book_that_followed_the_log_entry_by_entry_gives_what_the_whole_history_gives()
    {
        var (log, live) = (World.Log, new RecordBook());
        var whole = RecordBook.Of(log);
        foreach (var entry in log)
            live.Add([entry]);

        foreach (var attempt in Sample(60).Select(attempt => attempt with { ProposedAt = Given.At(99_999) }))
            Assert.Equal(Features(whole, attempt), Features(live, attempt));
    }

    [Fact]
    public void Parity_is_not_trivial_a_shorter_replay_gives_other_features()
    {
        var log = World.Log;
        var attempt = World.Fixes[^1].Attempt;

        Assert.NotEqual(Features(RecordBook.Of(log), attempt), Features(Replayed(log, log.Count / 2, attempt.ProposedAt), attempt));
    }

    private static Attempt[] Sample(int count, int seed = 1) =>
        [.. new Random(seed).GetItems(World.Fixes.ToArray(), count).Select(fix => fix.Attempt)];

    private static RecordBook Replayed(List<OutcomeEvent> log, long sequence, DateTimeOffset moment) =>
        RecordBook.Of(log.Where(entry => entry.Sequence <= sequence && entry.OccurredAt <= moment));

    private static double[] Features(RecordBook records, Attempt attempt)
    {
        var features = new double[Schema.Count];
        FeatureExtractor.Extract(records, attempt, Schema, features);
        return features;
    }

    private static void AssertEqual(double[] expected, double[] actual)
    {
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-9);
    }
}
