using Witan.Intelligence.Features;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.Training;

public sealed class BacktestTests
{
    private const string Kind = "logistic";

    private static readonly IReadOnlyList<ResolvedAttempt> Fixes = [.. SimulatedWorld.Of(300, 19).Fixes.Select(fix => fix with { RolledBackAt = null })];
    private static readonly Backtest Test = Run(Fixes);

    [Fact]
    public void The_newer_three_fifths_are_scored_in_four_blocks_in_the_order_of_time()
    {
        Assert.Equal((180, 4), (Test.Count, Test.Blocks));
        var places = Enumerable.Range(0, Test.Count).ToList();
        Assert.Equal(Fixes.Skip(120).Select(fix => fix.Attempt), places.Select(place => Test.Attempt(place).Attempt));
        Assert.Equal(places.Select(place => place / 45), places.Select(Test.Block));
        Assert.Equal(Fixes.Skip(120).Select(fix => fix.Success), places.Select(Test.Label));
        Assert.All(places, place => Assert.Equal(FeatureSchema.KnowsIssue(Test.Row(place)), Test.KnowsIssue(place)));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(140)]
    [InlineData(164)]
    [InlineData(210)]
    [InlineData(280)]
    public void No_score_depends_on_an_outcome_that_came_after_its_proposal(int changed)
    {
        var other = Run(With(changed, Fixes[changed] with { Success = !Fixes[changed].Success }));

        AssertSameBefore(Fixes[changed].CompletedAt, other);
    }

    [Fact]
    public void No_score_depends_on_a_rollback_that_came_after_its_proposal()
    {
        var changed = Enumerable.Range(60, 40).First(i => Fixes[i].Success);
        var at = Fixes[200].Attempt.ProposedAt.AddSeconds(1);

        AssertSameBefore(at, Run(With(changed, Fixes[changed] with { RolledBackAt = at })));
    }

    [Fact]
    public void Outcomes_that_were_known_when_a_block_began_are_learned_from_in_it()
    {
        var (start, end) = (Fixes[120].Attempt.ProposedAt, Fixes[165].Attempt.ProposedAt);
        var (one, other) = (Test, Run([.. Fixes.Select(fix => fix.CompletedAt <= start && fix.Attempt.AgentId == "agent-3" ? fix with { Success = !fix.Success } : fix)]));

        var first = Enumerable.Range(0, 45).Where(place => one.Row(place).SequenceEqual(other.Row(place))).ToList();

        Assert.True(end > start);
        Assert.All(first, place => Assert.NotEqual(one.Logit(Kind, place), other.Logit(Kind, place)));
    }

    [Fact]
    public void Fixes_of_one_moment_give_no_block() => Assert.Equal((0, 0), Scored(Enumerable.Range(1, 300).Select(i => Given.Outcome(i, Given.Attempt($"agent-{i % 7}"), 1, i % 2 == 0))));

    [Fact]
    public void Fixes_of_which_none_was_known_before_the_last_was_proposed_give_no_block() =>
        Assert.Equal((0, 0), Scored(Enumerable.Range(1, 300).Select(i => Given.Outcome(i, Given.Attempt($"agent-{i % 7}", at: i), 400, i % 2 == 0))));

    [Theory]
    [InlineData("logistic")]
    [InlineData("boosted")]
    public void Each_side_is_scored_by_the_part_that_was_fitted_for_it(string kind)
    {
        var sample = TrainingSample.Known(new(Given.Happening(Fixes)), null, DateTimeOffset.MaxValue);
        var test = Backtest.Run(sample, [kind], null, CancellationToken.None);
        var past = sample.KnownBy(Fixes[120].Attempt.ProposedAt);
        var (cold, warm) = (Parts.Fit(kind, past.WithoutIssues(), knowsIssue: false, CancellationToken.None), Parts.Fit(kind, past.OnKnownIssues(), knowsIssue: true, CancellationToken.None));
        var places = Enumerable.Range(0, 45).ToList();

        Assert.All(places, place => Assert.Equal((test.KnowsIssue(place) ? warm : cold).Estimate(test.Row(place)).Logit, test.Logit(kind, place)));
        Assert.Equal([false, true], places.Select(test.KnowsIssue).Distinct().Order());
    }

    private static void AssertSameBefore(DateTimeOffset moment, Backtest other)
    {
        var places = Enumerable.Range(0, Test.Count).ToList();
        Assert.Equal(places.Count, other.Count);
        Assert.All(places.Where(place => Test.Attempt(place).Attempt.ProposedAt < moment), place => Assert.Equal(Test.Logit(Kind, place), other.Logit(Kind, place)));
        Assert.Contains(places, place => Test.Logit(Kind, place) != other.Logit(Kind, place)); // later ones do depend on it
    }

    private static ResolvedAttempt[] With(int place, ResolvedAttempt changed) => [.. Fixes.Select((fix, i) => i == place ? changed : fix)];

    private static Backtest Run(IReadOnlyList<ResolvedAttempt> fixes) => Run(Given.Happening(fixes));

    private static Backtest Run(IEnumerable<OutcomeEvent> log) =>
        Backtest.Run(TrainingSample.Known(new OutcomeHistory(log), null, DateTimeOffset.MaxValue), [Kind], null, CancellationToken.None);

    private static (int, int) Scored(IEnumerable<OutcomeEvent> log)
    {
        var test = Run(log);
        return (test.Count, test.Blocks);
    }
}
