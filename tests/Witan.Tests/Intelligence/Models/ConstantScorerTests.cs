using Witan.Intelligence;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.Models;

public sealed class ConstantScorerTests
{
    private static readonly ConstantScorer Scorer = new(0.3);

    [Fact]
    public void It_says_the_same_of_every_fix()
    {
        Assert.Equal(new LogitEstimate(LogOdds.Of(0.3), 0), Scorer.Estimate(Vectors.WithRates()));
        var judgement = Scorer.Judge(Vectors.WithRates((Level.Agent, 0.9, 9)));
        Assert.All([judgement.Low, judgement.Probability, judgement.High], number => Assert.Equal(0.3, number, 1e-12));
    }

    [Fact]
    public void Nothing_moves_it() =>
        Assert.All(Scorer.Contributions(Vectors.WithRates((Level.Agent, 0.9, 9))), contribution => Assert.Equal(0, contribution));

    [Fact]
    public void It_has_a_name_and_reads_the_core_features() => Assert.Equal(("constant", FeatureSchema.Core), (Scorer.Kind, Scorer.Schema));
}
