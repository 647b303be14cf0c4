using CsCheck;
using Witan.Collaborations;
using Witan.Tests.Intelligence;

namespace Witan.Tests.Collaborations;

public sealed class ConsensusTests
{
    private const int Everyone = 1_000; // more than ever vote in these tests, so that nothing is split

    [Fact]
    public void The_order_of_the_votes_changes_nothing_bit_for_bit()
    {
        var cases = Gen.Select(Votes.Any, Gen.Int[0, 6], Gen.Int[0, 14], Gen.Int);

        cases.Holds(c =>
        {
            var (votes, quorum, electorate, seed) = c;
            var shuffled = votes.ToArray();
            new Random(seed).Shuffle(shuffled);
            Assert.Equal(Bits(Consensus.Of(votes, quorum, electorate)), Bits(Consensus.Of(shuffled, quorum, electorate)));
        }, times: 2_000);
    }

    [Fact]
    public void An_abstention_changes_only_who_counts_towards_the_quorum()
    {
        Gen.Select(Votes.Any, Gen.Bool, Gen.Double[0, 1], Gen.Int[0, 6]).Holds(c =>
        {
            var (votes, counts, weight, quorum) = c;
            var before = Consensus.Of(votes, quorum, Everyone);
            var after = Consensus.Of([new("abstainer", Ballot.Abstain, weight, counts), .. votes], quorum, Everyone);

            Assert.Equal(before.Voters + (counts ? 1 : 0), after.Voters);
            Assert.Equal(Bits(before with { Voters = 0, Decision = 0 }), Bits(after with { Voters = 0, Decision = 0 }));
            if (before.Decision != after.Decision)
                Assert.Equal((ConsensusDecision.Pending, true, after.Quorum), (before.Decision, counts, after.Voters));
        }, times: 1_000);
    }

    [Fact]
    public void One_opinion_never_decides_whoever_abstains_and_whatever_the_quorum()
    {
        Gen.Select(Votes.Any, Gen.Int[0, 5], Gen.Int[0, 14], Gen.Bool).Holds(c =>
        {
            var (abstentions, quorum, electorate, approves) = c;
            WeighedVote[] votes =
            [
                .. abstentions.Select(v => v with { Ballot = Ballot.Abstain, Counts = true }),
                new("one", approves ? Ballot.Approve : Ballot.Reject, 1, Counts: true),
            ];
            Assert.Equal(ConsensusDecision.Pending, Consensus.Of(votes, quorum, electorate).Decision);
        });
    }

    [Fact]
    public void The_decision_is_that_of_whole_numbers()
    {
        Gen.Select(Votes.InSixteenths, Gen.Int[2, 6], Gen.Int[0, 14]).Holds(c =>
        {
            var (votes, quorum, electorate) = c;
            Assert.Equal(Votes.Decided(votes, quorum, electorate), Consensus.Of(votes, quorum, electorate).Decision);
        }, times: 5_000);
    }

    [Theory]
    [InlineData(0.70, 0.30, ConsensusDecision.Approved)]
    [InlineData(0.875, 0.375, ConsensusDecision.Approved)]
    [InlineData(0.6999, 0.3001, ConsensusDecision.Pending)]
    [InlineData(0.5, 0.5, ConsensusDecision.Pending)]
    [InlineData(0.3001, 0.6999, ConsensusDecision.Pending)]
    [InlineData(0.30, 0.70, ConsensusDecision.Rejected)]
    [InlineData(0.375, 0.875, ConsensusDecision.Rejected)]
    public void Seven_tenths_of_the_weight_approve_and_three_tenths_reject(double approving, double rejecting, ConsensusDecision decision)
    {
        var consensus = Consensus.Of([Votes.For("a", approving), Votes.Against("b", rejecting)], 2, Everyone);

        Assert.Equal(decision, consensus.Decision);
        Assert.Equal((approving, rejecting), (consensus.ApproveWeight, consensus.RejectWeight));
        Assert.Equal(approving / (approving + rejecting), consensus.Share);
    }

