using Witan.Intelligence;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.Models;

public sealed class ExplanationTests
{
    private static readonly FeatureSchema Schema = FeatureSchema.With([new("tested", 0), new("unused", 0)]);

    [Fact]
    public void The_rate_of_a_level_and_its_n_are_one_factor()
    {
        var scorer = Scorer(("agent.lift", 2), ("agent.n", -0.5));
        var features = Features(("agent.lift", 1), ("agent.n", 3));

        var factor = Assert.Single(Explanation.Factors(scorer, features, 9));

        Assert.Equal("agent success rate", factor.Feature);
        Assert.Equal(LogOdds.ToProbability(1), factor.Value, 1e-12);
        Assert.Equal(2 - 1.5, factor.Contribution, 1e-12);
    }

    [Fact]
    public void Factors_are_ordered_by_size_whatever_their_sign()
    {
        var scorer = Scorer(("issue.lift", 1), ("agent.lift", -3), ("attribute.tested", 2));

        var factors = Explanation.Factors(scorer, Features(("issue.lift", 1), ("agent.lift", 1), ("attribute.tested", 1)), 9);

        Assert.Equal([-3.0, 2, 1], factors.Select(factor => factor.Contribution), (one, other) => Math.Abs(one - other) < 1e-12);
        Assert.Equal(["agent success rate", "attribute tested", "issue success rate"], factors.Select(factor => factor.Feature));
    }

    [Fact]
    public void Only_the_weightiest_are_named_when_there_are_many()
    {
        var scorer = Scorer(("issue.lift", 1), ("agent.lift", 3), ("attribute.tested", 2));

        var factors = Explanation.Factors(scorer, Features(("issue.lift", 1), ("agent.lift", 1), ("attribute.tested", 1)), 2);

        Assert.Equal(["agent success rate", "attribute tested"], factors.Select(factor => factor.Feature));
    }

    [Theory]
    [InlineData("change.known", "size of the change is known")]
    [InlineData("change.lines", "size of the change (log lines)")]
    [InlineData("change.files", "size of the change (log files)")]
    [InlineData("duration.known", "duration is known")]
    [InlineData("duration.expected", "expected duration against the fleet (log)")]
    [InlineData("neighbours.agreement", "what agents that agree with this one did on the issue")]
    [InlineData("neighbours.n", "agents to compare with on the issue (log)")]
    [InlineData("agent.ability", "agent's ability against the difficulty of what it tried")]
    [InlineData("attribute.tested", "attribute tested")]
    [InlineData("attribute.unused", "attribute unused")]
    public void What_is_no_rate_is_named_in_words_and_shown_with_its_own_value(string name, string label)
    {
        var factor = Assert.Single(Explanation.Factors(Scorer((name, 0.5)), Features((name, 4)), 9));

        Assert.Equal(new Factor(label, 4, 2), factor);
    }

    [Fact]
    public void Every_level_goes_by_its_label() => Assert.All(Levels.All, rule =>
    {
        var name = $"{rule.Name}.lift";
        Assert.Equal(rule.Label, Assert.Single(Explanation.Factors(Scorer((name, 1)), Features((name, 1)), 9)).Feature);
    });

    [Fact]
    public void What_moved_nothing_is_not_named()
    {
        Assert.Empty(Explanation.Factors(Scorer(("agent.lift", 1)), Features(("issue.lift", 1)), 9));
        Assert.Empty(Explanation.Factors(new ConstantScorer(0.4), Features(("issue.lift", 1)), 9));
    }

    [Fact]
    public void The_factors_of_a_trained_model_sum_to_its_contributions()
    {
        var scorer = TrainedModel.Scorer;
        var features = Vectors.Newest(TrainedModel.World, 1, scorer.Schema)[0];

        var factors = Explanation.Factors(scorer, features, int.MaxValue);

        Assert.Equal(scorer.Contributions(features).Sum(), factors.Sum(factor => factor.Contribution), 1e-6);
        Assert.Contains(factors, factor => factor.Feature == "attribute tested");
    }

    private static double[] Features(params (string Name, double Value)[] given) => Numbers(given);

    private static LinearScorer Scorer(params (string Name, double Weight)[] weights) =>
        new("logistic", Schema, new(0, Numbers(weights), new double[Schema.Count], []));

    private static double[] Numbers((string Name, double Value)[] given)
    {
        var numbers = new double[Schema.Count];
        foreach (var (name, value) in given)
            numbers[Schema.Names.ToList().IndexOf(name)] = value;
        return numbers;
    }
}
