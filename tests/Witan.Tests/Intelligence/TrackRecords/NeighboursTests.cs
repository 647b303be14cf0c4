using CsCheck;
using Witan.Fixes;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.TrackRecords;

public sealed class NeighboursTests
{
    // Agents enough on one busy issue, and attempts enough of one busy agent, for every limit to bind.
    private static readonly ResolvedAttempt[] Crowd = CrowdOf(new Random(4));
    private static readonly NaiveExpectations Expected = new(Crowd);
    private static readonly Attempt Busy = Given.Attempt("agent-0", "busy", "engine", at: 5_000);

    [Fact]
    public void A_neighbourhood_is_what_the_definition_says_at_any_moment_however_outcomes_arrived() =>
        Gen.Select(RandomFixes.Arriving, RandomFixes.Attempt).Holds(given =>
        {
            var (fixes, seed) = given.Item1;
            var (book, expected) = (RandomFixes.Book(Given.Arriving(fixes, seed), seed), new NaiveExpectations(fixes));
            for (var minute = 0; minute <= RandomFixes.LastMinute + 6; minute += 3)
                AssertClose(NaiveNeighbours.AsOf(expected, given.Item2, Given.At(minute)), book.NeighboursAsOf(given.Item2, Given.At(minute)));
        }, times: 150);

    [Fact]
    public void Any_order_of_arrival_gives_the_same_neighbourhood_and_ability_to_the_bit() =>
        Gen.Select(RandomFixes.TiedArriving, RandomFixes.Attempt, Gen.Int[0, 1000]).Holds(given =>
        {
            var (fixes, seed) = given.Item1;
            var one = RandomFixes.Book(Given.Arriving(fixes, seed), seed);
            var other = RandomFixes.Book(Given.Arriving(fixes, given.Item3), given.Item3);
            for (var minute = 0; minute <= RandomFixes.LastMinute + 6; minute++)
            {
                Assert.Equal(one.NeighboursAsOf(given.Item2, Given.At(minute)), other.NeighboursAsOf(given.Item2, Given.At(minute)));
                Assert.Equal(one.AbilityAsOf(given.Item2, Given.At(minute)), other.AbilityAsOf(given.Item2, Given.At(minute)));
            }
        });

    [Theory]
    [InlineData(900)]
    [InlineData(3_000)]
    [InlineData(5_000)]
    public void In_a_crowd_it_is_what_the_definition_says_within_its_limits(double minute)
    {
        var actual = RandomFixes.Book(Given.Arriving(Crowd, 8), 6).NeighboursAsOf(Busy, Given.At(minute));

        AssertClose(NaiveNeighbours.AsOf(Expected, Busy, Given.At(minute)), actual);
        Assert.True(actual.Count > 1 && Math.Abs(actual.Agreement) > 0.01);
    }

    [Fact]
    public void Every_limit_binds_in_that_crowd()
    {
        NeighbourLimits[] wider =
        [
            new(Agents: int.MaxValue), new(Outcomes: int.MaxValue), new(Shared: int.MaxValue), new(OnShared: int.MaxValue),
            new(Agents: 60), new(Outcomes: 240), new(Shared: 240), new(OnShared: 60),
        ];

        var within = NaiveNeighbours.AsOf(Expected, Busy, Given.At(5_000)).Agreement;

        Assert.All(wider, limits => Assert.True(Math.Abs(within - NaiveNeighbours.AsOf(Expected, Busy, Given.At(5_000), limits).Agreement) > 1e-3, $"{limits}"));
    }

    [Theory]
    [InlineData('+', '+', 1)]
    [InlineData('+', '-', -1)]
    [InlineData('-', '+', -1)]
    [InlineData('-', '-', 1)]
    public void Who_agreed_elsewhere_and_did_well_here_raises_the_agreement_and_who_disagreed_lowers_it(char elsewhere, char here, int sign)
    {
        // Ada succeeds on the even issues and fails on the odd ones; Bob does the same, or the opposite.
        List<OutcomeEvent> log = [];
        for (var i = 0; i < 8; i++)
        {
            Tell("ada", $"shared-{i}", i % 2 == 0);
            Tell("bob", $"shared-{i}", i % 2 == (elsewhere == '+' ? 0 : 1));
        }
        Tell("bob", "here", here == '+');

        var neighbourhood = RecordBook.Of(log).NeighboursAsOf(Given.Attempt("ada", "here", at: 999), Given.At(999));

        Assert.Equal((1, sign), (neighbourhood.Count, Math.Sign(neighbourhood.Agreement)));
        Assert.True(Math.Abs(neighbourhood.Agreement) > 0.1);

        void Tell(string agent, string issue, bool success) => log.Add(Given.Outcome(log.Count + 1, Given.Attempt(agent, issue, at: log.Count), log.Count + 0.5, success));
    }

