using Witan.Intelligence;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.Training;

public sealed class PermutationImportanceTests
{
    private static readonly FeatureSchema Schema = FeatureSchema.With([new("noise", 0), new("tested", 0)]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void What_the_outcome_was_made_from_ranks_first_and_what_it_was_not_has_nothing()
    {
        var (rows, labels) = Simulated(2_000, 1);
        var (unseen, outcomes) = Simulated(2_000, 2);
        var usable = Schema.Names.Select(name => name is "attribute.noise" or "attribute.tested" or "agent.lift" or "agent.n").ToList();
        var scorer = new LinearScorer("logistic", Schema, LogisticRegression.Fit(rows, labels, LogisticPrior.Ridge(usable, 1), Cancel));

        var importances = PermutationImportance.Of(scorer, unseen, outcomes, 10, 7, null, Cancel);

        Assert.Equal(["attribute.tested", "agent success rate"], importances.Take(2).Select(one => one.Feature));
        Assert.All(importances.Take(2), one => Assert.True(one.Least > 0 && one.Mean > 3 * one.Deviation));
        var noise = importances.Single(one => one.Feature == "attribute.noise");
        Assert.InRange(noise.Mean, -importances[1].Mean / 10, importances[1].Mean / 10); // its weight fits chance, which new rows may punish
    }

    [Fact]
    public void On_a_simulated_world_the_planted_attribute_beats_the_noise()
    {
        var world = SimulatedWorld.Of(1_500, 3);
        var history = new OutcomeHistory(world.Log);
        var sample = TrainingSample.Known(history, null, DateTimeOffset.MaxValue);
        var usable = Enumerable.Repeat(true, sample.Schema.Count).ToList();
        var scorer = new LinearScorer("logistic", sample.Schema, LogisticRegression.Fit(sample.Rows, sample.Labels, LogisticPrior.Ridge(usable, 10), Cancel));

        var importances = PermutationImportance.Of(scorer, sample.Rows, sample.Labels, 10, 7, null, Cancel).ToDictionary(one => one.Feature);

        Assert.Equal(sample.Schema.Count - sample.Schema.LevelCount, importances.Count);
        Assert.True(importances["attribute.tested"].Least > importances["attribute.noise"].Most);
    }

    [Fact]
    public void The_rise_of_the_loss_is_that_computed_by_hand()
    {
        // Two fixes: with each its own value they get 0.9 and 0.1 and are right, with the other's they are wrong.
        var scorer = Scorer(("attribute.tested", Math.Log(9)));
        double[][] rows = [Row(("attribute.tested", 1)), Row(("attribute.tested", -1))];

        var tested = PermutationImportance.Of(scorer, rows, [true, false], 40, 5, null, Cancel)[0];

        var swapped = Math.Log(0.9) - Math.Log(0.1);
        Assert.Equal(("attribute.tested", 40), (tested.Feature, tested.Repeats));
        Assert.Equal((0, swapped), (tested.Least, tested.Most), (one, other) => Close(one.Item1, other.Item1) && Close(one.Item2, other.Item2));
        var share = tested.Mean / swapped; // of the repeats that swapped them, so the deviation is that of a coin
        Assert.InRange(share, 0.2, 0.8);
        Assert.Equal(swapped * Math.Sqrt(share * (1 - share) * 40 / 39), tested.Deviation, 1e-9);
    }

    [Fact]
    public void A_feature_that_is_not_used_has_exactly_0()
    {
        var (rows, labels) = Simulated(200, 1);

        var importances = PermutationImportance.Of(Scorer(("attribute.tested", 1)), rows, labels, 5, 1, null, Cancel);

        Assert.Equal("attribute.tested", importances[0].Feature);
        Assert.All(importances.Skip(1), one => Assert.Equal((0.0, 0.0, 0.0, 0.0), (one.Mean, one.Deviation, one.Least, one.Most)));
        Assert.Equal(importances.Skip(1).Select(one => one.Feature).Order(StringComparer.Ordinal), importances.Skip(1).Select(one => one.Feature));
    }

    [Fact]
    public void A_constant_needs_nothing()
    {
        double[][] rows = [new double[FeatureSchema.Core.Count], [.. Enumerable.Repeat(1.0, FeatureSchema.Core.Count)]];

        var importances = PermutationImportance.Of(new ConstantScorer(0.4), rows, [true, false], 3, 1, null, Cancel);

        Assert.Equal(FeatureSchema.Core.Count - Levels.Count, importances.Count);
        Assert.All(importances, one => Assert.Equal(0, one.Mean));
    }

    [Fact]
    public void The_rate_of_a_level_and_its_n_are_dealt_together()
    {
        // Lift and n cancel in every row: dealt one by one they would not.
        var scorer = Scorer(("agent.lift", 1), ("agent.n", -1));
        var random = new Random(1);
        var rows = Enumerable.Range(0, 50).Select(_ => random.NextDouble()).Select(x => Row(("agent.lift", x), ("agent.n", x))).ToList();

        var importances = PermutationImportance.Of(scorer, rows, [.. rows.Select(_ => random.Next(2) == 0)], 5, 1, null, Cancel);

        Assert.All(importances, one => Assert.Equal(0, one.Mean));
        Assert.Contains(importances, one => one.Feature == Level.Agent.Rule().Label);
    }

    [Fact]
    public void The_rows_are_as_they_were()
    {
        var (rows, labels) = Simulated(100, 1);
        var copies = rows.Select(row => row.ToArray()).ToList();

        PermutationImportance.Of(Scorer(("attribute.tested", 1), ("agent.lift", 2)), rows, labels, 3, 1, null, Cancel);

        Assert.Equal(copies, rows);
    }

    [Fact]
    public void The_same_seed_deals_the_same_and_another_seed_otherwise()
    {
        var (rows, labels) = Simulated(100, 1);
        var scorer = Scorer(("attribute.tested", 1), ("agent.lift", 2));

        var (one, again, other) = (Of(1), Of(1), Of(2));

        Assert.Equal(one, again);
        Assert.NotEqual(one, other);

        IReadOnlyList<Importance> Of(int seed) => PermutationImportance.Of(scorer, rows, labels, 3, seed, null, Cancel);
    }

    [Fact]
    public void A_single_repeat_has_no_deviation()
    {
        var (rows, labels) = Simulated(100, 1);

        var first = PermutationImportance.Of(Scorer(("attribute.tested", 1)), rows, labels, 1, 1, null, Cancel)[0];

        Assert.Equal((0, first.Mean, first.Mean), (first.Deviation, first.Least, first.Most));
    }

    [Fact]
    public void It_tells_of_each_feature_and_can_be_stopped()
    {
        var (rows, labels) = Simulated(20, 1);
        var told = new Told();

        PermutationImportance.Of(Scorer(), rows, labels, 1, 1, told, Cancel);

        Assert.Equal(3, told.Steps.Count); // the others are the same for all rows
        Assert.All(told.Steps, step => Assert.InRange(step.Fraction, 0, 1));
        Assert.Throws<OperationCanceledException>(() => PermutationImportance.Of(Scorer(), rows, labels, 1, 1, null, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void What_does_not_fit_together_is_refused()
    {
        Assert.Throws<ArgumentException>(() => PermutationImportance.Of(Scorer(), [], [], 1, 1, null, Cancel));
        Assert.Throws<ArgumentException>(() => PermutationImportance.Of(Scorer(), [Row()], [], 1, 1, null, Cancel));
        Assert.Throws<ArgumentException>(() => PermutationImportance.Of(Scorer(), [[1, 2]], [true], 1, 1, null, Cancel));
        Assert.Throws<ArgumentOutOfRangeException>(() => PermutationImportance.Of(Scorer(), [Row()], [true], 0, 1, null, Cancel));
    }

    // Outcomes made of whether a fix was tested, mostly, and of the agent's rate; not of the noise.
    private static (IReadOnlyList<double[]> Rows, IReadOnlyList<bool> Labels) Simulated(int count, int seed)
    {
        var random = new Random(seed);
        var rows = Enumerable.Range(0, count)
            .Select(_ => Row(("attribute.tested", random.Next(2)), ("attribute.noise", random.NextDouble()), ("agent.lift", random.NextDouble()), ("agent.n", random.NextDouble()))).ToList();
        var (tested, rate) = (Schema.Count - 1, FeatureSchema.Lift(Level.Agent));
        return (rows, [.. rows.Select(row => random.NextDouble() < LogOdds.ToProbability((3 * row[tested]) + (2 * row[rate]) - 2.5))]);
    }

    private static bool Close(double one, double other) => Math.Abs(one - other) < 1e-9;

    private static double[] Row(params (string Name, double Value)[] given) => Numbers(given);

    private static LinearScorer Scorer(params (string Name, double Weight)[] weights) =>
        new("logistic", Schema, new(0, Numbers(weights), new double[Schema.Count], []));

    private static double[] Numbers((string Name, double Value)[] given)
    {
        var numbers = new double[Schema.Count];
        foreach (var (name, value) in given)
            numbers[Schema.Names.ToList().IndexOf(name)] = value;
        return numbers;
    }

    private sealed class Told : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> Steps { get; } = [];

        public void Report(TrainingProgress value) => Steps.Add(value);
    }
}
