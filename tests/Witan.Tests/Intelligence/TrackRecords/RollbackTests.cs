using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.TrackRecords;

public sealed class RollbackTests
{
    private static readonly OutcomeEvent Success = Given.Outcome(1, Given.Attempt(), 1);

    [Fact]
    public void A_rolled_back_success_counts_as_a_failure_from_that_moment()
    {
        var book = RecordBook.Of([Success, Given.Rollback(2, Success, 5)]);

        Assert.Equal((1, 0), Counts(book, Given.At(5)));
        Assert.Equal((1, 0), Counts(book, Given.At(99)));
    }

    [Fact]
    public void Before_the_moment_of_its_rollback_it_is_still_a_success()
    {
        var book = RecordBook.Of([Success, Given.Rollback(2, Success, 5)]);

        Assert.Equal((0, 0), Counts(book, Given.At(0)));
        Assert.Equal((1, 1), Counts(book, Given.At(1)));
        Assert.Equal((1, 1), Counts(book, Given.At(5).AddTicks(-1)));
        Assert.Equal(1, book.AsOf(Level.Issue, Given.Attempt(), Given.At(4)).WeightedSuccesses);
    }

    [Fact]
    public void A_rollback_counts_at_every_level_of_its_fix()
    {
        var attempt = Given.Attempt() with { Family = "f", Model = "m", Domain = "d", Repository = "r", Error = "e" };
        var outcome = Given.Outcome(1, attempt, 1);
        var book = RecordBook.Of([outcome, Given.Rollback(2, outcome, 5)]);

        foreach (var rule in Levels.All)
        {
            Assert.Equal(1, book.AsOf(rule.Level, attempt, Given.At(4)).Successes);
            Assert.Equal(0, book.AsOf(rule.Level, attempt, Given.At(5)).Successes);
        }
    }

    [Fact]
    public void A_rollback_leaves_the_outcomes_after_it_as_they_were()
    {
        var later = Given.Outcome(2, Given.Attempt(), 3);
        var book = RecordBook.Of([Success, later, Given.Rollback(3, Success, 5)]);

        var standing = book.AsOf(Level.IssueRecent, Given.Attempt(), Given.At(9));

        Assert.Equal((2, 1, 1), (standing.Outcomes, standing.Failures, standing.Successes));
        Assert.Equal(1, standing.WeightedSuccesses);
        Assert.Equal(1 + Math.Pow(0.5, 0.25), standing.Weight, 1e-12);
    }

    [Fact]
    public void A_rollback_may_come_in_a_later_batch_than_its_outcome()
    {
        var book = RecordBook.Of([Success]);
        Assert.Equal((1, 1), Counts(book, Given.At(9)));

        book.Add([Given.Rollback(2, Success, 5)]);

        Assert.Equal((1, 0), Counts(book, Given.At(9)));
    }

    [Fact]
    public void An_outcome_that_arrives_after_a_rollback_finds_its_place()
    {
        var book = RecordBook.Of([Success, Given.Rollback(2, Success, 5)]);

        book.Add([Given.Outcome(3, Given.Attempt(), 0.5, success: false), Given.Outcome(4, Given.Attempt(), 7)]);

        Assert.Equal((2, 1), Counts(book, Given.At(4)));
        Assert.Equal((2, 0), Counts(book, Given.At(6)));
        Assert.Equal((3, 1), Counts(book, Given.At(7)));
    }

    [Fact]
    public void The_fix_that_is_rolled_back_is_found_by_its_id()
    {
        var twin = Given.Outcome(2, Given.Attempt(), 2);
        var book = RecordBook.Of([Success, twin, Given.Rollback(3, twin, 5)]);

        var standing = book.AsOf(Level.IssueRecent, Given.Attempt(), Given.At(9));

        Assert.Equal(Math.Pow(0.5, 0.25), standing.WeightedSuccesses, 1e-12); // the older one is left, faded by the newer
    }

    [Fact]
    public void A_rollback_of_an_unknown_fix_of_a_known_agent_is_an_error()
    {
        var book = RecordBook.Of([Success]);

        var error = Assert.Throws<InvalidOperationException>(() => book.Add([Given.Rollback(8, Given.Outcome(7, Given.Attempt(), 2), 5)]));

        Assert.Contains("8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rollback_of_an_unknown_agent_is_the_same_error() =>
        Assert.Throws<InvalidOperationException>(() => new RecordBook().Add([Given.Rollback(2, Success, 5)]));

    private static (int Outcomes, int Successes) Counts(RecordBook book, DateTimeOffset moment)
    {
        var standing = book.AsOf(Level.Issue, Given.Attempt(), moment);
        return (standing.Outcomes, standing.Successes);
    }
}
