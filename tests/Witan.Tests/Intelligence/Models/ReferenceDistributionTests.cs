using System.Text.Json;
using MathNet.Numerics.Distributions;
using Witan.Intelligence.Models;

namespace Witan.Tests.Intelligence.Models;

public sealed class ReferenceDistributionTests
{
    [Fact]
    public void The_bins_lie_between_the_deciles()
    {
        var reference = ReferenceDistribution.Of([.. Enumerable.Range(1, 100).Select(i => (double)i).Reverse()]);

        Assert.Equal([11, 21, 31, 41, 51, 61, 71, 81, 91], reference.Edges);
        Assert.Equal(10, reference.Shares.Length);
        Assert.All(reference.Shares, share => Assert.Equal(0.1, share, 1e-12));
        Assert.Equal(100, reference.Count);
    }

    [Fact]
    public void The_index_is_the_one_computed_by_hand()
    {
        var reference = new ReferenceDistribution([0.0], [0.25, 0.75], 1_000);

        var index = reference.StabilityIndex([-1, -2, -3, 0, 1, 2, 3, 4, 5]);

        // Of all 1,009 values 253 and 756 lie in the two bins; one more count on each side is shared like that.
        var (recent, before) = ((3 + (253.0 / 1_009)) / 10, (250 + (253.0 / 1_009)) / 1_001);
        Assert.Equal(((recent - before) * Math.Log(recent / before)) + ((before - recent) * Math.Log((1 - recent) / (1 - before))), index, 1e-12);
        Assert.Equal(0.02763, index, 0.00001);
        Assert.Equal(0.25 + (1.0 / 1_000) + (1.0 / 9), reference.AlarmAbove(9), 1e-12);
    }

    [Fact]
    public void A_bin_that_is_empty_on_one_side_stays_finite_and_one_that_is_empty_on_both_adds_nothing()
    {
        var reference = ReferenceDistribution.Of([7, 7, 7, 7, 7, 7, 7, 7]);

        Assert.Equal([7, Math.BitIncrement(7.0)], reference.Edges);
        Assert.Equal([0, 1, 0], reference.Shares);
        Assert.Equal(0, reference.StabilityIndex([7, 7, 7]));
        Assert.InRange(reference.StabilityIndex([6, 6, 6]), 1, 10);
    }

    [Fact]
    public void The_same_distribution_gives_a_small_index_and_a_shifted_one_a_big_one()
    {
        var reference = ReferenceDistribution.Of(Values(1, 5_000));

        Assert.InRange(reference.StabilityIndex(Values(2, 2_000)), 0, 0.02);
        Assert.InRange(reference.StabilityIndex(Values(2, 2_000, mean: 0.2)), 0.02, 0.1);
        Assert.True(reference.StabilityIndex(Values(2, 2_000, mean: 1)) > 0.7);
        Assert.True(reference.StabilityIndex(Values(2, 2_000, deviation: 0.3)) > 0.7);
        Assert.True(reference.StabilityIndex(Values(2, 200, mean: 1)) > reference.AlarmAbove(200));
        Assert.True(reference.StabilityIndex(Values(2, 50, mean: 1.5)) > reference.AlarmAbove(50));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(20)]
    [InlineData(50)]
    [InlineData(200)]
    public void Small_samples_of_the_same_distribution_seldom_alarm(int recent)
    {
        var reference = ReferenceDistribution.Of(Values(1, 2_000));

        var alarms = Simulation.Share(2_000, random => reference.StabilityIndex(Values(random.Next(), recent)) > reference.AlarmAbove(recent));

        Assert.True(alarms <= 0.02, $"{alarms}");
    }

    [Fact]
    public void Without_the_allowance_for_chance_small_samples_would_alarm_often()
    {
        var reference = ReferenceDistribution.Of(Values(1, 2_000));

        Assert.True(Simulation.Share(2_000, random => reference.StabilityIndex(Values(random.Next(), 20)) > 0.25) > 0.2);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(0.999, true)]
    [InlineData(1.001, true)]
    public void A_constant_that_stays_is_no_drift_and_one_that_moves_is(double now, bool drifted)
    {
        var reference = ReferenceDistribution.Of([.. Enumerable.Repeat(1.0, 500)]);

        foreach (var recent in new[] { 5, 50, 5_000 })
            Assert.Equal(drifted, reference.StabilityIndex([.. Enumerable.Repeat(now, recent)]) > reference.AlarmAbove(recent));
    }

    [Fact]
    public void A_value_that_most_share_has_a_bin_for_itself()
    {
        // Six of ten know nothing, which is 0; the others lie on both sides of it.
        double[] values = [.. Enumerable.Range(0, 1_000).Select(i => i % 10 < 6 ? 0.0 : i % 10 < 8 ? -1 - (i / 1e3) : 1 + (i / 1e3))];
        var reference = ReferenceDistribution.Of(values);

        Assert.Equal(0.6, reference.Shares[Array.IndexOf(reference.Edges, 0.0) + 1], 1e-12);
        Assert.True(reference.StabilityIndex([.. values.Select(v => v == 0 ? 0.01 : v)]) > 1);
        Assert.True(reference.StabilityIndex([.. values.Select(v => v == 0 ? -0.01 : v)]) > 1);
    }

    [Fact]
    public void Two_values_are_told_apart()
    {
        var reference = ReferenceDistribution.Of([.. Enumerable.Range(0, 1_000).Select(i => i % 4 == 0 ? 1.0 : 0.0)]);

        Assert.InRange(reference.StabilityIndex([.. Enumerable.Range(0, 1_000).Select(i => i % 4 == 0 ? 1.0 : 0.0)]), 0, 1e-12);
        Assert.True(reference.StabilityIndex([.. Enumerable.Range(0, 1_000).Select(i => i % 4 == 0 ? 0.0 : 1.0)]) > 1);
    }

    [Fact]
    public void The_order_of_the_values_changes_nothing()
    {
        var (values, recent) = (Values(3, 999), Values(4, 99));
        var (one, other) = (ReferenceDistribution.Of(values), ReferenceDistribution.Of([.. values.Reverse()]));

        Assert.Equal(one.Edges, other.Edges);
        Assert.Equal(one.Shares, other.Shares);
        Assert.Equal(one.StabilityIndex(recent), other.StabilityIndex([.. recent.Reverse()]));
    }

    [Fact]
    public void It_survives_json_to_the_last_bit()
    {
        var reference = ReferenceDistribution.Of([.. Values(5, 100).Select(v => v < 0 ? 0 : v)]);
        var copy = JsonSerializer.Deserialize<ReferenceDistribution>(JsonSerializer.Serialize(reference))!;

        Assert.Equal(reference.Edges, copy.Edges);
        Assert.Equal(reference.Shares, copy.Shares);
        Assert.Equal(reference.Count, copy.Count);
    }

    [Fact]
    public void No_values_are_no_drift()
    {
        var (nothing, something) = (ReferenceDistribution.Of([]), ReferenceDistribution.Of([1, 2, 3]));

        Assert.Empty(nothing.Edges);
        Assert.Equal([1], nothing.Shares);
        Assert.False(nothing.StabilityIndex([1, 2]) > nothing.AlarmAbove(2));
        Assert.Equal(0, something.StabilityIndex([]), 1e-12);
        Assert.Equal(double.PositiveInfinity, something.AlarmAbove(0));
    }

    private static double[] Values(int seed, int count, double mean = 0, double deviation = 1)
    {
        var (random, values) = (new Random(seed), new double[count]);
        Normal.Samples(random, values, mean, deviation);
        return values;
    }
}
