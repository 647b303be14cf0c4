using Witan.Fixes;
using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.TrackRecords;

public sealed class RecalibrationTests
{
    [Fact]
    public void Nothing_known_changes_nothing()
    {
        Assert.Equal(default, new RecordBook().RecalibrationAsOf(Given.At(1)));
        Assert.Equal(default, RecordBook.Of(Given.Outcomes(Given.Attempt(), "+++")).RecalibrationAsOf(Given.At(0)));
    }

    [Theory]
    [InlineData(0.9, 0.2)]
    [InlineData(0.2, 0.9)]
    public void It_follows_a_fleet_that_changed_sooner_than_its_record_does(double before, double after)
    {
        var book = RecordBook.Of(Fleet(before, after));

        var recent = book.RecalibrationAsOf(Given.At(9_999));

        Assert.Equal(Math.Sign(after - before), Math.Sign(recent.Intercept + (recent.Slope * (before > after ? 1 : -1))));
    }

    [Fact]
    public void Only_what_was_known_at_the_moment_counts()
    {
        var log = Fleet(0.9, 0.2);
        var moment = log[450].OccurredAt;

        Assert.Equal(RecordBook.Of(log.Take(451)).RecalibrationAsOf(moment), RecordBook.Of(log).RecalibrationAsOf(moment));
        Assert.NotEqual(RecordBook.Of(log).RecalibrationAsOf(moment), RecordBook.Of(log).RecalibrationAsOf(Given.At(9_999)));
    }

    [Fact]
    public void Outcomes_against_all_expectation_do_not_turn_the_order_of_fixes_around()
    {
        // One agent succeeds; then many others fail before anything is known of them, where the first one's record promised much.
        List<OutcomeEvent> log =
        [
            .. Enumerable.Range(0, 40).Select(i => Given.Outcome(i + 1, Given.Attempt("able", $"a-{i}", at: i), i + 0.5)),
            .. Enumerable.Range(0, 60).Select(i => Given.Outcome(i + 41, Given.Attempt($"poor-{i}", $"p-{i}", at: 100), 101, success: false)),
        ];

        Assert.InRange(RecordBook.Of(log).RecalibrationAsOf(Given.At(200)).Slope, -0.75, 0);
    }

    [Fact]
    public void What_an_agent_proposed_all_at_once_counts_once()
    {
        List<OutcomeEvent> log = [.. Enumerable.Range(0, 40).Select(i => Given.Outcome(i + 1, Given.Attempt("able", $"a-{i}", at: i), i + 0.5))];
        var (one, many) = (Poor(1), Poor(60));

        Assert.Equal(one.RecalibrationAsOf(Given.At(200)), many.RecalibrationAsOf(Given.At(200)));
        Assert.NotEqual(RecordBook.Of(log).RecalibrationAsOf(Given.At(200)), many.RecalibrationAsOf(Given.At(200)));

        RecordBook Poor(int count) =>
            RecordBook.Of([.. log, .. Enumerable.Range(0, count).Select(i => Given.Outcome(i + 41, Given.Attempt("poor", $"p-{i}", at: 100), 101, success: false))]);
    }

    [Fact]
    public void Of_what_was_proposed_at_once_the_rate_counts_and_not_which_stands_last()
    {
        var (few, many) = (Mixed(30, 1), Mixed(60, 2));

        Assert.Equal(few.Intercept, many.Intercept, 1e-9);
        Assert.NotEqual(Mixed(60, 60).Intercept, many.Intercept, 1e-3);
        Assert.NotEqual(Mixed(60, 0).Intercept, many.Intercept, 1e-6);

        Recalibration Mixed(int count, int successes) =>
            RecordBook.Of(Enumerable.Range(0, count).Select(i => Given.Outcome(i + 1, Given.Attempt(issue: null), 1, i < successes))).RecalibrationAsOf(Given.At(9));
    }

    private static List<OutcomeEvent> Fleet(double before, double after)
    {
        var random = new Random(2);
        return [.. Enumerable.Range(0, 500).Select(i => Given.Outcome(i + 1, Given.Attempt($"agent-{i % 5}", $"issue-{i}", at: i), i + 0.5, random.NextDouble() < (i < 400 ? before : after)))];
    }
}
