using Witan.Intelligence;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.Training;

public sealed class LogisticRegressionTests
{
    private static readonly bool[] AllUsable = [true, true, true];
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void It_recovers_the_coefficients_that_the_data_was_made_with()
    {
        var (rows, labels) = Simulated(20_000, intercept: -0.7, [1.2, -0.8, 0]);

        var terms = LogisticRegression.Fit(rows, labels, LogisticPrior.Ridge(AllUsable, ridge: 1e-6), Cancel);

        Assert.Equal(1.2, terms.Weights[0], 0.06);
        Assert.Equal(-0.8, terms.Weights[1], 0.04);
        Assert.Equal(0, terms.Weights[2], 0.06);
        Assert.Equal(-0.7 + (1.2 * terms.Means[0]) - (0.8 * terms.Means[1]), terms.Intercept, 0.06);
    }

    [Fact]
    public void At_the_optimum_the_gradient_is_0()
    {
        var (rows, labels) = Simulated(500, intercept: 0.3, [0.9, -0.2, 0.4]);

        foreach (var ridge in new[] { 1e-6, 1.0, 25.0 })
            Assert.All(Gradient(rows, labels, LogisticRegression.Fit(rows, labels, LogisticPrior.Ridge(AllUsable, ridge), Cancel), ridge), g => Assert.Equal(0, g, 1e-7));
    }

    [Theory]
    [InlineData(1.5)]
    [InlineData(2.5)]
    [InlineData(6)]
    [InlineData(40)]
    public void However_far_the_prior_is_from_the_optimum_the_gradient_there_is_0(double sureness)
    {
        // The prior says 1, and with so large features it is all but certain of every outcome, and often wrong.
        var (rows, labels) = Simulated(2_000, intercept: 0, [1.2, 0, 0]);
        double[][] sure = [.. rows.Select(row => new[] { sureness * row[0] })];

        var terms = LogisticRegression.Fit(sure, labels, new([new(1, 100, false)], 1_000), Cancel);

        Assert.InRange(terms.Weights[0], 0, 1);
        var slope = sure.Select((row, i) => ((labels[i] ? 1 : 0) - LogOdds.ToProbability(terms.Intercept + (terms.Weights[0] * (row[0] - terms.Means[0])))) * (row[0] - terms.Means[0])).Sum();
        Assert.Equal(0, slope - (100 * (terms.Weights[0] - 1)), 1e-6);
    }

    [Fact]
    public void Columns_that_are_constant_or_may_not_be_used_get_no_weight()
    {
        var (rows, labels) = Simulated(500, intercept: 0, [2, 2, 2]);
        foreach (var row in rows)
            row[1] = 42;

        var terms = LogisticRegression.Fit(rows, labels, LogisticPrior.Ridge([true, true, false], 1), Cancel);

        Assert.NotEqual(0, terms.Weights[0]);
        Assert.Equal((0, 0), (terms.Weights[1], terms.Weights[2]));
        Assert.Equal(42, terms.Means[1], 1e-9);
        Assert.All(terms.Covariance, c => Assert.True(double.IsFinite(c)));
    }

    [Fact]
    public void A_stronger_ridge_draws_the_weights_towards_0()
    {
        var (rows, labels) = Simulated(300, intercept: 0, [1, 0, 0]);

        var sizes = new[] { 0.01, 1, 100, 10_000 }.Select(ridge => LogisticRegression.Fit(rows, labels, LogisticPrior.Ridge(AllUsable, ridge), Cancel).Weights[0]).ToList();

        Assert.Equal(sizes.OrderDescending(), sizes);
        Assert.True(sizes[^1] < 0.05 * sizes[0]);
    }

