using Witan.Intelligence;

namespace Witan.Tests.Intelligence;

public sealed class LogOddsTests
{
    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0.75, 1.0986122886681098)]
    [InlineData(0.2, -1.3862943611198906)]
    public void A_logit_is_the_logarithm_of_the_odds(double probability, double logit)
    {
        Assert.Equal(logit, LogOdds.Of(probability), 1e-12);
        Assert.Equal(probability, LogOdds.ToProbability(logit), 1e-12);
    }

    [Theory]
    [InlineData(800, 1)]
    [InlineData(-800, 0)]
    [InlineData(double.MaxValue, 1)]
    [InlineData(double.MinValue, 0)]
    public void Far_logits_do_not_overflow(double logit, double probability) => Assert.Equal(probability, LogOdds.ToProbability(logit), 1e-12);
}
