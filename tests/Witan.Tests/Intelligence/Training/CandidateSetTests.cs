using Witan.Intelligence;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.Training;

public sealed class CandidateSetTests
{
    private static readonly IReadOnlyList<ResolvedAttempt> Fixes = SimulatedWorld.Of(600, 37).Fixes;
    private static readonly CandidateSet Set = SetOf(Fixes);

    private static readonly string[] Trained = ["logistic", "boosted", "ensemble"];

    [Fact]
    public void Built_in_scorers_come_first_and_all_have_scored_the_same_fixes()
    {
        Assert.Equal(["constant", "heuristic", "track-record", .. Trained], Set.All.Select(candidate => candidate.Kind));
        Assert.All(Set.All, candidate => Assert.Equal(360, candidate.OutOfTime.Length));
        Assert.Equal(Fixes.Skip(240).Select(fix => fix.Succeeded), Set.Labels);
        Assert.All(Set.All, candidate => Assert.Equal(Trained.Contains(candidate.Kind), candidate.Known is not null && candidate.Unknown is not null));
    }

    [Fact]
    public void Before_any_score_could_be_checked_the_ensemble_is_mostly_its_first_part_and_nothing_is_calibrated()
    {
        var (logistic, boosted, ensemble) = (Set.Of("logistic").OutOfTime, Set.Of("boosted").OutOfTime, Set.Of("ensemble").OutOfTime);
        for (var i = 0; i < 90; i++)
            Assert.Equal((0.7 * LogOdds.Of(logistic[i])) + (0.3 * LogOdds.Of(boosted[i])), LogOdds.Of(ensemble[i]), 1e-9);
        Assert.Contains(Enumerable.Range(90, 270), i => Math.Abs((0.7 * LogOdds.Of(logistic[i])) + (0.3 * LogOdds.Of(boosted[i])) - LogOdds.Of(ensemble[i])) > 0.01);
    }

    [Theory]
    [InlineData(335)]
    [InlineData(430)]
    [InlineData(520)]
    public void No_weight_and_no_calibration_behind_a_score_comes_of_what_happened_after_its_proposal(int fix)
    {
        var moment = Fixes[fix].Attempt.ProposedAt;
        var other = SetOf([.. Fixes.Select(one => one.CompletedAt < moment ? one : one with { Success = !one.Success, RolledBackAt = null })]);
        var before = Enumerable.Range(0, 360).Where(place => Set.Attempts[place].Attempt.ProposedAt < moment).ToList();

        Assert.Equal(fix - 240, before.Count);
        foreach (var kind in Trained.Append("track-record"))
        {
            var (one, two) = (Set.Of(kind).OutOfTime, other.Of(kind).OutOfTime);
            Assert.All(before, place => Assert.Equal(one[place], two[place]));
            Assert.NotEqual(one, two);
        }
    }

    [Fact]
    public void No_rollback_after_its_proposal_is_behind_a_score()
    {
        var moment = Fixes[430].Attempt.ProposedAt;
        var other = SetOf([.. Fixes.Select(one => one is { Success: true, RolledBackAt: null } && one.CompletedAt < moment ? one with { RolledBackAt = moment } : one)]);

        foreach (var kind in Trained)
            Assert.Equal(Set.Of(kind).OutOfTime.Take(430 - 240), other.Of(kind).OutOfTime.Take(430 - 240));
    }

    private static CandidateSet SetOf(IReadOnlyList<ResolvedAttempt> fixes) =>
        CandidateSet.Fit(TrainingSample.Known(new(Given.Happening(fixes)), null, DateTimeOffset.MaxValue), TrainingOptions.QuickKinds, null, CancellationToken.None);
}
