using Witan.Fixes;
using Witan.Intelligence.Features;
using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.Features;

public sealed class FeatureExtractorTests
{
    private static readonly FeatureSchema Schema = FeatureSchema.With([new("lines", 0.25), new("drift", -1)]);

    [Fact]
    public void With_nothing_known_every_rate_is_its_parents_and_every_n_is_0()
    {
        var (features, evidence) = Extract(new RecordBook(), Given.Attempt());

        Assert.All(features[..FeatureSchema.CoreCount], feature => Assert.Equal(0, feature));
        Assert.Equal(default, evidence);
    }

    [Fact]
    public void A_lift_is_how_far_the_smoothed_logit_lies_above_its_parents()
    {
        var (features, _) = Extract(RecordBook.Of(Given.Outcomes(Given.Attempt(), "+")), Given.Attempt(at: 9));

        var fleet = Logit((1 + (2 * 0.5)) / 3);
        var agent = Logit((1 + (20 * Probability(fleet))) / 21);
        var issue = Logit((1 + (2 * Probability(fleet))) / 3);
        var expected = agent + issue - fleet;
        var agentIssue = Logit((1 + (2 * Probability(expected))) / 3);
        Assert.Equal(fleet, features[FeatureSchema.Lift(Level.Fleet)], 1e-12);
        Assert.Equal(0, features[FeatureSchema.Lift(Level.Family)], 1e-12);
        Assert.Equal(agent - fleet, features[FeatureSchema.Lift(Level.Agent)], 1e-12);
        Assert.Equal(issue - fleet, features[FeatureSchema.Lift(Level.Issue)], 1e-12);
        Assert.Equal(agentIssue - expected, features[FeatureSchema.Lift(Level.AgentIssue)], 1e-12);
        Assert.Equal(Math.Log(2), features[FeatureSchema.N(Level.Issue)], 1e-12);
    }

    [Fact]
    public void Outcomes_completed_after_the_proposal_do_not_enter()
    {
        var book = RecordBook.Of([Given.Outcome(1, Given.Attempt(), 10)]);

        Assert.Equal(0, Extract(book, Given.Attempt(at: 9)).Evidence.Fleet);
        Assert.Equal(1, Extract(book, Given.Attempt(at: 10)).Evidence.Fleet);
    }

    [Fact]
    public void The_size_of_the_change_is_told_apart_from_no_size()
    {
        Assert.Equal([0.0, 0, 0], Change(null));
        Assert.Equal([1.0, 0, 0], Change(new(0, 0, null, [])));
        Assert.Equal([1.0, Math.Log(31), Math.Log(3)], Change(new(2, 10, 20, [])));
        Assert.Equal([0.0, 0, Math.Log(3)], Change(new(2, null, null, [])));
    }

    [Fact]
    public void The_expected_duration_is_that_of_agent_and_strategy_against_the_fleet()
    {
        var (ada, bob) = (Given.Attempt("ada", at: 9), Given.Attempt("bob", at: 9));
        var book = RecordBook.Of([Given.Outcome(1, ada, 1, durationMs: 99), Given.Outcome(2, bob, 1, durationMs: 9_999)]);

        Assert.Equal([1, Math.Log(10_000) - FleetDuration(book)], Duration(book, bob), Close);
        Assert.Equal([0, 0], Duration(book, Given.Attempt("cy", at: 9)), Close);
        Assert.Equal([0, 0], Duration(book, bob with { Strategy = "performance" }), Close);
    }

    [Fact]
    public void What_neighbours_did_and_the_ability_are_those_of_the_records_as_of_the_proposal()
    {
        var world = SimulatedWorld.Of(300, 4);
        var (book, attempt) = (RecordBook.Of(world.Log), world.Fixes[200].Attempt);

        var features = Extract(book, attempt).Features;

        var neighbours = book.NeighboursAsOf(attempt, attempt.ProposedAt);
        Assert.True(neighbours.Count > 0);
        Assert.Equal(neighbours.Agreement, Named(features, "neighbours.agreement"));
        Assert.Equal(Math.Log(1 + neighbours.Count), Named(features, "neighbours.n"), 1e-12);
        Assert.Equal(book.AbilityAsOf(attempt, attempt.ProposedAt), Named(features, "agent.ability"));
    }

    [Fact]
    public void Attributes_are_squashed_and_fall_back_to_their_defaults()
    {
        var attempt = Given.Attempt() with { Attributes = new Dictionary<string, double> { ["lines"] = 99, ["unheard of"] = 1 } };

        Assert.Equal([Math.Log(100), -1.0], Extract(new RecordBook(), attempt).Features[FeatureSchema.CoreCount..]);
    }

    [Fact]
    public void A_negative_attribute_keeps_its_sign()
    {
        var attempt = Given.Attempt() with { Attributes = new Dictionary<string, double> { ["lines"] = -99, ["drift"] = 0 } };

        Assert.Equal([-Math.Log(100), 0.0], Extract(new RecordBook(), attempt).Features[FeatureSchema.CoreCount..]);
    }

    [Fact]
    public void Evidence_counts_what_is_comparable_once()
    {
        var (mine, others) = (Given.Attempt("ada", "leak"), Given.Attempt("bob", "leak"));
        var elsewhere = Given.Attempt("ada", "crash");
        var book = RecordBook.Of([.. Given.Outcomes(mine, "+-"), .. Given.Outcomes(others, "--+", 11), .. Given.Outcomes(elsewhere, "+", 21)]);

        var evidence = Extract(book, Given.Attempt("ada", "leak", at: 99)).Evidence;

        Assert.Equal(new Evidence(Fleet: 6, AgentFixes: 3, IssueAttempts: 5, SimilarFailures: 3, Comparable: 6), evidence);
    }

    [Fact]
    public void Similar_failures_are_those_that_said_the_same()
    {
        var timeout = Given.Attempt("bob", "crash") with { Error = "Timeout after 3 s" };
        var book = RecordBook.Of([.. Given.Outcomes(timeout, "-+-"), .. Given.Outcomes(Given.Attempt(), "-", 11)]);

        var evidence = Extract(book, Given.Attempt(at: 99) with { Error = "Timeout after 4 s" }).Evidence;

        Assert.Equal(2, evidence.SimilarFailures);
    }

    private static double Logit(double probability) => Math.Log(probability / (1 - probability));

    private static double Probability(double logit) => 1 / (1 + Math.Exp(-logit));

    private static bool Close(double one, double other) => Math.Abs(one - other) < 1e-5;

    private static double[] Change(ChangeSize? changes)
    {
        var features = Extract(new RecordBook(), Given.Attempt() with { Changes = changes }).Features;
        return [Named(features, "change.known"), Named(features, "change.lines"), Named(features, "change.files")];
    }

    private static double[] Duration(RecordBook book, Attempt attempt)
    {
        var features = Extract(book, attempt).Features;
        return [Named(features, "duration.known"), Named(features, "duration.expected")];
    }

    private static double FleetDuration(RecordBook book) => book.AsOf(Level.Fleet, Given.Attempt(), Given.At(9)).LogDuration;

    private static double Named(double[] features, string name) => features[Schema.Names.ToList().IndexOf(name)];

    private static (double[] Features, Evidence Evidence) Extract(RecordBook records, Attempt attempt)
    {
        var features = new double[Schema.Count];
        return (features, FeatureExtractor.Extract(records, attempt, Schema, features));
    }
}
