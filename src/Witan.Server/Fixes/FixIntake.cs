using Witan.Client;
using Witan.Fixes;
using Witan.Server.Agents;
using Witan.Server.Models;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;
using Witan.Server.TrackRecords;

namespace Witan.Server.Fixes;

/// <summary>What came of a draft: a new fix, the fix that was known under its external id, or a contradiction.</summary>
internal sealed record IntakeResult(bool Created, Guid Id, FixAnswer? Answer, ApiProblem? Problem)
{
    public int Status => Problem?.Status ?? (Created ? 201 : 200);
}

/// <summary>A draft on its way to the writer, scored where it came in so that the writer need not.</summary>
/// <param name="Draft">The draft.</param>
/// <param name="Id">The id that its fix gets, if it is new.</param>
/// <param name="Scored">Its score, or null in a report after the fact.</param>
/// <param name="CatchUps">How often others' writes had been taken into memory by then.</param>
internal sealed record Arrival(FixDraft Draft, Guid Id, Scored? Scored, int CatchUps);

/// <summary>Takes proposals and reports after the fact: scores, decides and stores them with their receipts, in one transaction.</summary>
internal sealed class FixIntake
{
    private readonly FixStore _fixes;
    private readonly FixJudge _judge;
    private readonly FixOutcomes _outcomes;
    private readonly AgentStore _agents;
    private readonly OutcomeLog _log;
    private readonly ModelRegistry _models;
    private readonly FixHooks _hooks;
    private readonly FixMetrics _metrics;
    private readonly WriteQueue _writes;
    private readonly TimeProvider _clock;

    public FixIntake(
        FixStore fixes, FixJudge judge, FixOutcomes outcomes, AgentStore agents, OutcomeLog log, ModelRegistry models, FixHooks hooks, FixMetrics metrics, WriteQueue writes, TimeProvider clock)
    {
        (_fixes, _judge, _outcomes, _agents, _log, _models, _hooks, _metrics, _writes, _clock) = (fixes, judge, outcomes, agents, log, models, hooks, metrics, writes, clock);
        Single = TakeAsync;
        writes.BeginWith(Single, ReadsOf);
        Batch = OneByOne.Of<IReadOnlyList<Arrival>, IReadOnlyList<IntakeResult>>(TakeAsync);
    }

    /// <summary>Drafts that arrive one by one and share a transaction.</summary>
    public WriteOperation<Arrival, IntakeResult> Single { get; }

    /// <summary>The lines of a batch: one input, one transaction.</summary>
    public WriteOperation<IReadOnlyList<Arrival>, IReadOnlyList<IntakeResult>> Batch { get; }

    /// <summary>Scores a draft before it goes in line.</summary>
    public Arrival Arrive(FixDraft draft)
    {
        var (id, catchUps) = (Guid.CreateVersion7(_clock.GetUtcNow()), _writes.CatchUps);
        return new(draft, id, draft.Outcome is null ? _judge.Score(draft.Attempt, id) : null, catchUps);
    }

    private async Task<IReadOnlyList<IntakeResult>> TakeAsync(WriteSession session, IReadOnlyList<Arrival> arrivals)
    {
        var read = await session.ReadAsync(arrivals, () => ReadsOf(arrivals)); // before anything is written, which would have to be sent first
        var known = read.Keys.SelectMany(question => question.Rows).DistinctBy(row => row.Known).ToDictionary(row => row.Known, row => row.Id);
        arrivals = [.. arrivals.Select(Fresh)];
        var group = new Group(session, arrivals, WitanTime.ToMicroseconds(_clock.GetUtcNow()));
        if (arrivals.Where(NeedsAttempts).All(read.Counted.Contains))
            group.Recent = new(read.Recent?.Rows ?? []);
        else
            await RecentAsync(group); // since others count than it was thought
        await _agents.SeeAsync(session, arrivals.Select(a => a.Draft).Select(d => new Sighting(
            d.Attempt.AgentId, d.Attempt.Family, d.Attempt.Model, d.Attempt.Domain, d.Proposal.Layers ?? [], d.Attempt.ProposedAt)));
        var results = new List<IntakeResult>(arrivals.Count);
        foreach (var arrival in arrivals)
        {
            var draft = arrival.Draft;
            if (draft.Proposal.ExternalId is not null && known.TryGetValue(KeyOf(draft), out var id))
            {
                results.Add(await AgainAsync(group, id, draft));
                continue;
            }
            if (draft.Proposal.ExternalId is not null)
                known[KeyOf(draft)] = arrival.Id;
            results.Add(draft.Outcome is null ? await ProposeAsync(group, arrival) : await ReportAsync(group, arrival));
        }
        await RecordAsync(group);
        return results;
    }

    private static (string Agent, string Key) KeyOf(FixDraft draft) => (draft.Attempt.AgentId, draft.Proposal.ExternalId!);

    // What was scored before another process changed anything, or another champion came, is scored anew.
    private Arrival Fresh(Arrival arrival) => arrival.Scored is null || (arrival.CatchUps == _writes.CatchUps && arrival.Scored.Serving == _models.Serving)
        ? arrival
        : arrival with { Scored = _judge.Score(arrival.Draft.Attempt, arrival.Id) };

    private async Task RecordAsync(Group group)
    {
        await _agents.RecordAsync(group.Session, group.Reported.Select(r => FixOutcomes.ChangeOf(r.Fix)));
        await _log.AppendAsync(group.Session, [.. group.Reported.Select(r => FixOutcomes.EventOf(r.Fix, r.Attempt))]);
        group.Reported.Clear();
    }

