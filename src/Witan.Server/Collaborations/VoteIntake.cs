using Witan.Client;
using Witan.Collaborations;
using Witan.Fixes;
using Witan.Server.Agents;
using Witan.Server.Fixes;
using Witan.Server.Platform.Http;
using Witan.Server.Platform.Telemetry;
using Witan.Server.Storage;

namespace Witan.Server.Collaborations;

/// <summary>A vote as it was cast.</summary>
internal sealed record VoteInput(Guid CollaborationId, VoteRequest Vote);

/// <summary>The vote as it is stored, or why it was not taken.</summary>
internal sealed record VoteResult(bool Created, VoteRow? Vote, ApiProblem? Problem);

/// <summary>Takes votes, weighs them by earned expertise, and stores the decision in the transaction that reaches it.</summary>
internal sealed class VoteIntake
{
    private readonly CollaborationStore _store;
    private readonly AgentStore _agents;
    private readonly FixStore _fixes;
    private readonly FixOutcomes _outcomes;
    private readonly Instruments _instruments;
    private readonly TimeProvider _clock;

    public VoteIntake(CollaborationStore store, AgentStore agents, FixStore fixes, FixOutcomes outcomes, Instruments instruments, TimeProvider clock)
    {
        (_store, _agents, _fixes, _outcomes, _instruments, _clock) = (store, agents, fixes, outcomes, instruments, clock);
        Cast = OneByOne.Of<VoteInput, VoteResult>((session, input) => CastAsync(session, input.CollaborationId, input.Vote));
    }

    public WriteOperation<VoteInput, VoteResult> Cast { get; }

    /// <summary>The state of a vote from its current votes.</summary>
    /// <param name="row">The collaboration.</param>
    /// <param name="proposer">Who does not vote.</param>
    /// <param name="votes">The current votes.</param>
    public static Consensus Count(CollaborationRow row, string proposer, IEnumerable<VoteRow> votes) =>
        Consensus.Of(votes.Select(v => v.Weighed), (int)row.Quorum, row.Participants.Count(p => p != proposer));

    private async Task<VoteResult> CastAsync(WriteSession session, Guid id, VoteRequest vote)
    {
        var now = WitanTime.ToMicroseconds(_clock.GetUtcNow());
        if (await CollaborationStore.FindAsync(session, id) is not { } row)
            return Refused(ApiProblem.NotFound($"No collaboration has the id {id}."));
        var fix = row.FixId is { } fixId ? await _fixes.FindAsync(session, fixId) : null;
        var proposer = fix?.AgentId ?? row.Leader;
        var current = await CollaborationStore.CurrentVotesAsync(session, id);
        var before = current.FirstOrDefault(v => v.VoterId == vote.VoterId);
        if (before is not null && before.Vote == Words.Of(vote.Vote) && before.Solution == vote.Solution && before.Reasoning == vote.Reasoning)
            return new(false, before, null);
        var (expertise, outcomes) = await _agents.ExpertiseAsync(session, vote.VoterId, fix?.Domain);
        var joins = row.MayJoin && outcomes >= Consensus.LeastOutcomes && !row.Participants.Contains(vote.VoterId);
        if (joins)
            row = row with { Participants = [.. row.Participants, vote.VoterId] };
        if (Objection(row, vote.VoterId, proposer, now) is { } problem)
            return Refused(problem);
        if (joins)
            await _store.UpdateAsync(session, row, now);

        var cast = new VoteRow
        {
            Id = Guid.CreateVersion7(now), CollaborationId = id, VoterId = vote.VoterId, Solution = vote.Solution, Vote = Words.Of(vote.Vote),
            Expertise = expertise, Counts = outcomes >= Consensus.LeastOutcomes, Reasoning = vote.Reasoning, VotedAt = now,
        };
        await CollaborationStore.PutVoteAsync(session, cast);
        session.AfterCommit(() => _instruments.Votes.Add(1, Instruments.Label("vote", cast.Vote)));
        await DecideAsync(session, row, Count(row, proposer, [.. current.Where(v => v.VoterId != vote.VoterId), cast]), now);
        return new(before is null, cast, null);
    }

    private static ApiProblem? Objection(CollaborationRow row, string voter, string proposer, DateTimeOffset now)
    {
        if (row.Decision is not null)
            return new(409, "vote_decided", $"The vote is decided ({row.Decision}) and does not change after.");
        if (now >= row.Deadline)
            return new(409, "deadline_passed", $"The deadline of the vote was {WitanTime.Format(row.Deadline)}.");
        if (!row.State.IsOpen())
            return new(409, "collaboration_closed", $"The collaboration is {row.Status} and takes no votes.");
        if (voter == proposer)
            return new(403, "own_proposal", "Nobody votes on their own proposal.");
        return row.Participants.Contains(voter) ? null : new(403, "not_a_participant", $"\"{voter}\" does not take part in this collaboration; its participants vote{(row.MayJoin ? $", and agents with at least {Consensus.LeastOutcomes} known outcomes may join" : "")}.");
    }

    private async Task DecideAsync(WriteSession session, CollaborationRow row, Consensus consensus, DateTimeOffset now)
    {
        if (consensus.Decision == ConsensusDecision.Pending)
            return;
        await _store.UpdateAsync(session, row with
        {
            Decision = Words.Of(consensus.Decision), Share = consensus.Share, Voters = consensus.Voters,
            ApproveWeight = consensus.ApproveWeight, RejectWeight = consensus.RejectWeight, DecidedAt = now,
        }, now);
        var status = consensus.Decision switch { ConsensusDecision.Approved => FixStatus.Approved, ConsensusDecision.Rejected => FixStatus.Rejected, _ => (FixStatus?)null };
        if (row.FixId is { } fixId && status is { } wanted)
            await _outcomes.FollowVoteAsync(session, fixId, wanted, $"vote {row.Id}: {consensus.Share:P0} of the weight approves");
    }

    private static VoteResult Refused(ApiProblem problem) => new(false, null, problem);
}
