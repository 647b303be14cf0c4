using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.Models;

public sealed class HeuristicScorerTests
{
    private static readonly HeuristicScorer Scorer = new();

    [Fact]
    public void With_nothing_known_it_says_one_half() => Assert.Equal(0.5, Probability([]), 1e-12);

    [Fact]
    public void It_is_four_tenths_history_three_tenths_similarity_and_three_tenths_expertise() => Assert.Equal(
        (0.4 * 0.9) + (0.3 * 0.8) + (0.3 * 0.7),
        Probability([(Level.AgentStrategy, 0.9, 12), (Level.Issue, 0.8, 5), (Level.AgentDomain, 0.7, 9)]),
        1e-12);

    [Fact]
    public void What_is_unknown_counts_as_one_half() =>
        Assert.Equal((0.4 * 0.9) + (0.6 * 0.5), Probability([(Level.AgentStrategy, 0.9, 3)]), 1e-12);

    [Fact]
    public void The_closest_context_that_is_known_counts()
    {
        Assert.Equal(0.35 + (0.3 * 0.2), Probability([(Level.Repository, 0.2, 9)]), 1e-12);
        Assert.Equal(0.35 + (0.3 * 0.4), Probability([(Level.Repository, 0.2, 9), (Level.Error, 0.4, 9)]), 1e-12);
        Assert.Equal(0.35 + (0.3 * 0.6), Probability([(Level.Repository, 0.2, 9), (Level.Error, 0.4, 9), (Level.Issue, 0.6, 1)]), 1e-12);
    }

    [Fact]
    public void Expertise_is_that_in_the_domain_or_else_overall()
    {
        Assert.Equal(0.35 + (0.3 * 0.9), Probability([(Level.Agent, 0.9, 9)]), 1e-12);
        Assert.Equal(0.35 + (0.3 * 0.1), Probability([(Level.Agent, 0.9, 9), (Level.AgentDomain, 0.1, 9)]), 1e-12);
    }

    [Fact]
    public void Its_contributions_sum_to_the_distance_from_one_half()
    {
        var features = Vectors.WithRates((Level.AgentStrategy, 0.9, 12), (Level.Error, 0.8, 5), (Level.Agent, 0.3, 9));

        var contributions = Scorer.Contributions(features);

        Assert.Equal(Scorer.Judge(features).Probability - 0.5, contributions.Sum(), 1e-12);
        Assert.Equal(0.4 * 0.4, contributions[FeatureSchema.Lift(Level.AgentStrategy)], 1e-12);
        Assert.Equal(0.3 * 0.3, contributions[FeatureSchema.Lift(Level.Error)], 1e-12);
        Assert.Equal(0.3 * -0.2, contributions[FeatureSchema.Lift(Level.Agent)], 1e-12);
    }

    [Fact]
    public void Its_interval_holds_the_probability_and_narrows_as_more_is_known()
    {
        var little = Scorer.Judge(Vectors.WithRates((Level.AgentStrategy, 0.9, 2)));
        var much = Scorer.Judge(Vectors.WithRates((Level.AgentStrategy, 0.9, 200)));

        Assert.InRange(little.Probability, little.Low, little.High);
        Assert.Equal(little.Probability, much.Probability, 1e-12);
        Assert.True(much.High - much.Low < little.High - little.Low);
    }

    [Fact]
    public void It_reads_the_core_features() => Assert.Equal(("heuristic", FeatureSchema.Core), (Scorer.Kind, Scorer.Schema));

    private static double Probability((Level, double, int)[] known) => Scorer.Judge(Vectors.WithRates(known)).Probability;
}
