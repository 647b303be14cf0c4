using Witan.Intelligence.Features;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.Training;

public sealed class TrainingSampleTests
{
    [Fact]
    public void Only_fixes_proposed_before_the_cut_and_known_by_it_are_rows()
    {
        var history = new OutcomeHistory([
            Given.Outcome(1, Given.Attempt(at: 1), 2),
            Given.Outcome(2, Given.Attempt(at: 4), 5),
            Given.Outcome(3, Given.Attempt(at: 4), 6),
            Given.Outcome(4, Given.Attempt(at: 5), 5),
        ]);

        Assert.Equal(2, TrainingSample.Known(history, null, Given.At(5)).Rows.Count);
        Assert.Single(TrainingSample.Known(history, Given.At(2), Given.At(5)).Rows);
    }

    [Fact]
    public void Labels_are_what_was_known_at_the_cut()
    {
        var outcome = Given.Outcome(1, Given.Attempt(), 1);
        var history = new OutcomeHistory([outcome, Given.Rollback(2, outcome, 9)]);

        Assert.Equal([true], TrainingSample.Known(history, null, Given.At(5)).Labels);
        Assert.Equal([false], TrainingSample.Known(history, null, Given.At(9)).Labels);
    }

    [Fact]
    public void Rows_are_the_features_as_of_each_proposal()
    {
        var history = new OutcomeHistory(SimulatedWorld.Of(60, 2).Log);
        var sample = TrainingSample.Known(history, null, DateTimeOffset.MaxValue);
        var expected = new double[sample.Schema.Count];

        FeatureExtractor.Extract(history.Records, history.Attempts[40].Attempt, sample.Schema, expected);

        Assert.Equal(expected, sample.Rows[40]);
    }

    [Fact]
    public void The_base_rate_is_one_outcome_of_each_kind_away_from_0_and_1()
    {
        Assert.Equal(4.0 / 5, Sample(3, _ => []).BaseRate, 1e-12);
        Assert.Equal(0.5, Sample(0, _ => []).BaseRate, 1e-12);
    }

    [Fact]
    public void An_attribute_becomes_a_feature_when_a_twentieth_of_the_rows_carry_it()
    {
        Assert.Equal(["often"], Attributes(Sample(100, i => i < 5 ? new() { ["often"] = i } : [])));
        Assert.Empty(Attributes(Sample(100, i => i < 4 ? new() { ["rare"] = i } : [])));
    }

    [Fact]
    public void An_attribute_that_is_the_same_everywhere_is_no_feature() =>
        Assert.Empty(Attributes(Sample(100, _ => new() { ["constant"] = 3 })));

    [Fact]
    public void Attributes_are_ordered_by_how_common_they_are_and_then_by_name()
    {
        var sample = Sample(100, i => i < 50 ? new() { ["b"] = i, ["a"] = i, ["z"] = i } : new() { ["z"] = i });

        Assert.Equal(["z", "a", "b"], Attributes(sample));
    }

    [Fact]
    public void At_most_32_attributes_are_features()
    {
        var sample = Sample(10, i => Enumerable.Range(0, 40).ToDictionary(k => $"{k:00}", _ => (double)i));

        Assert.Equal(Enumerable.Range(0, 32).Select(k => $"{k:00}"), Attributes(sample));
    }

    [Fact]
    public void A_fix_without_an_attribute_has_the_mean_of_the_others()
    {
        var sample = Sample(3, i => i == 2 ? [] : new() { ["lines"] = i == 0 ? 0 : Math.E - 1 });

        Assert.Equal(0.5, sample.Schema.Attributes[0].Default, 1e-12);
        Assert.Equal([0, 1, 0.5], sample.Rows.Select(row => row[^1]), (one, other) => Math.Abs(one - other) < 1e-12);
    }

    private static IEnumerable<string> Attributes(TrainingSample sample) => sample.Schema.Attributes.Select(attribute => attribute.Name);

    private static TrainingSample Sample(int rows, Func<int, Dictionary<string, double>> attributes)
    {
        var log = Enumerable.Range(0, rows).Select(i => Given.Outcome(i + 1, Given.Attempt(at: i) with { Attributes = attributes(i) }, i + 0.5));
        return TrainingSample.Known(new OutcomeHistory(log), null, DateTimeOffset.MaxValue);
    }
}
