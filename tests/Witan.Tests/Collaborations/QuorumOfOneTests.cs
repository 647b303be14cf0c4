using Witan.Collaborations;

namespace Witan.Tests.Collaborations;

public class QuorumOfOneTests
{
    private static readonly WeighedVote First = new("ada", Ballot.Approve, 0.9, true);

    [Fact]
    public void One_vote_does_not_decide_even_where_the_quorum_is_one() =>
        Assert.Equal(ConsensusDecision.Pending, Consensus.Of([First], quorum: 1, electorate: 1).Decision);

    [Fact]
    public void Nor_does_it_with_abstentions_beside_it() =>
        Assert.Equal(ConsensusDecision.Pending, Consensus.Of([First, new("bob", Ballot.Abstain, 0.9, true)], quorum: 1, electorate: 2).Decision);

    [Fact]
    public void Two_opinions_do() =>
        Assert.Equal(ConsensusDecision.Approved, Consensus.Of([First, new("bob", Ballot.Approve, 0.1, false)], quorum: 1, electorate: 5).Decision);
}
