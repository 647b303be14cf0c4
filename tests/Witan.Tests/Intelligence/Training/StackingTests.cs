using CsCheck;
using Witan.Intelligence;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.Training;

public sealed class StackingTests
{
    [Fact]
    public void Weights_are_not_negative_and_add_up_to_1() => Gen.Select(Gen.Int[1, 5], Gen.Int[0, 120], Gen.Int[0, 1_000_000]).Holds(given =>
    {
        var (parts, outcomes, random) = (given.Item1, given.Item2, new Random(given.Item3));
        double[][] logits = [.. Enumerable.Range(0, parts).Select(_ => Enumerable.Range(0, outcomes).Select(_ => 8 * (random.NextDouble() - 0.5)).ToArray())];

        var weights = Stacking.Fit(logits, [.. Enumerable.Range(0, outcomes).Select(_ => random.Next(2) == 0)]);

        Assert.Equal(parts, weights.Length);
        Assert.All(weights, weight => Assert.InRange(weight, 0, 1));
        Assert.Equal(1, weights.Sum(), 1e-9);
    }, times: 100);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void With_enough_outcomes_it_finds_the_better_of_two(int better)
    {
        var (truth, labels) = Outcomes(4_000, seed: 3);
        var noise = new Random(4);
        var worse = truth.Select(logit => (0.2 * logit) + (3 * (noise.NextDouble() - 0.5))).ToArray();

        var weights = Stacking.Fit(better == 0 ? [truth, worse] : [worse, truth], labels);

        Assert.True(weights[better] > 0.9, $"{weights[0]} and {weights[1]}");
    }

    [Fact]
    public void Two_that_know_different_things_share_the_weight_where_that_is_best()
    {
        var random = new Random(6);
        double[] one = [.. Enumerable.Range(0, 6_000).Select(_ => 4 * (random.NextDouble() - 0.5))];
        double[] other = [.. Enumerable.Range(0, 6_000).Select(_ => 4 * (random.NextDouble() - 0.5))];
        bool[] labels = [.. one.Zip(other, (a, b) => random.NextDouble() < LogOdds.ToProbability((0.4 * a) + (0.6 * b)))];

        Assert.Equal(0.4, Stacking.Fit([one, other], labels)[0], 0.05);
    }

    [Fact]
    public void With_no_outcomes_the_first_keeps_its_place_and_the_others_share_the_rest_alike()
    {
        Assert.Equal([1], Stacking.Fit([[]], []));
        Assert.Equal([0.7, 0.1, 0.1, 0.1], Stacking.Fit([[], [], [], []], []), (one, other) => Math.Abs(one - other) < 1e-12);
    }

    [Fact]
    public void A_handful_of_outcomes_against_it_does_not_take_the_place_of_the_first()
    {
        var (truth, labels) = Outcomes(20, seed: 8);

        var weights = Stacking.Fit([[.. truth.Select(_ => 0.0)], truth], labels);

        Assert.True(weights[0] > 0.5);
        var (more, moreLabels) = Outcomes(4_000, seed: 8);
        Assert.True(Stacking.Fit([[.. more.Select(_ => 0.0)], more], moreLabels)[1] > 0.9);
    }

    private static (double[] Logits, bool[] Labels) Outcomes(int count, int seed)
    {
        var random = new Random(seed);
        double[] logits = [.. Enumerable.Range(0, count).Select(_ => 5 * (random.NextDouble() - 0.5))];
        return (logits, [.. logits.Select(logit => random.NextDouble() < LogOdds.ToProbability(logit))]);
    }
}
