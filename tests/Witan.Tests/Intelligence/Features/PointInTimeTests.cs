using Witan.Intelligence.Features;
using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.Features;

public sealed class PointInTimeTests
{
    private const int Samples = 30, Seed = 5;

    private static readonly List<OutcomeEvent> Log = SimulatedWorld.Of(500, 11).Log;
    private static readonly FeatureSchema Schema = FeatureSchema.With([new("tested", 0.5), new("noise", 0)]);

    private static readonly Extraction Honest = (records, attempt, schema, features) => FeatureExtractor.Extract(records, attempt, schema, features);

    [Fact]
    public void No_feature_changes_with_what_happens_after_the_proposal() =>
        Assert.Null(PointInTime.FirstLeak(Honest, Log, Schema, Samples, Seed));

    [Fact]
    public void Every_feature_varies_among_the_proposals_so_that_a_leak_could_show()
    {
        var records = RecordBook.Of(Log);
        var vectors = Log.Where(entry => !entry.IsRollback).Select(entry =>
        {
            var features = new double[Schema.Count];
            Honest(records, entry.Attempt, Schema, features);
            return features;
        }).ToList();

        Assert.All(Enumerable.Range(0, Schema.Count), feature => Assert.True(vectors.Select(vector => vector[feature]).Distinct().Count() > 1, Schema.Names[feature]));
        foreach (var name in new[] { FeatureSchema.Agreement, FeatureSchema.NeighbourCount, FeatureSchema.Ability })
            Assert.True(vectors.Count(vector => vector[FeatureSchema.IndexOf(name)] != 0) > vectors.Count / 2, name);
    }

    [Fact]
    public void Neighbours_of_the_whole_record_are_caught() => AssertCaught((records, attempt, schema, features) =>
    {
        Honest(records, attempt, schema, features);
        features[FeatureSchema.IndexOf(FeatureSchema.Agreement)] = records.NeighboursAsOf(attempt, DateTimeOffset.MaxValue).Agreement;
    }, FeatureSchema.Agreement);

    [Fact]
    public void An_ability_that_peeks_two_hours_ahead_is_caught() => AssertCaught((records, attempt, schema, features) =>
    {
        Honest(records, attempt, schema, features);
        features[FeatureSchema.IndexOf(FeatureSchema.Ability)] = records.AbilityAsOf(attempt, attempt.ProposedAt.AddHours(2));
    }, FeatureSchema.Ability);

    [Fact]
    public void A_feature_that_peeks_a_day_ahead_is_caught() => AssertCaught((records, attempt, schema, features) =>
    {
        Honest(records, attempt, schema, features);
        features[^1] += records.AsOf(Level.Issue, attempt, attempt.ProposedAt.AddDays(1)).WeightedSuccesses;
    });

    [Fact]
    public void A_feature_that_reads_everything_there_is_is_caught() => AssertCaught((records, attempt, schema, features) =>
    {
        Honest(records, attempt, schema, features);
        features[0] = records.AsOf(Level.Fleet, attempt, DateTimeOffset.MaxValue).Successes;
    });

    [Theory]
    [InlineData(60)]
    [InlineData(60 * 24)]
    public void An_extractor_that_takes_the_proposal_for_a_later_one_is_caught(int minutes) => AssertCaught((records, attempt, schema, features) =>
        Honest(records, attempt with { ProposedAt = attempt.ProposedAt.AddMinutes(minutes) }, schema, features));

    [Fact]
    public void A_feature_that_knows_of_a_rollback_before_it_happens_is_caught()
    {
        var outcome = Given.Outcome(1, Given.Attempt(), 1);
        List<OutcomeEvent> log = [outcome, Given.Outcome(2, Given.Attempt(at: 2), 3, false), Given.Rollback(3, outcome, 50)];

        var leak = PointInTime.FirstLeak(
            (records, attempt, _, features) => features[0] = records.AsOf(Level.Agent, attempt, Given.At(99)).Successes, log, FeatureSchema.Core, 10, Seed);

        Assert.NotNull(leak);
    }

    private static void AssertCaught(Extraction planted, string feature = "") =>
        Assert.StartsWith(feature, PointInTime.FirstLeak(planted, Log, Schema, Samples, Seed), StringComparison.Ordinal);
}