    [Fact]
    public void Nothing_known_gives_nothing()
    {
        var book = RecordBook.Of([Given.Outcome(1, Given.Attempt("ada", "shared"), 1), Given.Outcome(2, Given.Attempt("bob", "shared"), 1), Given.Outcome(3, Given.Attempt("bob", "here"), 2)]);

        Assert.Equal(1, Count("ada", "here", 9));
        Assert.Equal(0, Count("ada", "here", 1)); // nobody had tried it yet
        Assert.Equal(0, Count("eve", "here", 9)); // an agent that nothing is known of
        Assert.Equal(0, Count("ada", "elsewhere", 9));
        Assert.Equal(0, Count("ada", null, 9));
        Assert.Equal(0, Count("bob", "here", 9)); // its own outcomes are no neighbour's
        Assert.Equal(0, Count("ada", "shared", 9)); // the issue itself says nothing of who agrees
        Assert.Equal(default, new RecordBook().NeighboursAsOf(Given.Attempt(), Given.At(9)));

        int Count(string agent, string? issue, double minute)
        {
            var neighbourhood = book.NeighboursAsOf(Given.Attempt(agent, issue, at: minute), Given.At(minute));
            Assert.Equal(neighbourhood.Count == 0, neighbourhood.Agreement == 0);
            return neighbourhood.Count;
        }
    }

    [Fact]
    public void A_success_that_is_rolled_back_speaks_for_the_other_side_from_then_on()
    {
        var shared = Enumerable.Range(0, 6).SelectMany(i => new[] { Fix("ada", $"shared-{i}", i, i % 2 == 0), Fix("bob", $"shared-{i}", i, i % 2 == 0) });
        var here = Fix("bob", "here", 20, success: true) with { RolledBackAt = Given.At(50) };
        var log = Given.Happening([.. shared, here]);
        var (replayed, live) = (RecordBook.Of(log), new RecordBook());
        foreach (var entry in log)
            live.Add([entry]);

        foreach (var book in new[] { replayed, live })
        {
            Assert.True(At(book, 49) > 0.1);
            Assert.True(At(book, 50) < -0.1);
        }
        Assert.Equal(At(replayed, 50), At(live, 50));

        static double At(RecordBook book, double minute) => book.NeighboursAsOf(Given.Attempt("ada", "here"), Given.At(minute)).Agreement;

        static ResolvedAttempt Fix(string agent, string issue, double minute, bool success) => new(Given.Attempt(agent, issue, at: minute), Given.At(minute + 0.5), success, null, null);
    }

    private static ResolvedAttempt[] CrowdOf(Random random)
    {
        var fixes = new List<ResolvedAttempt>();
        for (var i = 0; i < 1_300; i++)
        {
            var (agent, issue) = random.Next(6) switch
            {
                0 or 5 => (0, $"issue-{random.Next(4)}"),
                1 or 2 => (random.Next(1, 90), "busy"),
                _ => (random.Next(1, 90), $"issue-{random.Next(4)}"),
            };
            var skilled = agent % 2 == issue.Length % 2 ? 0.8 : 0.3;
            var attempt = Given.Attempt($"agent-{agent}", issue, random.Next(2) == 0 ? "engine" : "brakes", at: 3 * i) with { Model = agent % 3 == 0 ? null : "model" };
            var done = attempt.ProposedAt.AddMinutes(random.Next(1, 30));
            var success = random.NextDouble() < skilled;
            fixes.Add(new(attempt, done, success, null, success && random.Next(20) == 0 ? done.AddMinutes(random.Next(1, 500)) : null));
        }
        return [.. fixes];
    }

    private static void AssertClose(Neighbourhood expected, Neighbourhood actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        Assert.Equal(expected.Agreement, actual.Agreement, 1e-4); // surprises are kept in single precision
    }
}
