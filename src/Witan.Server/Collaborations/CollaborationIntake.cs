using Witan.Client;
using Witan.Collaborations;
using Witan.Fixes;
using Witan.Server.Agents;
using Witan.Server.Fixes;
using Witan.Server.Platform.Http;
using Witan.Server.Platform.Telemetry;
using Witan.Server.Storage;

namespace Witan.Server.Collaborations;

/// <summary>A change to a collaboration, as it was asked for.</summary>
internal sealed record ChangeInput(Guid Id, CollaborationChange Change);

/// <summary>The collaboration as it is now, or why nothing changed.</summary>
internal sealed record CollaborationResult(CollaborationRow? Collaboration, ApiProblem? Problem);

/// <summary>Begins, changes and expires collaborations, and opens them for escalated fixes.</summary>
internal sealed class CollaborationIntake
{
    public const int DefaultQuorum = 3;
    private const int Invited = 7;
    private static readonly TimeSpan DefaultTerm = TimeSpan.FromHours(24);

    private readonly CollaborationStore _store;
    private readonly AgentStore _agents;
    private readonly FixStore _fixes;
    private readonly FixOutcomes _outcomes;
    private readonly Policy _policy;
    private readonly Instruments _instruments;
    private readonly TimeProvider _clock;

    public CollaborationIntake(CollaborationStore store, AgentStore agents, FixStore fixes, FixOutcomes outcomes, Policy policy, Instruments instruments, TimeProvider clock)
    {
        (_store, _agents, _fixes, _outcomes, _policy, _instruments, _clock) = (store, agents, fixes, outcomes, policy, instruments, clock);
        Begin = OneByOne.Of<CollaborationRequest, CollaborationResult>(BeginAsync);
        Change = OneByOne.Of<ChangeInput, CollaborationResult>(ChangeAsync);
        Expire = OneByOne.Of<DateTimeOffset, int>(ExpireAsync);
    }

    public WriteOperation<CollaborationRequest, CollaborationResult> Begin { get; }

    public WriteOperation<ChangeInput, CollaborationResult> Change { get; }

    /// <summary>Ends what is past its deadline; the answer is how many.</summary>
    public WriteOperation<DateTimeOffset, int> Expire { get; }

    /// <summary>Puts a fix to the open vote on its issue, or opens one, unless too many are open.</summary>
    public async Task<Escalation> EscalateAsync(WriteSession session, FixDraft draft, Guid fixId)
    {
        var (vote, open) = await _store.FindOpenAsync(session, draft.Attempt.Issue, Now());
        return vote is not null ? new(vote, false)
            : open >= _policy.MaxOpenVotes ? new(null, true)
            : new(await OpenAsync(session, draft, fixId), false);
    }

    private async Task<Guid> OpenAsync(WriteSession session, FixDraft draft, Guid fixId)
    {
        var now = Now();
        var proposer = draft.Attempt.AgentId;
        var invited = await _agents.MostExperiencedAsync(session, draft.Attempt.Domain, proposer, Consensus.LeastOutcomes, Invited);
        var row = new CollaborationRow
        {
            Id = Guid.CreateVersion7(now), Type = Words.Of(CollaborationType.Fixing), Leader = proposer, Participants = [proposer, .. invited],
            Goal = $"Decide whether to apply the {draft.Attempt.Strategy} of {proposer}{(draft.Attempt.Issue is null ? "" : $" for {draft.Attempt.Issue}")}",
            FixId = fixId, Issue = draft.Attempt.Issue, MayJoin = true, Status = Words.Of(CollaborationStatus.Planning), Quorum = DefaultQuorum,
            Deadline = now + DefaultTerm, CreatedAt = now,
        };
        await _store.InsertAsync(session, row);
        return row.Id;
    }

    /// <summary>What <see cref="EscalateAsync"/> would do, as far as it can be told beforehand.</summary>
    public async Task<Escalation> PeekAsync(FixDraft draft, CancellationToken cancel)
    {
        var (id, open) = await _store.PeekAsync(draft.Attempt.Issue, Now(), cancel);
        return new(id, id is null && open >= _policy.MaxOpenVotes);
    }

