using Witan.Fixes;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.Training;

public sealed class OutcomeHistoryTests
{
    [Fact]
    public void Attempts_stand_in_the_order_of_their_proposals()
    {
        var history = new OutcomeHistory([
            Given.Outcome(1, Given.Attempt("cy", at: 5), 6),
            Given.Outcome(2, Given.Attempt("bob", at: 3), 9),
            Given.Outcome(3, Given.Attempt("ada", at: 5), 7),
        ]);

        Assert.Equal(["bob", "ada", "cy"], history.Attempts.Select(fix => fix.Attempt.AgentId));
    }

    [Fact]
    public void A_rollback_is_joined_to_its_outcome_and_is_no_attempt()
    {
        var outcome = Given.Outcome(1, Given.Attempt(), 1, durationMs: 70);
        var history = new OutcomeHistory([outcome, Given.Rollback(2, outcome, 5)]);

        Assert.Equal(new ResolvedAttempt(outcome.Attempt, Given.At(1), true, 70, Given.At(5)) { Sequence = 1 }, Assert.Single(history.Attempts));
        Assert.Equal(1, history.Records.Count);
    }

    [Fact]
    public void A_success_counts_until_the_moment_of_its_rollback()
    {
        var fix = new ResolvedAttempt(Given.Attempt(), Given.At(1), true, null, Given.At(5));

        Assert.True(fix.SucceededAsOf(Given.At(5).AddTicks(-1)));
        Assert.False(fix.SucceededAsOf(Given.At(5)));
        Assert.False(fix.Succeeded);
        Assert.True((fix with { RolledBackAt = null }).Succeeded);
        Assert.False((fix with { Success = false }).SucceededAsOf(Given.At(2)));
    }

    [Fact]
    public void The_digest_does_not_depend_on_arrival_sequence_or_ids()
    {
        var world = SimulatedWorld.Of(100, 9);

        Assert.Equal(new OutcomeHistory(world.Log).DataHash(), new OutcomeHistory(Given.Arriving(world.Fixes, 4)).DataHash());
    }

    [Fact]
    public void The_digest_depends_on_everything_a_model_learns_from()
    {
        var attempt = Given.Attempt();
        ResolvedAttempt fix = new(attempt, Given.At(1), true, null, null);
        ResolvedAttempt[] others =
        [
            fix, fix with { Success = false }, fix with { DurationMs = 1 }, fix with { CompletedAt = Given.At(2) }, fix with { RolledBackAt = Given.At(9) },
            fix with { Attempt = attempt with { AgentId = "bob" } }, fix with { Attempt = attempt with { Strategy = "performance" } },
            fix with { Attempt = attempt with { Issue = null } }, fix with { Attempt = attempt with { Repository = "r" } },
            fix with { Attempt = attempt with { Domain = "d" } }, fix with { Attempt = attempt with { Error = "e" } },
            fix with { Attempt = attempt with { Family = "f" } }, fix with { Attempt = attempt with { Model = "m" } },
            fix with { Attempt = attempt with { ProposedAt = Given.At(0.5) } },
            fix with { Attempt = attempt with { Changes = new(1, 2, 3, []) } }, fix with { Attempt = attempt with { Changes = new(2, 2, 3, []) } },
            fix with { Attempt = attempt with { Attributes = new Dictionary<string, double> { ["a"] = 1 } } },
            fix with { Attempt = attempt with { Attributes = new Dictionary<string, double> { ["a"] = 2 } } },
        ];

        Assert.Distinct(others.Select(other => new OutcomeHistory(Given.Happening([other])).DataHash()));
    }

    [Fact]
    public void The_order_of_attributes_is_not_content()
    {
        static string Digest(Dictionary<string, double> attributes) =>
            new OutcomeHistory([Given.Outcome(1, Given.Attempt() with { Attributes = attributes }, 1)]).DataHash();

        Assert.Equal(Digest(new() { ["a"] = 1, ["b"] = 2 }), Digest(new() { ["b"] = 2, ["a"] = 1 }));
    }
}
