using Witan.Client;
using Witan.Fixes;
using Witan.Server.Agents;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;
using Witan.Server.TrackRecords;

namespace Witan.Server.Fixes;

/// <summary>What came of a draft: a new fix, the fix that was known under its external id, or a contradiction.</summary>
internal sealed record IntakeResult(bool Created, Guid Id, FixAnswer? Answer, ApiProblem? Problem)
{
    public int Status => Problem?.Status ?? (Created ? 201 : 200);
}

/// <summary>Takes proposals and reports after the fact: scores, decides and stores them with their receipts, in one transaction.</summary>
internal sealed class FixIntake
{
    private readonly FixStore _fixes;
    private readonly FixJudge _judge;
    private readonly FixOutcomes _outcomes;
    private readonly AgentStore _agents;
    private readonly OutcomeLog _log;
    private readonly FixHooks _hooks;
    private readonly TimeProvider _clock;

    public FixIntake(FixStore fixes, FixJudge judge, FixOutcomes outcomes, AgentStore agents, OutcomeLog log, FixHooks hooks, TimeProvider clock)
    {
        (_fixes, _judge, _outcomes, _agents, _log, _hooks, _clock) = (fixes, judge, outcomes, agents, log, hooks, clock);
        Single = TakeAsync;
        Batch = OneByOne.Of<IReadOnlyList<FixDraft>, IReadOnlyList<IntakeResult>>(TakeAsync);
    }

    /// <summary>Drafts that arrive one by one and share a transaction.</summary>
    public WriteOperation<FixDraft, IntakeResult> Single { get; }

    /// <summary>The lines of a batch: one input, one transaction.</summary>
    public WriteOperation<IReadOnlyList<FixDraft>, IReadOnlyList<IntakeResult>> Batch { get; }

    private async Task<IReadOnlyList<IntakeResult>> TakeAsync(WriteSession session, IReadOnlyList<FixDraft> drafts)
    {
        var now = WitanTime.ToMicroseconds(_clock.GetUtcNow());
        await _agents.SeeAsync(session, drafts.Select(d => new Sighting(
            d.Attempt.AgentId, d.Attempt.Family, d.Attempt.Model, d.Attempt.Domain, d.Proposal.Layers ?? [], d.Attempt.ProposedAt)));
        var reported = new List<(FixRow, Attempt)>();
        var results = new List<IntakeResult>(drafts.Count);
        foreach (var draft in drafts)
        {
            if (draft.Proposal.ExternalId is { } key && await _fixes.FindExternalAsync(session, draft.Attempt.AgentId, key) is { } known)
                results.Add(await AgainAsync(session, known, draft, reported));
            else if (draft.Outcome is not null)
                results.Add(await ReportAsync(session, draft, now, reported));
            else
                results.Add(await ProposeAsync(session, draft, now));
        }
        await RecordAsync(session, reported);
        return results;
    }

    private async Task RecordAsync(WriteSession session, List<(FixRow Fix, Attempt Attempt)> reported)
    {
        await _agents.RecordAsync(session, reported.Select(r => FixOutcomes.ChangeOf(r.Fix)));
        await _log.AppendAsync(session, [.. reported.Select(r => FixOutcomes.EventOf(r.Fix, r.Attempt))]);
        reported.Clear();
    }

    private async Task<IntakeResult> ProposeAsync(WriteSession session, FixDraft draft, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now);
        var scored = _judge.Score(draft.Attempt, id);
        var attempts = _judge.NeedsAttempts(draft.Attempt, scored)
            ? await _fixes.CountAttemptsAsync(session, draft.Attempt)
            : 0;
        var verdict = _judge.Decide(draft.Attempt, scored, attempts);
        var escalation = verdict.Decision == Decision.Escalate && !draft.Replay ? await _hooks.Escalate(session, draft, id) : default;
        var answer = _judge.Answer(draft, scored, verdict, escalation, id);
        await _fixes.InsertAsync(session, FixRow.Of(id, draft) with
        {
            Decision = Words.Of((Decision)answer.Decision!),
            Confidence = answer.Confidence,
            IntervalLow = answer.Interval?[0],
            IntervalHigh = answer.Interval?[1],
            Scorer = answer.Scorer,
        }, now);
        await _fixes.InsertReceiptAsync(session, id, new(
            draft.Attempt.ProposedAt, scored.Sequence, scored.SchemaHash, scored.Features, scored.Evidence.Comparable, answer, scored.Assignment?.Propensity));
        if (scored.Judgement is not null)
            await _hooks.Proposed(session, id, scored);
        return new(true, id, answer, null);
    }

    private async Task<IntakeResult> ReportAsync(WriteSession session, FixDraft draft, DateTimeOffset now, List<(FixRow, Attempt)> reported)
    {
        var id = Guid.CreateVersion7(now);
        var row = FixOutcomes.Completed(FixRow.Of(id, draft), draft.Outcome!, draft.Outcome!.CompletedAt!.Value);
        await _fixes.InsertAsync(session, row, now);
        reported.Add((row, draft.Attempt));
        return new(true, id, new() { Id = id, Replay = draft.Replay }, null);
    }

    // The same external id is the same fix: its first answer stands, and an outcome that comes with it is reported on it.
    private async Task<IntakeResult> AgainAsync(WriteSession session, Guid id, FixDraft draft, List<(FixRow, Attempt)> reported)
    {
        var fix = await _fixes.FindAsync(session, id);
        if (draft.Outcome is not null)
        {
            await RecordAsync(session, reported); // the fix may be one of them, and its outcome comes before its rollback
            var change = await _outcomes.ReportAsync(session, fix!, draft.Outcome with { CompletedAt = draft.Proposal.Outcome!.CompletedAt });
            if (change.Problem is not null)
                return new(false, id, null, change.Problem);
        }
        var answer = fix!.Decision is null ? new() { Id = id, Replay = fix.Replay } : (await _fixes.FindReceiptAsync(session, id))!.Answer;
        return new(false, id, answer, null);
    }
}
