using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.TrackRecords;

public sealed class LevelsTests
{
    [Fact]
    public void Every_level_has_its_rule_at_its_place()
    {
        Assert.Equal(Enum.GetValues<Level>(), Levels.All.Select(rule => rule.Level));
        Assert.All(Levels.All, rule => Assert.Same(rule, rule.Level.Rule()));
        Assert.Equal(Levels.All.Count, Levels.Count);
    }

    [Fact]
    public void Every_parent_stands_before_its_children() =>
        Assert.All(Levels.All, rule => Assert.True(rule.Parent is null || rule.Parent < rule.Level, rule.Name));

    [Fact]
    public void Names_and_labels_are_unique()
    {
        Assert.Distinct(Levels.All.Select(rule => rule.Name));
        Assert.Distinct(Levels.All.Select(rule => rule.Label));
    }

    [Fact]
    public void Every_level_forgets_and_shrinks() => Assert.All(Levels.All, rule => Assert.True(rule is { HalfLife: > 0, Prior: > 0 }, rule.Name));

    [Fact]
    public void After_a_half_life_of_further_outcomes_an_outcome_counts_half()
    {
        var halfLife = (int)Level.Issue.Rule().HalfLife;
        var book = RecordBook.Of(Given.Outcomes(Given.Attempt(), "+" + new string('-', halfLife)));

        Assert.Equal(0.5, book.AsOf(Level.Issue, Given.Attempt(), Given.At(999)).WeightedSuccesses, 1e-9);
    }

    [Fact]
    public void A_smoothed_rate_is_the_mean_of_a_beta_posterior()
    {
        Assert.Equal(0.7, Standing.Empty.SmoothedRate(0.7, 10), 1e-12);
        Assert.Equal((3 + 5.0) / (4 + 10), new Standing(4, 3, 4, 3, double.NaN).SmoothedRate(0.5, 10), 1e-12);
    }
}