    private async Task<CollaborationResult> BeginAsync(WriteSession session, CollaborationRequest request)
    {
        var now = Now();
        if (request.FixId is { } fixId && await _fixes.FindAsync(session, fixId) is null)
            return new(null, ApiProblem.Invalid("fixId", "no fix has this id; leave it out or propose the fix first"));
        string[] participants = [.. request.Participants.Prepend(request.Leader).Distinct()];
        await _agents.SeeAsync(session, participants.Select(id => new Sighting(id, null, null, null, [], now)));
        var row = new CollaborationRow
        {
            Id = Guid.CreateVersion7(now), Type = Words.Of(request.Type), Leader = request.Leader, Participants = participants, Goal = request.Goal,
            FixId = request.FixId, Status = Words.Of(CollaborationStatus.Planning), Quorum = request.Quorum ?? DefaultQuorum,
            Deadline = request.Deadline ?? now + DefaultTerm, CreatedAt = now,
        };
        await _store.InsertAsync(session, row);
        return new(row, null);
    }

    private async Task<CollaborationResult> ChangeAsync(WriteSession session, ChangeInput input)
    {
        var (id, change) = input;
        if (await CollaborationStore.FindAsync(session, id) is not { } row)
            return new(null, ApiProblem.NotFound($"No collaboration has the id {id}."));
        var wanted = change.Status is { } status ? (CollaborationStatus)status : row.State;
        var outcome = change.Outcome is { } o ? Words.Of(o) : row.Outcome;
        if (wanted == row.State && (change.Progress ?? row.Progress) == row.Progress && outcome == row.Outcome)
            return new(row, null);
        if (!row.State.IsOpen())
            return Refused("collaboration_closed", $"The collaboration is {row.Status} and does not change any more.");
        if (wanted != row.State && !row.State.MayBecome(wanted))
            return Refused("illegal_transition", $"The collaboration is {row.Status} and cannot become {Words.Of(wanted)}: one step forward (planning, executing, testing, complete), or cancelled or expired.");
        if (change.Progress < row.Progress)
            return Refused("progress_falls", $"The progress is {row.Progress} and never falls.");
        if (change.Outcome is not null && wanted != CollaborationStatus.Complete)
            return Refused("outcome_too_early", "The outcome is told with the status complete, not before.");
        var now = Now();
        var changed = row with
        {
            Status = Words.Of(wanted), Outcome = outcome, EndedAt = wanted.IsOpen() ? null : now,
            Progress = wanted == CollaborationStatus.Complete ? 100 : change.Progress ?? row.Progress,
        };
        await _store.UpdateAsync(session, changed, now);
        if (!wanted.IsOpen())
            session.AfterCommit(() => Count(changed));
        if (wanted == CollaborationStatus.Expired)
            await ExpireFixAsync(session, changed);
        return new(changed, null);
    }

    private async Task<int> ExpireAsync(WriteSession session, DateTimeOffset now)
    {
        var due = await CollaborationStore.PastDeadlineAsync(session, now);
        foreach (var row in due)
        {
            var expired = row with { Status = Words.Of(CollaborationStatus.Expired), EndedAt = now };
            await _store.UpdateAsync(session, expired, now);
            session.AfterCommit(() => Count(expired));
            await ExpireFixAsync(session, row);
        }
        return due.Count;
    }

    private async Task ExpireFixAsync(WriteSession session, CollaborationRow row)
    {
        if (row.FixId is { } fixId && row.Decision is null)
            await _outcomes.FollowVoteAsync(session, fixId, FixStatus.Expired, $"vote {row.Id} expired undecided");
    }

    private void Count(CollaborationRow ended)
    {
        _instruments.CollaborationsEnded.Add(1, Instruments.Label("type", ended.Type), Instruments.Label("outcome", ended.Outcome ?? ended.Status));
        if (ended.Outcome == Words.Of(CollaborationOutcome.Success))
            _instruments.CollaborationSuccess.Add(1, Instruments.Label("type", ended.Type));
    }

    private static CollaborationResult Refused(string code, string detail) => new(null, new(409, code, detail));

    private DateTimeOffset Now() => WitanTime.ToMicroseconds(_clock.GetUtcNow());
}
