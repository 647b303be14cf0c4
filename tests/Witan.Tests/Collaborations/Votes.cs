using CsCheck;
using Witan.Collaborations;

namespace Witan.Tests.Collaborations;

/// <summary>Votes to count.</summary>
internal static class Votes
{
    private static readonly Gen<Ballot> AnyBallot = Gen.Enum<Ballot>();

    /// <summary>Up to 12 votes, a voter each, of any weight.</summary>
    public static Gen<WeighedVote[]> Any => Of(Gen.OneOf(Gen.Double[0, 1], Gen.Const(0.0), Gen.Const(1.0)));

    /// <summary>The same with weights whose sums are exact.</summary>
    public static Gen<WeighedVote[]> InSixteenths => Of(Gen.Int[0, 16].Select(n => n / 16.0));

    public static WeighedVote For(string voter, double weight) => new(voter, Ballot.Approve, weight, Counts: true);

    public static WeighedVote Against(string voter, double weight) => new(voter, Ballot.Reject, weight, Counts: true);

    /// <summary>So many for and against, all of one weight.</summary>
    public static WeighedVote[] Equals(int approving, int rejecting, double weight) =>
        [.. Enumerable.Range(0, approving + rejecting).Select(i => i < approving ? For($"v{i}", weight) : Against($"v{i}", weight))];

    /// <summary>The rules of a vote in whole numbers, for votes of <see cref="InSixteenths"/>.</summary>
    public static ConsensusDecision Decided(IReadOnlyList<WeighedVote> votes, int quorum, int electorate)
    {
        long Weight(Ballot ballot) => votes.Where(v => v.Ballot == ballot).Sum(v => (long)(v.Weight * 16));
        var (approving, all) = (Weight(Ballot.Approve), Weight(Ballot.Approve) + Weight(Ballot.Reject));
        if (all == 0 || votes.Count(v => v.Counts) < quorum || votes.Count(v => v.Ballot != Ballot.Abstain) < 2)
            return ConsensusDecision.Pending;
        if (10 * approving >= 7 * all)
            return ConsensusDecision.Approved;
        if (10 * approving <= 3 * all)
            return ConsensusDecision.Rejected;
        return votes.Count >= electorate ? ConsensusDecision.Split : ConsensusDecision.Pending;
    }

    private static Gen<WeighedVote[]> Of(Gen<double> weight) =>
        Gen.Select(AnyBallot, weight, Gen.Frequency((1, Gen.Const(false)), (4, Gen.Const(true)))).Array[0, 12]
            .Select(votes => votes.Select((v, i) => new WeighedVote($"v{i}", v.Item1, v.Item2, v.Item3)).ToArray());
}
