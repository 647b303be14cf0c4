using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.Models;

public sealed class RoutedScorerTests
{
    private static readonly HeuristicScorer Known = new();
    private static readonly LinearScorer Unknown = LinearScorer.TrackRecord;
    private static readonly RoutedScorer Routed = new(Known, Unknown);

    private static readonly double[] OnKnownIssue = Vectors.WithRates((Level.Agent, 0.7, 20), (Level.Issue, 0.2, 1));
    private static readonly double[] OnNewIssue = Vectors.WithRates((Level.Agent, 0.7, 20), (Level.Repository, 0.2, 9), (Level.Error, 0.3, 9));

    [Fact]
    public void One_outcome_on_the_issue_decides_who_answers()
    {
        Assert.Equal(Known.Estimate(OnKnownIssue), Routed.Estimate(OnKnownIssue));
        Assert.Equal(Unknown.Estimate(OnNewIssue), Routed.Estimate(OnNewIssue));
        Assert.NotEqual(Known.Estimate(OnNewIssue), Unknown.Estimate(OnNewIssue));
        Assert.NotEqual(Known.Estimate(OnKnownIssue), Unknown.Estimate(OnKnownIssue));
    }

    [Fact]
    public void Who_answers_explains()
    {
        Assert.Equal(Known.Contributions(OnKnownIssue), Routed.Contributions(OnKnownIssue));
        Assert.Equal(Unknown.Contributions(OnNewIssue), Routed.Contributions(OnNewIssue));
    }

    [Fact]
    public void It_goes_by_the_name_of_the_first() => Assert.Equal((Known.Kind, Known.Schema), (Routed.Kind, Routed.Schema));
}