    private async Task<IntakeResult> ProposeAsync(Group group, Arrival arrival)
    {
        var (session, draft, scored, id) = (group.Session, arrival.Draft, arrival.Scored!, arrival.Id);
        var attempts = _judge.NeedsAttempts(draft.Attempt, scored) ? (await RecentAsync(group)).Count(draft.Attempt) : 0;
        var verdict = _judge.Decide(draft.Attempt, scored, attempts);
        var escalation = verdict.Decision == Decision.Escalate && !draft.Replay ? await _hooks.Escalate(session, draft, id) : default;
        var answer = _judge.Answer(draft, scored, verdict, escalation, id);
        var row = FixRow.Of(id, draft) with
        {
            Decision = Words.Of((Decision)answer.Decision!),
            Confidence = answer.Confidence,
            IntervalLow = answer.Interval?[0],
            IntervalHigh = answer.Interval?[1],
            Scorer = answer.Scorer,
        };
        await _fixes.InsertAsync(session, row, group.Now);
        group.Added(row);
        session.AfterCommit(() =>
        {
            _metrics.Proposed(row);
            _metrics.Scored(scored.Scorer, scored.Judgement?.Probability);
        });
        await _fixes.InsertReceiptAsync(session, id, new(
            draft.Attempt.ProposedAt, scored.Sequence, scored.SchemaHash, scored.Features, scored.Evidence.Comparable, answer, scored.Assignment?.Propensity));
        if (scored.Judgement is not null)
            await _hooks.Proposed(session, id, scored);
        return new(true, id, answer, null);
    }

    private async Task<IntakeResult> ReportAsync(Group group, Arrival arrival)
    {
        var (draft, id) = (arrival.Draft, arrival.Id);
        var row = FixOutcomes.Completed(FixRow.Of(id, draft), draft.Outcome!, draft.Outcome!.CompletedAt!.Value);
        await _fixes.InsertAsync(group.Session, row, group.Now);
        group.Reported.Add((row, draft.Attempt));
        group.Session.AfterCommit(() => _metrics.Ended(row));
        group.Added(row);
        return new(true, id, new() { Id = id, Replay = draft.Replay }, null);
    }

    // What counts against the attempts of this group.
    private async Task<RecentAttempts> RecentAsync(Group group)
    {
        if (group.Recent is null && RecentOf([.. group.Arrivals.Where(NeedsAttempts)]) is { } question)
        {
            await group.Session.AskAsync([question]);
            group.Recent = new(question.Rows);
        }
        return group.Recent ??= new([]);
    }

    private ProposalReads ReadsOf(IReadOnlyList<Arrival> arrivals)
    {
        var counted = arrivals.Where(NeedsAttempts).ToHashSet<Arrival>(ReferenceEqualityComparer.Instance);
        return new([.. _fixes.WithKeys([.. arrivals.Where(a => a.Draft.Proposal.ExternalId is not null).Select(a => KeyOf(a.Draft))])], counted, RecentOf(counted));
    }

    private Question<AttemptRow>? RecentOf(IReadOnlyCollection<Arrival> arrivals) => arrivals.Count == 0 ? null : _fixes.Recent([.. arrivals.Select(a => a.Draft.Attempt)]);

    private bool NeedsAttempts(Arrival arrival) => arrival.Scored is { } scored && _judge.NeedsAttempts(arrival.Draft.Attempt, scored);

    // The same external id is the same fix: its first answer stands, and an outcome that comes with it is reported on it.
    private async Task<IntakeResult> AgainAsync(Group group, Guid id, FixDraft draft)
    {
        var fix = await _fixes.FindAsync(group.Session, id);
        if (draft.Outcome is not null)
        {
            await RecordAsync(group); // the fix may be one of them, and its outcome comes before its rollback
            group.Recent = null; // and this changes what counts against the next attempt
            var change = await _outcomes.ReportAsync(group.Session, fix!, draft.Outcome with { CompletedAt = draft.Proposal.Outcome!.CompletedAt });
            if (change.Problem is not null)
                return new(false, id, null, change.Problem);
        }
        var answer = fix!.Decision is null ? new() { Id = id, Replay = fix.Replay } : (await _fixes.FindReceiptAsync(group.Session, id))!.Answer;
        return new(false, id, answer, null);
    }

    /// <summary>What is read for proposals: which of them are known, and what counts against their attempts.</summary>
    private sealed record ProposalReads(IReadOnlyList<Question<FixStore.KeyRow>> Keys, IReadOnlySet<Arrival> Counted, Question<AttemptRow>? Recent) : IReads
    {
        public IReadOnlyList<Question> Questions { get; } = Recent is null ? [.. Keys] : [.. Keys, Recent];
    }

    /// <summary>What the drafts of a transaction share.</summary>
    private sealed class Group(WriteSession session, IReadOnlyList<Arrival> arrivals, DateTimeOffset now)
    {
        public WriteSession Session => session;

        public DateTimeOffset Now => now;

        public IReadOnlyList<Arrival> Arrivals => arrivals;

        public RecentAttempts? Recent { get; set; }

        /// <summary>Reports after the fact whose outcomes are not in the log yet.</summary>
        public List<(FixRow Fix, Attempt Attempt)> Reported { get; } = [];

        public void Added(FixRow fix)
        {
            if (fix.Issue is not null)
                Recent?.Add(AttemptRow.Of(fix));
        }
    }
}
