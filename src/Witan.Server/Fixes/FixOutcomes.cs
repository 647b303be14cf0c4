using Witan.Client;
using Witan.Fixes;
using Witan.Intelligence.TrackRecords;
using Witan.Server.Agents;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;
using Witan.Server.TrackRecords;

namespace Witan.Server.Fixes;

/// <summary>An outcome for a fix.</summary>
internal sealed record OutcomeInput(Guid FixId, CheckedOutcome Outcome);

/// <summary>A status for a fix.</summary>
internal sealed record StatusInput(Guid FixId, StatusReport Report);

/// <summary>The fix as it is now, or why nothing changed.</summary>
internal sealed record FixChange(FixRow? Fix, ApiProblem? Problem);

/// <summary>Moves fixes through their lives: status, outcome, rollback. Fix, log and track records change together.</summary>
internal sealed class FixOutcomes
{
    private readonly FixStore _fixes;
    private readonly AgentStore _agents;
    private readonly OutcomeLog _log;
    private readonly FixHooks _hooks;
    private readonly FixMetrics _metrics;
    private readonly TimeProvider _clock;

    public FixOutcomes(FixStore fixes, AgentStore agents, OutcomeLog log, FixHooks hooks, FixMetrics metrics, WriteQueue writes, TimeProvider clock)
    {
        (_fixes, _agents, _log, _hooks, _metrics, _clock) = (fixes, agents, log, hooks, metrics, clock);
        Report = ReportAsync;
        writes.BeginWith(Report, ReadsOf);
        Status = OneByOne.Of<StatusInput, FixChange>(SetAsync);
    }

    public WriteOperation<OutcomeInput, FixChange> Report { get; }

    public WriteOperation<StatusInput, FixChange> Status { get; }

    /// <summary>A vote on a fix was decided, or expired: its status follows where nothing has been said about it yet.</summary>
    public async Task FollowVoteAsync(WriteSession session, Guid fixId, FixStatus status, string reason)
    {
        if (await _fixes.FindAsync(session, fixId) is { } fix && fix.State.MayBecome(status))
            await _fixes.UpdateAsync(session, fix with { Status = Words.Of(status), StatusBy = "vote", StatusReason = reason, StatusAt = Now() }, Now());
    }

    /// <summary>A fix with its first outcome. A success that was already taken back is a failure from the start.</summary>
    public static FixRow Completed(FixRow fix, CheckedOutcome outcome, DateTimeOffset at)
    {
        var rolledBack = outcome.RolledBack == true;
        var success = outcome.Success == true && !rolledBack;
        return fix with
        {
            Status = Words.Of(rolledBack ? FixStatus.RolledBack : success ? FixStatus.Succeeded : FixStatus.Failed),
            Success = success,
            DurationMs = outcome.DurationMs,
            ErrorMessage = outcome.ErrorMessage,
            CompletedAt = at,
            RolledBackAt = rolledBack ? at : null,
        };
    }

    /// <summary>What a first outcome adds to the track records of its agent.</summary>
    public static RecordChange ChangeOf(FixRow fix) =>
        new(fix.AgentId, fix.FixStrategy, fix.Domain, 1, fix.Success == true ? 1 : 0, fix.DurationMs);

    /// <summary>A first outcome as an entry of the log.</summary>
    public static OutcomeEvent EventOf(FixRow fix, Attempt attempt) => new()
    {
        Sequence = 0,
        FixId = fix.Id,
        Attempt = attempt,
        OccurredAt = fix.CompletedAt!.Value,
        Success = fix.Success!.Value,
        DurationMs = fix.DurationMs,
    };

    // Outcomes that arrive together: the fixes are read at once, and what they change is stored at once.
    private async Task<IReadOnlyList<FixChange>> ReportAsync(WriteSession session, IReadOnlyList<OutcomeInput> inputs)
    {
        var read = await session.ReadAsync(inputs, () => ReadsOf(inputs));
        var fixes = read.Fixes.Rows.ToDictionary(fix => fix.Id);
        var (moves, results) = (new List<Move>(), new List<FixChange>(inputs.Count));
        foreach (var input in inputs)
        {
            if (!fixes.TryGetValue(input.FixId, out var fix))
            {
                results.Add(Unknown(input.FixId));
                continue;
            }
            var (change, move) = Judge(fix, input.Outcome);
            if (move is not null)
            {
                moves.Add(move);
                fixes[input.FixId] = move.Fix;
            }
            results.Add(change);
        }
        await StoreAsync(session, moves, read.Others);
        return results;
    }

    private OutcomeReads ReadsOf(IReadOnlyList<OutcomeInput> inputs)
    {
        IReadOnlyList<Guid> ids = [.. inputs.Select(input => input.FixId).Distinct()];
        return new(_fixes.WithIds(ids), _hooks.BeforeOutcomes(ids));
    }

    /// <summary>An outcome for a fix as it is in this transaction.</summary>
    public async Task<FixChange> ReportAsync(WriteSession session, FixRow fix, CheckedOutcome outcome)
    {
        var (change, move) = Judge(fix, outcome);
        await StoreAsync(session, move is null ? [] : [move], null);
        return change;
    }

