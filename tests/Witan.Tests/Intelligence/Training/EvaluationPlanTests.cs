using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.Training;

public sealed class EvaluationPlanTests
{
    [Fact]
    public void Prequential_cuts_come_whenever_a_quarter_more_has_come_from_200_on()
    {
        var plan = EvaluationPlan.Prequential(OneAMinute(1000), null);

        Assert.Equal([200, 250, 312, 390, 488, 610, 762, 953], Minutes(plan));
        Assert.Null(plan.From);
    }

    [Fact]
    public void A_start_moves_the_first_cut()
    {
        var plan = EvaluationPlan.Prequential(OneAMinute(1000), Given.At(700));

        Assert.Equal([900, 950], Minutes(plan));
        Assert.Equal(Given.At(700), plan.From);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    public void Too_few_proposals_have_no_cut(int proposals) => Assert.Empty(EvaluationPlan.Prequential(OneAMinute(proposals), null).Cuts);

    [Fact]
    public void Proposals_at_one_moment_are_not_cut_apart()
    {
        var history = new OutcomeHistory(Enumerable.Range(0, 1000).Select(i => Given.Outcome(i + 1, Given.Attempt(at: i / 300), 2000)));

        Assert.Equal([0, 1, 2, 3], Minutes(EvaluationPlan.Prequential(history, null)));
    }

    private static OutcomeHistory OneAMinute(int proposals) =>
        new(Enumerable.Range(0, proposals).Select(i => Given.Outcome(i + 1, Given.Attempt(at: i), i + 0.5)));

    private static IEnumerable<int> Minutes(EvaluationPlan plan) => plan.Cuts.Select(cut => (int)(cut - Given.At(0)).TotalMinutes);
}
