using Witan.Client;
using Witan.Server.Agents;
using Witan.Server.Fixes;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;

namespace Witan.Server.Learnings;

/// <summary>A use of a learning, as it was reported.</summary>
internal sealed record UseInput(string Pattern, LearningUse Use);

/// <summary>The learning as it is now, or why nothing changed.</summary>
internal sealed record LearningResult(bool Created, LearningRow? Learning, ApiProblem? Problem);

/// <summary>Takes learnings in, and lets reports and uses move how far they are believed.</summary>
internal sealed class LearningIntake
{
    private readonly LearningStore _store;
    private readonly AgentStore _agents;
    private readonly FixStore _fixes;
    private readonly LearningLibrary _library;
    private readonly LearningRules _rules;
    private readonly TimeProvider _clock;

    public LearningIntake(LearningStore store, AgentStore agents, FixStore fixes, LearningLibrary library, LearningRules rules, TimeProvider clock)
    {
        (_store, _agents, _fixes, _library, _rules, _clock) = (store, agents, fixes, library, rules, clock);
        Report = OneByOne.Of<LearningReport, LearningResult>(ReportAsync);
        Apply = OneByOne.Of<UseInput, LearningResult>(ApplyAsync);
    }

    public WriteOperation<LearningReport, LearningResult> Report { get; }

    public WriteOperation<UseInput, LearningResult> Apply { get; }

    /// <summary>The outcomes of fixes became known, or changed: so did those of the learnings used in them.</summary>
    /// <param name="session">Their transaction.</param>
    /// <param name="outcomes">The outcomes.</param>
    /// <param name="known">The uses in these fixes, where they were read before.</param>
    public async Task ResolveUsesAsync(WriteSession session, IReadOnlyList<KnownOutcome> outcomes, IReads? known)
    {
        var read = known as LearningStore.UseReads ?? await session.ReadAsync(outcomes, () => _store.UsesIn([.. outcomes.Select(o => o.FixId)]));
        if (read.Uses.Rows.Count == 0)
            return;
        var (uses, learnings) = (read.Uses.Rows.ToLookup(use => use.FixId), read.Learnings.Rows.ToDictionary(row => row.Pattern));
        var resolved = new Dictionary<(string, Guid), UseRow>(); // a fix may be here twice: it worked, and was rolled back
        var moved = new HashSet<string>();
        foreach (var (fixId, success) in outcomes)
        {
            foreach (var use in uses[fixId])
            {
                var before = resolved.GetValueOrDefault((use.Pattern, fixId), use).Success;
                if (before == success)
                    continue;
                resolved[(use.Pattern, fixId)] = use with { Success = success };
                learnings[use.Pattern] = Counted(learnings[use.Pattern], before, success);
                moved.Add(use.Pattern);
            }
        }
        await LearningStore.PutUsesAsync(session, resolved.Values, Now());
        foreach (var pattern in moved)
            await StoreAsync(session, learnings[pattern], null);
    }

    private async Task<LearningResult> ReportAsync(WriteSession session, LearningReport report)
    {
        var now = Now();
        await _agents.SeeAsync(session, [new(report.DiscoveredBy, null, null, null, [], now)]);
        if (await LearningStore.FindAsync(session, report.Pattern) is { } known)
        {
            var reinforced = known with
            {
                Reinforcements = known.Reinforcements + 1,
                AgentDomains = [.. known.AgentDomains.Union(report.AgentDomains)],
                EsaLayers = [.. known.EsaLayers.Union(report.EsaLayers ?? []).Order()],
                CodeExample = known.CodeExample ?? report.CodeExample,
            };
            return new(false, await StoreAsync(session, reinforced, null), null);
        }
        var claim = report.Confidence ?? 0.5;
        var row = new LearningRow
        {
            Pattern = report.Pattern, Problem = report.Problem, Solution = report.Solution, CodeExample = report.CodeExample,
            AgentDomains = [.. report.AgentDomains.Distinct()], EsaLayers = [.. (report.EsaLayers ?? []).Distinct().Order()],
            DiscoveredBy = report.DiscoveredBy, Repository = report.Repository, Claim = claim, Confidence = claim, CreatedAt = now, UpdatedAt = now,
        };
        await LearningStore.InsertAsync(session, row);
        session.AfterCommit(() => _library.Put(row, null));
        return new(true, row, null);
    }

    private async Task<LearningResult> ApplyAsync(WriteSession session, UseInput input)
    {
        var (pattern, use) = input;
        if (await LearningStore.FindAsync(session, pattern) is not { } learning)
            return new(false, null, ApiProblem.NotFound($"No learning has the pattern \"{pattern}\"."));
        if (use.FixId is not { } fixId)
            return new(false, await StoreAsync(session, Counted(learning with { TimesApplied = learning.TimesApplied + 1 }, null, use.Success), null), null);
        if (await _fixes.FindAsync(session, fixId) is not { } fix)
            return new(false, null, ApiProblem.Invalid("fixId", "no fix has this id; leave it out or propose the fix first"));
        var known = await LearningStore.FindUseAsync(session, pattern, fixId);
        if (known is not null && (use.Success is null || use.Success == known.Success))
            return new(false, learning, null);
        if (known?.Success is not null)
            return new(false, null, new(409, "use_contradicts", "This use of the learning was reported with another outcome already."));
        var success = use.Success ?? fix.Success;
        await LearningStore.PutUsesAsync(session, [new() { Pattern = pattern, FixId = fixId, Success = success }], Now());
        var applied = known is null ? learning with { TimesApplied = learning.TimesApplied + 1 } : learning;
        return new(false, await StoreAsync(session, Counted(applied, null, success), fix.Issue), null);
    }

    private async Task<LearningRow> StoreAsync(WriteSession session, LearningRow row, string? issue)
    {
        var weighed = row.Weighed(_rules, Now());
        await LearningStore.UpdateAsync(session, weighed);
        session.AfterCommit(() => _library.Put(weighed, issue));
        return weighed;
    }

    private static LearningRow Counted(LearningRow row, bool? before, bool? after) => row with
    {
        Successes = row.Successes + (after == true ? 1 : 0) - (before == true ? 1 : 0),
        Failures = row.Failures + (after == false ? 1 : 0) - (before == false ? 1 : 0),
    };

    private DateTimeOffset Now() => WitanTime.ToMicroseconds(_clock.GetUtcNow());
}
