using CsCheck;
using Witan.Intelligence;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.TrackRecords;

public sealed class AbilityTests
{
    [Fact]
    public void An_ability_is_the_mode_of_its_posterior_at_any_moment_however_outcomes_arrived() =>
        Gen.Select(RandomFixes.Arriving, RandomFixes.Attempt).Holds(given =>
        {
            var (fixes, seed) = given.Item1;
            var (book, expected) = (RandomFixes.Book(Given.Arriving(fixes, seed), seed), new NaiveExpectations(fixes));
            for (var minute = 0; minute <= RandomFixes.LastMinute + 6; minute += 3)
                Assert.Equal(expected.Ability(given.Item2.AgentId, Given.At(minute)), book.AbilityAsOf(given.Item2, Given.At(minute)), 1e-4);
        }, times: 150);

    [Theory]
    [InlineData('+', '-', 10, 4)]
    [InlineData('+', '-', 40, 1)]
    [InlineData('+', '-', 12, 10)]
    [InlineData('-', '+', 10, 4)]
    [InlineData('-', '+', 40, 1)]
    [InlineData('-', '+', 12, 10)]
    [InlineData('+', '+', 40, 1)]
    [InlineData('-', '-', 12, 10)]
    public void However_far_an_agent_lies_from_the_others_its_ability_is_the_mode(char others, char own, int issues, int attempts)
    {
        var fixes = OnIssues("crowd", issues, 25, (_, _) => others == '+').Concat(OnIssues("ada", issues, attempts, (_, _) => own == '+', start: 2_000)).ToList();

        var ability = RecordBook.Of(Given.Happening(fixes)).AbilityAsOf(Given.Attempt("ada"), Given.At(9_999));

        Assert.Equal(new NaiveExpectations(fixes).Ability("ada", Given.At(9_999)), ability, 1e-4);
        Assert.Equal(own == '+' ? 1 : -1, Math.Sign(ability));
    }

    [Fact]
    public void Only_the_latest_128_outcomes_count()
    {
        // Failures at first, then as many successes as are looked at.
        var fixes = OnIssues("ada", 1, 200, (_, attempt) => attempt >= 72).ToList();
        var book = RecordBook.Of(Given.Happening(fixes));

        var known = new NaiveExpectations(fixes);

        Assert.Equal(known.Ability("ada", Given.At(9_999)), book.AbilityAsOf(Given.Attempt("ada"), Given.At(9_999)), 1e-4);
        var all = Mode([.. fixes.Select(fix => (known.Ease(fix), fix.Success))]);
        var latest = Mode([.. fixes.TakeLast(128).Select(fix => (known.Ease(fix), fix.Success))]);
        Assert.Equal(latest, book.AbilityAsOf(Given.Attempt("ada"), Given.At(9_999)), 1e-4);
        Assert.True(latest - all > 0.5);
    }

    [Fact]
    public void Who_solved_hard_issues_is_abler_than_who_had_the_same_rate_on_easy_ones()
    {
        var crowd = OnIssues("crowd", 20, 10, (issue, attempt) => issue < 10 ? attempt > 0 : attempt == 0); // the first ten are easy
        var easy = OnIssues("easy", 10, 2, (_, attempt) => attempt == 0, start: 2_000);
        var hard = OnIssues("hard", 10, 2, (_, attempt) => attempt == 0, start: 2_000).Select(fix => fix with
        {
            Attempt = fix.Attempt with { Issue = $"issue-{int.Parse(fix.Attempt.Issue![6..], System.Globalization.CultureInfo.InvariantCulture) + 10}" },
        });
        var book = RecordBook.Of(Given.Happening([.. crowd, .. easy, .. hard]));

        Assert.Equal(Rate("easy"), Rate("hard"));
        Assert.True(Ability("hard") > Ability("easy") + 1, $"{Ability("hard")} against {Ability("easy")}");
        Assert.True(Ability("hard") > 0 && Ability("easy") < 0);

        double Ability(string agent) => book.AbilityAsOf(Given.Attempt(agent), Given.At(9_999));

        double Rate(string agent)
        {
            var standing = book.AsOf(Level.Agent, Given.Attempt(agent), Given.At(9_999));
            return (double)standing.Successes / standing.Outcomes;
        }
    }

    [Fact]
    public void A_rollback_lowers_the_ability_from_its_moment_in_a_book_that_grew_as_in_one_that_was_read_anew()
    {
        var log = Given.Happening([.. OnIssues("ada", 4, 2, (_, _) => true).Select(fix => fix with { RolledBackAt = Given.At(500) })]);
        var live = new RecordBook();
        foreach (var entry in log)
            live.Add([entry]);

        foreach (var book in new[] { live, RecordBook.Of(log) })
        {
            Assert.True(book.AbilityAsOf(Given.Attempt("ada"), Given.At(499)) > 0.5);
            Assert.True(book.AbilityAsOf(Given.Attempt("ada"), Given.At(500)) < -0.5);
        }
    }

    [Fact]
    public void Where_nothing_is_known_it_is_0()
    {
        var book = RecordBook.Of(Given.Outcomes(Given.Attempt("ada"), "+++"));

        Assert.Equal(0, new RecordBook().AbilityAsOf(Given.Attempt(), Given.At(9)));
        Assert.Equal(0, book.AbilityAsOf(Given.Attempt("eve"), Given.At(9)));
        Assert.Equal(0, book.AbilityAsOf(Given.Attempt("ada"), Given.At(0.5)));
        Assert.NotEqual(0, book.AbilityAsOf(Given.Attempt("ada"), Given.At(9)));
    }

    // One after the other, each known before the next is proposed.
    private static IEnumerable<ResolvedAttempt> OnIssues(string agent, int issues, int attempts, Func<int, int, bool> succeeds, double start = 0) =>
        from issue in Enumerable.Range(0, issues)
        from attempt in Enumerable.Range(0, attempts)
        let at = start + (issue * attempts) + attempt
        select new ResolvedAttempt(Given.Attempt(agent, $"issue-{issue}", at: at), Given.At(at + 0.5), succeeds(issue, attempt), null, null);

    private static double Mode((double Ease, bool Success)[] outcomes)
    {
        var (low, high) = (-200.0, 200.0);
        for (var i = 0; i < 100; i++)
        {
            var middle = (low + high) / 2;
            var slope = outcomes.Sum(o => (o.Success ? 1 : 0) - LogOdds.ToProbability(o.Ease + middle)) - middle;
            (low, high) = slope > 0 ? (middle, high) : (low, middle);
        }
        return low;
    }
}