    private async Task StoreAsync(WriteSession session, IReadOnlyList<Move> moves, IReads? known)
    {
        if (moves.Count == 0)
            return;
        await _hooks.OutcomesKnown(session, [.. moves.Select(move => new KnownOutcome(move.Fix.Id, move.Fix.Success!.Value))], known); // reads before anything waits to be written
        foreach (var move in moves)
        {
            await _fixes.UpdateAsync(session, move.Fix, Now());
            session.AfterCommit(() => _metrics.Ended(move.Fix));
        }
        await _agents.RecordAsync(session, moves.Select(move => move.Record));
        await _log.AppendAsync(session, [.. moves.Select(move => move.Entry)]);
    }

    private (FixChange Change, Move? Move) Judge(FixRow fix, CheckedOutcome outcome) => fix.State switch
    {
        FixStatus.Rejected => Refused("fix_rejected", $"The fix was rejected by {fix.StatusBy}, so it has no outcome. Propose it anew if it was applied all the same."),
        FixStatus.Succeeded when outcome.RolledBack == true => RollBack(fix, outcome),
        { } state when state.IsOpen() => Complete(fix, outcome),
        _ => Contradiction(fix, outcome) is { } field
            ? Refused("outcome_contradicts", $"The outcome of this fix is known and differs in {field}. It is reported once; only a success may be rolled back later, with rolledBack: true.")
            : (new(fix, null), null),
    };

    private (FixChange, Move?) Complete(FixRow fix, CheckedOutcome outcome)
    {
        var now = Now();
        var at = outcome.CompletedAt ?? (now > fix.ProposedAt ? now : fix.ProposedAt);
        if (at < fix.ProposedAt)
            return (new(null, ApiProblem.Invalid("completedAt", $"lies before the fix was proposed ({WitanTime.Format(fix.ProposedAt)})")), null);
        var completed = Completed(fix, outcome, at);
        return (new(completed, null), new(completed, ChangeOf(completed), EventOf(completed, completed.ToAttempt())));
    }

    private (FixChange, Move?) RollBack(FixRow fix, CheckedOutcome outcome)
    {
        var now = Now();
        var at = outcome.CompletedAt ?? (now > fix.CompletedAt ? now : fix.CompletedAt!.Value);
        if (at < fix.CompletedAt)
            return (new(null, ApiProblem.Invalid("completedAt", $"lies before the fix was completed ({WitanTime.Format(fix.CompletedAt.Value)}); with rolledBack it is the time of the rollback")), null);
        if (outcome.DurationMs is not null && outcome.DurationMs != fix.DurationMs)
            return Refused("outcome_contradicts", "The outcome of this fix is known and differs in durationMs.");
        var reverted = fix with
        {
            Status = Words.Of(FixStatus.RolledBack), Success = false, RolledBackAt = at, ErrorMessage = outcome.ErrorMessage ?? fix.ErrorMessage,
        };
        return (new(reverted, null), new(reverted, new(fix.AgentId, fix.FixStrategy, fix.Domain, 0, -1, null),
            EventOf(reverted, reverted.ToAttempt()) with { OccurredAt = at, Success = false, IsRollback = true }));
    }

    // The first field that was sent and differs from what is stored. A repeated rollback may say success or not.
    private static string? Contradiction(FixRow fix, CheckedOutcome sent)
    {
        var rolledBack = fix.State == FixStatus.RolledBack;
        if (sent.RolledBack is not null && sent.RolledBack != rolledBack) return "rolledBack";
        if (sent.RolledBack != true && sent.Success is not null && sent.Success != fix.Success) return "success";
        if (sent.DurationMs is not null && sent.DurationMs != fix.DurationMs) return "durationMs";
        if (sent.ErrorMessage is not null && sent.ErrorMessage != fix.ErrorMessage) return "errorMessage";
        var completedAt = sent.RolledBack == true ? fix.RolledBackAt : fix.CompletedAt;
        if (sent.CompletedAt is not null && sent.CompletedAt != completedAt) return "completedAt";
        return null;
    }

    private async Task<FixChange> SetAsync(WriteSession session, StatusInput input) =>
        await _fixes.FindAsync(session, input.FixId) is { } fix ? await SetAsync(session, fix, input.Report) : Unknown(input.FixId);

    private async Task<FixChange> SetAsync(WriteSession session, FixRow fix, StatusReport report)
    {
        var wanted = (FixStatus)report.Status;
        if (fix.State == wanted && fix.StatusBy == report.By && fix.StatusReason == report.Reason)
            return new(fix, null);
        if (!fix.State.MayBecome(wanted))
            return Refused("illegal_transition", $"The fix is {fix.Status} and cannot become {Words.Of(wanted)}; only a decided fix can.").Change;
        var changed = fix with { Status = Words.Of(wanted), StatusBy = report.By, StatusReason = report.Reason, StatusAt = Now() };
        await _fixes.UpdateAsync(session, changed, Now());
        return new(changed, null);
    }

    private DateTimeOffset Now() => WitanTime.ToMicroseconds(_clock.GetUtcNow());

    private static FixChange Unknown(Guid id) => new(null, ApiProblem.NotFound($"No fix has the id {id}."));

    private static (FixChange Change, Move? Move) Refused(string code, string detail) => (new(null, new(409, code, detail)), null);

    /// <summary>What is read for outcomes: their fixes, and what other rooms have to know of them.</summary>
    private sealed record OutcomeReads(Question<FixRow> Fixes, IReads? Others) : IReads
    {
        public IReadOnlyList<Question> Questions { get; } = [Fixes, .. Others?.Questions ?? []];
    }

    /// <summary>What an outcome changes: the fix, its agent's record, and the log.</summary>
    private sealed record Move(FixRow Fix, RecordChange Record, OutcomeEvent Entry);
}