    [Fact]
    public void With_nothing_to_learn_from_it_gives_the_rate_and_its_uncertainty()
    {
        double[][] rows = [[1], [1], [1], [1], [1], [1], [1], [1]];

        var terms = LogisticRegression.Fit(rows, [true, true, true, true, true, true, false, false], LogisticPrior.Ridge([true], 1), Cancel);

        Assert.Equal(Math.Log(3), terms.Intercept, 1e-9);
        Assert.Equal(1 / (8 * 0.75 * 0.25), terms.Covariance[0], 1e-9);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_covariance_is_the_inverse_of_the_penalised_curvature(double ridge)
    {
        // Each of four rows at probability one half curves by a quarter, and the ridge adds its own curvature to the weight.
        var terms = LogisticRegression.Fit([[-1.0], [-1.0], [1.0], [1.0]], [true, false, true, false], LogisticPrior.Ridge([true], ridge), Cancel);

        Assert.Equal([1, 0, 1 / (1 + ridge)], terms.Covariance, (one, other) => Math.Abs(one - other) < 1e-9);
    }

    [Fact]
    public void The_covariance_says_how_far_the_weights_vary_from_sample_to_sample()
    {
        var fits = Enumerable.Range(0, 60).Select(seed =>
        {
            var (rows, labels) = Simulated(400, intercept: 0.2, [1, 0, 0], seed);
            return LogisticRegression.Fit(rows, labels, LogisticPrior.Ridge(AllUsable, 1e-6), Cancel);
        }).ToList();
        var mean = fits.Average(terms => terms.Weights[0]);
        var spread = Math.Sqrt(fits.Average(terms => Math.Pow(terms.Weights[0] - mean, 2)));

        Assert.InRange(spread / Math.Sqrt(fits.Average(terms => terms.Covariance[2])), 0.75, 1.25);
    }

    [Fact]
    public void Perfectly_separated_outcomes_have_finite_weights()
    {
        double[][] rows = [.. Enumerable.Range(0, 40).Select(i => new double[] { i })];

        var terms = LogisticRegression.Fit(rows, [.. rows.Select(row => row[0] >= 20)], LogisticPrior.Ridge([true], 1), Cancel);

        AssertFinite(terms);
        Assert.True(terms.Weights[0] > 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Outcomes_of_one_class_alone_have_finite_terms(bool success)
    {
        var (rows, _) = Simulated(200, intercept: 0, [1, 0, 0]);

        AssertFinite(LogisticRegression.Fit(rows, [.. rows.Select(_ => success)], LogisticPrior.Ridge(AllUsable, 1), Cancel));
    }

    [Fact]
    public void Two_columns_that_say_the_same_share_the_weight()
    {
        var (rows, labels) = Simulated(400, intercept: 0, [1, 0, 0]);
        foreach (var row in rows)
            row[1] = row[0];

        var terms = LogisticRegression.Fit(rows, labels, LogisticPrior.Ridge(AllUsable, 1), Cancel);

        Assert.Equal(terms.Weights[0], terms.Weights[1], 1e-6);
    }

    [Fact]
    public void It_can_be_stopped() => Assert.Throws<OperationCanceledException>(() =>
        LogisticRegression.Fit([[0.0], [1.0]], [true, false], LogisticPrior.Ridge([true], 1), new CancellationToken(canceled: true)));

    private static (double[][] Rows, bool[] Labels) Simulated(int n, double intercept, double[] weights, int seed = 17)
    {
        var random = new Random(seed);
        double[][] rows = [.. Enumerable.Range(0, n).Select(_ => new[] { Noise(random), 5 * Noise(random), 3 + Noise(random) })];
        return (rows, [.. rows.Select(row => random.NextDouble() < LogOdds.ToProbability(intercept + row.Zip(weights, (x, w) => x * w).Sum()))]);
    }

    private static double Noise(Random random) => Math.Sqrt(12) * (random.NextDouble() - 0.5);

    // Of the penalised log likelihood, by the definition: intercept first, then the standardised weights.
    private static IEnumerable<double> Gradient(double[][] rows, bool[] labels, LinearTerms terms, double ridge)
    {
        var logits = rows.Select(row => terms.Intercept + row.Select((x, j) => terms.Weights[j] * (x - terms.Means[j])).Sum());
        var errors = logits.Select((logit, i) => (labels[i] ? 1 : 0) - LogOdds.ToProbability(logit)).ToArray();
        yield return errors.Sum();
        for (var j = 0; j < terms.Weights.Length; j++)
        {
            var scale = Math.Sqrt(rows.Average(row => Math.Pow(row[j] - terms.Means[j], 2)));
            yield return rows.Select((row, i) => errors[i] * (row[j] - terms.Means[j]) / scale).Sum() - (ridge * terms.Weights[j] * scale);
        }
    }

    private static void AssertFinite(LinearTerms terms) =>
        Assert.All([terms.Intercept, .. terms.Weights, .. terms.Covariance], number => Assert.True(double.IsFinite(number)));
}
