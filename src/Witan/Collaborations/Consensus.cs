namespace Witan.Collaborations;

/// <summary>A voter's word.</summary>
public enum Ballot
{
    /// <summary>Do it.</summary>
    Approve,

    /// <summary>Do not.</summary>
    Reject,

    /// <summary>No opinion; counts towards the quorum only.</summary>
    Abstain,
}

/// <summary>What a vote has come to.</summary>
public enum ConsensusDecision
{
    /// <summary>Too few have voted, or nobody whose word weighs anything.</summary>
    Pending,

    /// <summary>At least 70 % of the weight approves.</summary>
    Approved,

    /// <summary>At most 30 % of the weight approves.</summary>
    Rejected,

    /// <summary>Everybody voted and neither side has it.</summary>
    Split,
}

/// <summary>One current vote.</summary>
/// <param name="VoterId">Who.</param>
/// <param name="Ballot">What.</param>
/// <param name="Weight">Expertise at the time of the vote, 0 to 1.</param>
/// <param name="Counts">Whether the voter counts towards the quorum: not the proposer, with enough known outcomes.</param>
public readonly record struct WeighedVote(string VoterId, Ballot Ballot, double Weight, bool Counts);

/// <summary>The state of a vote.</summary>
/// <param name="Decision">What it has come to.</param>
/// <param name="Share">The approving weight over the approving and rejecting weight; null while that is 0.</param>
/// <param name="Quorum">How many voters that count are needed.</param>
/// <param name="Voters">How many voters that count have voted.</param>
/// <param name="ApproveWeight">The weight that approves.</param>
/// <param name="RejectWeight">The weight that rejects.</param>
public readonly record struct Consensus(ConsensusDecision Decision, double? Share, int Quorum, int Voters, double ApproveWeight, double RejectWeight)
{
    /// <summary>From this share of the weight on, a vote approves.</summary>
    public const double ApproveFrom = 0.70;

    /// <summary>Up to this share of the weight, a vote rejects.</summary>
    public const double RejectUpTo = 0.30;

    private const double Rounding = 1e-9; // seven of ten equal weights are 70 %, however their sums are rounded

    /// <summary>Fewer known outcomes than this do not count towards a quorum.</summary>
    public const int LeastOutcomes = 5;

    /// <summary>So many must have approved or rejected, whatever the quorum: one vote never decides.</summary>
    public const int LeastOpinions = 2;

    /// <summary>Counts votes. The order of the votes changes nothing.</summary>
    /// <param name="votes">The current votes, one for each voter.</param>
    /// <param name="quorum">How many voters that count are needed, at least 1.</param>
    /// <param name="electorate">How many may vote.</param>
    public static Consensus Of(IEnumerable<WeighedVote> votes, int quorum, int electorate)
    {
        var (approve, reject, voters, opinions, voted) = (0.0, 0.0, 0, 0, 0);
        foreach (var vote in votes.OrderBy(v => v.VoterId, StringComparer.Ordinal)) // floating sums depend on their order
        {
            voted++;
            voters += vote.Counts ? 1 : 0;
            opinions += vote.Ballot == Ballot.Abstain ? 0 : 1;
            approve += vote.Ballot == Ballot.Approve ? vote.Weight : 0;
            reject += vote.Ballot == Ballot.Reject ? vote.Weight : 0;
        }
        double? share = approve + reject > 0 ? approve / (approve + reject) : null;
        return new(Decide(share, voters >= quorum && opinions >= LeastOpinions, voted >= electorate), share, quorum, voters, approve, reject);
    }

    private static ConsensusDecision Decide(double? share, bool mayDecide, bool everyoneVoted) => share switch
    {
        null => ConsensusDecision.Pending,
        _ when !mayDecide => ConsensusDecision.Pending,
        >= ApproveFrom - Rounding => ConsensusDecision.Approved,
        <= RejectUpTo + Rounding => ConsensusDecision.Rejected,
        _ => everyoneVoted ? ConsensusDecision.Split : ConsensusDecision.Pending,
    };
}
