using CsCheck;
using Witan.Fixes;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.TrackRecords;

public sealed class RecordBookTests
{
    [Fact]
    public void A_standing_is_what_the_definition_says_at_every_level_and_moment() =>
        Gen.Select(RandomFixes.Arriving, RandomFixes.Attempt).Holds((given) => AssertAsDefined(given.Item1.Fixes, given.Item1.Seed, given.Item2));

    [Fact]
    public void Any_order_of_arrival_gives_the_same_standings_to_the_bit() =>
        Gen.Select(RandomFixes.Arriving, RandomFixes.Attempt, Gen.Int[0, 1000]).Holds(given =>
            AssertSame(given.Item1.Fixes, given.Item1.Seed, given.Item3, given.Item2));

    [Fact]
    public void Any_order_of_arrival_gives_the_same_standings_where_only_a_rollback_tells_two_fixes_apart() =>
        Gen.Select(RandomFixes.TiedArriving, RandomFixes.Attempt, Gen.Int[0, 1000]).Holds(given =>
            AssertSame(given.Item1.Fixes, given.Item1.Seed, given.Item3, given.Item2));

    [Fact]
    public void Two_successes_at_once_of_which_one_is_rolled_back_are_the_same_whichever_arrived_first()
    {
        var (first, second) = (Given.Outcome(1, Given.Attempt(), 1), Given.Outcome(2, Given.Attempt(), 1));
        var rollback = Given.Rollback(3, first, 5);

        var one = RecordBook.Of([first, second, rollback]);
        var other = RecordBook.Of([second, first, rollback]);

        Assert.Equal(one.AsOf(Level.Issue, Given.Attempt(), Given.At(9)), other.AsOf(Level.Issue, Given.Attempt(), Given.At(9)));
    }

    [Fact]
    public void Ties_are_ordered_by_agent_and_never_by_id_or_arrival()
    {
        var (ada, bob) = (Given.Attempt("ada"), Given.Attempt("bob"));
        var one = RecordBook.Of([Given.Outcome(1, ada, 5, success: true), Given.Outcome(2, bob, 5, success: false)]);
        var other = RecordBook.Of([Given.Outcome(1, bob, 5, success: false), Given.Outcome(2, ada, 5, success: true)]);

        var standing = one.AsOf(Level.IssueRecent, ada, Given.At(5));

        Assert.Equal(standing, other.AsOf(Level.IssueRecent, ada, Given.At(5)));
        Assert.Equal(Math.Pow(0.5, 0.25), standing.WeightedSuccesses, 1e-12); // Ada's success is the older of the two
    }

    [Fact]
    public void Ties_of_one_agent_are_ordered_by_issue()
    {
        var book = RecordBook.Of([Given.Outcome(1, Given.Attempt(issue: "b"), 5, true), Given.Outcome(2, Given.Attempt(issue: "a"), 5, false)]);

        var fleet = book.AsOf(Level.Fleet, Given.Attempt(), Given.At(5));

        Assert.Equal(1, fleet.WeightedSuccesses); // the success on b is the newer one, and nothing has faded it
    }

    [Fact]
    public void An_outcome_counts_from_the_very_moment_it_is_completed()
    {
        var book = RecordBook.Of([Given.Outcome(1, Given.Attempt(), 5)]);

        Assert.Equal(Standing.Empty, book.AsOf(Level.Agent, Given.Attempt(), Given.At(5).AddTicks(-1)));
        Assert.Equal(1, book.AsOf(Level.Agent, Given.Attempt(), Given.At(5)).Outcomes);
    }

    [Fact]
    public void A_moment_is_the_same_in_every_time_zone()
    {
        var book = RecordBook.Of([Given.Outcome(1, Given.Attempt(), 5)]);

        Assert.Equal(1, book.AsOf(Level.Agent, Given.Attempt(), Given.At(5).ToOffset(TimeSpan.FromHours(-9))).Outcomes);
        Assert.Equal(0, book.AsOf(Level.Agent, Given.Attempt(), Given.At(4).ToOffset(TimeSpan.FromHours(9))).Outcomes);
    }

    [Fact]
    public void Unknown_keys_have_an_empty_standing()
    {
        var book = RecordBook.Of(Given.Outcomes(Given.Attempt(), "++-"));
        var stranger = Given.Attempt("eve", "new", "engine") with { Strategy = "rewrite", Error = "odd", Domain = "x", Family = "f", Model = "m" };

        foreach (var rule in Levels.All.Where(rule => rule.Level != Level.Fleet))
            Assert.Equal(Standing.Empty, book.AsOf(rule.Level, stranger, Given.At(99)));
        Assert.Equal(3, book.AsOf(Level.Fleet, stranger, Given.At(99)).Outcomes);
    }