    // Ten sums of a weight are not always ten times the weight.
    [Fact]
    public void Seven_of_ten_equals_approve_and_three_of_ten_reject_whatever_their_weight()
    {
        Gen.Double[0.001, 1].Holds(weight =>
        {
            Assert.Equal(ConsensusDecision.Approved, Consensus.Of(Votes.Equals(7, 3, weight), 3, 10).Decision);
            Assert.Equal(ConsensusDecision.Rejected, Consensus.Of(Votes.Equals(3, 7, weight), 3, 10).Decision);
            Assert.Equal(ConsensusDecision.Split, Consensus.Of(Votes.Equals(6, 4, weight), 3, 10).Decision);
        }, times: 1_000);
    }

    [Fact]
    public void Who_changes_from_no_to_yes_never_lowers_the_share()
    {
        Gen.Select(Votes.Any, Gen.Double[0, 1]).Holds(c =>
        {
            var (votes, weight) = c;
            var against = Consensus.Of([.. votes, Votes.Against("swing", weight)], 2, Everyone);
            var approving = Consensus.Of([.. votes, Votes.For("swing", weight)], 2, Everyone);
            Assert.True(!(approving.Share + 1e-12 < against.Share), $"{against.Share} fell to {approving.Share}");
        });
    }

    [Fact]
    public void It_is_split_only_once_everyone_voted()
    {
        WeighedVote[] even = [Votes.For("a", 0.5), Votes.Against("b", 0.5), new("c", Ballot.Abstain, 0.5, true)];

        Assert.Equal(ConsensusDecision.Pending, Consensus.Of(even, 3, 4).Decision);
        Assert.Equal(ConsensusDecision.Split, Consensus.Of(even, 3, 3).Decision);
        Assert.Equal(ConsensusDecision.Pending, Consensus.Of(even, 4, 3).Decision);
    }

    [Theory]
    [InlineData(Ballot.Approve)]
    [InlineData(Ballot.Reject)]
    [InlineData(Ballot.Abstain)]
    public void Without_any_weight_it_is_pending(Ballot ballot)
    {
        var votes = Enumerable.Range(0, 5).Select(i => new WeighedVote($"v{i}", ballot, 0, Counts: true)).ToList();

        Assert.Equal(new Consensus(ConsensusDecision.Pending, null, 3, 5, 0, 0), Consensus.Of(votes, 3, 5));
    }

    [Fact]
    public void Nobody_voted_is_pending() => Assert.Equal(new Consensus(ConsensusDecision.Pending, null, 3, 0, 0, 0), Consensus.Of([], 3, 0));

    [Fact]
    public void Voters_with_too_few_outcomes_weigh_but_make_no_quorum()
    {
        WeighedVote[] votes = [Votes.For("a", 0.9), Votes.For("b", 0.9), Votes.For("c", 0.9) with { Counts = false }];

        var consensus = Consensus.Of(votes, 3, 3);
        Assert.Equal((ConsensusDecision.Pending, 2, 2.7), (consensus.Decision, consensus.Voters, Math.Round(consensus.ApproveWeight, 9)));
        Assert.Equal(ConsensusDecision.Approved, Consensus.Of(votes, 2, 3).Decision);
        Assert.Equal(5, Consensus.LeastOutcomes);
    }

    [Fact]
    public void Below_the_quorum_nothing_is_decided()
    {
        Gen.Select(Votes.Any, Gen.Int[1, 5]).Holds(c =>
        {
            var (votes, missing) = c;
            Assert.Equal(ConsensusDecision.Pending, Consensus.Of(votes, votes.Count(v => v.Counts) + missing, votes.Length).Decision);
        });
    }

    // Equal doubles have equal bits here, but for -0; so the bits themselves are compared.
    private static (ConsensusDecision Decision, long? Share, int Quorum, int Voters, long Approve, long Reject) Bits(Consensus c) =>
        (c.Decision, c.Share is { } share ? BitConverter.DoubleToInt64Bits(share) : null, c.Quorum, c.Voters,
            BitConverter.DoubleToInt64Bits(c.ApproveWeight), BitConverter.DoubleToInt64Bits(c.RejectWeight));
}
