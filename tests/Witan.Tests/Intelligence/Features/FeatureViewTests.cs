using Witan.Intelligence.Features;
using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.Features;

public sealed class FeatureViewTests
{
    [Fact]
    public void Rates_and_weights_read_back_from_a_vector_are_those_of_the_records()
    {
        var world = SimulatedWorld.Of(300, 4);
        var (book, attempt) = (RecordBook.Of(world.Log), world.Fixes[^1].Attempt);
        var features = new double[FeatureSchema.Core.Count];
        FeatureExtractor.Extract(book, attempt, FeatureSchema.Core, features);

        var fleet = Standing(Level.Fleet).SmoothedRate(0.5, 2);
        var model = Standing(Level.Model).SmoothedRate(fleet, 10);
        var family = Standing(Level.Family).SmoothedRate(model, 10);
        var repository = Standing(Level.Repository).SmoothedRate(fleet, 10);
        Assert.Equal(fleet, FeatureView.Rate(features, Level.Fleet), 1e-9);
        Assert.Equal(Standing(Level.Agent).SmoothedRate(family, 20), FeatureView.Rate(features, Level.Agent), 1e-9);
        Assert.Equal(Standing(Level.Issue).SmoothedRate(repository, 2), FeatureView.Rate(features, Level.Issue), 1e-9);
        Assert.All(Levels.All, rule => Assert.Equal(Standing(rule.Level).Weight, FeatureView.Weight(features, rule.Level), 1e-9));

        Standing Standing(Level level) => book.AsOf(level, attempt, attempt.ProposedAt);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(900)]
    public void The_variance_of_a_logit_is_that_of_its_beta_posterior_from_as_many_outcomes_as_the_faded_ones_are_worth(int outcomes)
    {
        var fading = Enumerable.Range(0, outcomes).Select(age => Math.Pow(0.5, age / 1000.0)).ToList(); // the half-life of the fleet
        var worth = fading.Sum() * fading.Sum() / fading.Sum(weight => weight * weight);
        var features = new double[FeatureSchema.Core.Count];
        features[FeatureSchema.N(Level.Fleet)] = Math.Log(1 + fading.Sum());
        var variances = new double[Levels.Count];

        FeatureView.LogitVariances(FeatureSchema.Core, features, variances);

        Assert.Equal(1 / ((worth + 2) * 0.25), variances[(int)Level.Fleet], 1e-9);
        Assert.Equal(1 / (20 * 0.25), variances[(int)Level.Agent], 1e-9);
    }

    [Fact]
    public void A_variance_stays_finite_where_a_rate_is_all_but_certain()
    {
        var features = new double[FeatureSchema.Core.Count];
        features[FeatureSchema.Lift(Level.Fleet)] = 500;
        var variances = new double[Levels.Count];

        FeatureView.LogitVariances(FeatureSchema.Core, features, variances);

        Assert.All(variances, variance => Assert.True(double.IsFinite(variance)));
    }
}