    [Fact]
    public void What_was_not_told_has_no_record()
    {
        var silent = new Attempt { AgentId = "ada", Strategy = "code_patch", ProposedAt = Given.At(0) };
        var book = RecordBook.Of(Given.Outcomes(silent, "+++"));

        foreach (var rule in Levels.All)
        {
            var told = rule.Level is Level.Fleet or Level.Agent or Level.Strategy or Level.AgentStrategy;
            Assert.Equal(told ? 3 : 0, book.AsOf(rule.Level, silent, Given.At(99)).Outcomes);
        }
    }

    [Fact]
    public void Names_of_different_kinds_do_not_mix()
    {
        var attempt = Given.Attempt(agent: "same", issue: "same", repository: "same");
        var book = RecordBook.Of(Given.Outcomes(attempt, "+"));

        Assert.Equal(0, book.AsOf(Level.AgentIssue, Given.Attempt("same", "other"), Given.At(9)).Outcomes);
        Assert.Equal(0, book.AsOf(Level.Issue, Given.Attempt("other", "code_patch"), Given.At(9)).Outcomes);
        Assert.Equal(1, book.AsOf(Level.AgentIssue, attempt, Given.At(9)).Outcomes);
    }

    [Fact]
    public void Errors_that_say_the_same_share_a_record()
    {
        var book = RecordBook.Of(Given.Outcomes(Given.Attempt() with { Error = "Timeout after 30 s" }, "+"));

        Assert.Equal(1, book.AsOf(Level.Error, Given.Attempt() with { Error = "Timeout after 45 s" }, Given.At(9)).Outcomes);
        Assert.Equal(0, book.AsOf(Level.Error, Given.Attempt() with { Error = "Refused after 45 s" }, Given.At(9)).Outcomes);
    }

    [Fact]
    public void A_book_knows_how_far_it_has_read_and_how_much_it_holds()
    {
        var book = new RecordBook();
        Assert.Equal((0, 0), (book.Sequence, book.Count));

        var outcome = Given.Outcome(7, Given.Attempt(), 1);
        book.Add([outcome, Given.Outcome(3, Given.Attempt(), 2), Given.Rollback(9, outcome, 3)]);

        Assert.Equal((9, 2), (book.Sequence, book.Count));
    }

    [Fact]
    public void Durations_are_kept_for_the_fleet_and_for_an_agent_with_a_strategy_only()
    {
        var book = RecordBook.Of([Given.Outcome(1, Given.Attempt(), 1, durationMs: 999), Given.Outcome(2, Given.Attempt(), 2)]);

        foreach (var rule in Levels.All)
        {
            var duration = book.AsOf(rule.Level, Given.Attempt(), Given.At(9)).LogDuration;
            Assert.Equal(rule.Level is Level.Fleet or Level.AgentStrategy ? Math.Log(1000) : double.NaN, duration, 1e-6);
        }
    }

    private static void AssertAsDefined(ResolvedAttempt[] fixes, int seed, Attempt attempt)
    {
        var book = RandomFixes.Book(Given.Arriving(fixes, seed), seed);
        foreach (var rule in Levels.All)
        {
            for (var minute = -1; minute <= RandomFixes.LastMinute + 6; minute++)
            {
                var expected = NaiveRecords.AsOf(fixes, rule, attempt, Given.At(minute));
                AssertClose(expected, book.AsOf(rule.Level, attempt, Given.At(minute)));
            }
        }
    }

    private static void AssertSame(ResolvedAttempt[] fixes, int seed, int otherSeed, Attempt attempt)
    {
        var one = RandomFixes.Book(Given.Arriving(fixes, seed), seed);
        var other = RandomFixes.Book(Given.Arriving(fixes, otherSeed), otherSeed);
        foreach (var rule in Levels.All)
        {
            for (var minute = 0; minute <= RandomFixes.LastMinute + 6; minute++)
                Assert.Equal(one.AsOf(rule.Level, attempt, Given.At(minute)), other.AsOf(rule.Level, attempt, Given.At(minute)));
        }
    }

    private static void AssertClose(Standing expected, Standing actual)
    {
        Assert.Equal((expected.Outcomes, expected.Successes), (actual.Outcomes, actual.Successes));
        Assert.Equal(expected.Weight, actual.Weight, 1e-9);
        Assert.Equal(expected.WeightedSuccesses, actual.WeightedSuccesses, 1e-9);
        Assert.Equal(expected.LogDuration, actual.LogDuration, 1e-5); // a duration is kept in single precision
    }
}
