using Witan.Fixes;
using Witan.Server.Models;
using Witan.Server.Storage;
using Witan.Server.TrackRecords;

namespace Witan.Server.Fixes;

/// <summary>A gate that was chosen for a risk budget, and how it does since.</summary>
/// <param name="Choice">The threshold, or why there is none.</param>
/// <param name="Scorer">The champion whose scores it is for.</param>
/// <param name="Sequence">The last outcome that was known when it was chosen.</param>
/// <param name="ChosenAt">When that was.</param>
/// <param name="Monitor">What was auto-applied since, and how much of it failed.</param>
internal sealed record ChosenGate(RiskThreshold Choice, string Scorer, long Sequence, DateTimeOffset ChosenAt, BudgetMonitor Monitor)
{
    /// <summary>Why nothing is auto-applied, or null.</summary>
    public string? Objection => Choice.Threshold is null ? Choice.Reason
        : Monitor.IsBroken ? $"{Monitor.Failures} of {Monitor.Applied} fixes that were auto-applied under the risk budget failed, which breaks it; a new gate is chosen when more outcomes are known"
        : null;
}

/// <summary>
/// The policy in force. Where it has a risk budget instead of a threshold, the threshold is chosen on recent outcomes, watched,
/// and given up by itself when what was auto-applied fails too often.
/// </summary>
internal sealed partial class RiskGate(Policy policy, FixStore fixes, ModelRegistry models, OutcomeLog log, TimeProvider clock, ILogger<RiskGate> logger)
    : Periodic("The gate of the risk budget is brought up to date", TimeSpan.FromSeconds(1), clock, logger, atOnce: true)
{
    /// <summary>The name of the rule that reviews what the budget would not promise.</summary>
    public const string Rule = "risk_budget";

    private const int Recent = 2_000;
    private const int NewOutcomes = 500; // each choice may be wrong with a small probability, so it is made seldom

    // Without a choice nothing is promised, so nothing is applied.
    private volatile Policy _inForce = policy.RiskBudget is null ? policy : At(policy, null);
    private volatile ChosenGate? _chosen;
    private long _seen = -1;

    /// <summary>The policy with the threshold in force.</summary>
    public Policy InForce => _inForce;

    /// <summary>The gate in force; null without a risk budget, and before the first choice.</summary>
    public ChosenGate? Chosen => _chosen;

    /// <summary>A verdict, told why where only the budget stands against it.</summary>
    public Verdict Explain(Verdict verdict)
    {
        if (policy.RiskBudget is null || verdict is not { Decision: Decision.Review, Rule: null })
            return verdict;
        var objection = _chosen is { } chosen ? chosen.Objection : "no gate has been chosen for the risk budget yet";
        return objection is null ? verdict : verdict with { Rule = Rule, Reason = objection };
    }

    /// <summary>The threshold for a budget by what is known now.</summary>
    public async Task<RiskThreshold> ChooseAsync(double budget, CancellationToken cancel)
    {
        var latest = await fixes.ResolvedScoresAsync(null, Recent, cancel);
        var (scores, successes) = (latest.Select(f => f.Confidence).Reverse().ToList(), latest.Select(f => f.Success).Reverse().ToList());
        if (models.Serving.Artefact?.OutOfTime is { } outOfTime && scores.Count < Recent)
        {
            // Until enough fixes were answered here, the scores that the champion's like gave to the outcomes before count too.
            var missing = Math.Min(Recent - scores.Count, outOfTime.Scores.Count);
            scores.InsertRange(0, outOfTime.Scores.TakeLast(missing));
            successes.InsertRange(0, outOfTime.Successes.TakeLast(missing));
        }
        return RiskBudget.Choose(scores.ToArray(), successes.ToArray(), budget);
    }

    /// <summary>Brings the gate up to date.</summary>
    public async Task RefreshAsync(CancellationToken cancel)
    {
        if (policy.RiskBudget is not { } budget)
            return;
        var (sequence, scorer, before) = (log.Sequence, models.Serving.Version, _chosen);
        if (before is null || before.Scorer != scorer || sequence - before.Sequence >= NewOutcomes)
        {
            Put(new(await ChooseAsync(budget, cancel), scorer, sequence, Clock.GetUtcNow(), new(0, 0, budget)));
        }
        else if (sequence != _seen)
        {
            var (applied, failures) = await fixes.AppliedSinceAsync(before.ChosenAt, cancel);
            Put(before with { Monitor = new(applied, failures, budget) });
        }
        _seen = sequence;
    }

    protected override bool IsNeeded => policy.RiskBudget is not null;

    protected override Task TurnAsync(CancellationToken cancel) => RefreshAsync(cancel);

    private void Put(ChosenGate chosen)
    {
        if (chosen.Objection != _chosen?.Objection || chosen.Choice.Threshold != _chosen?.Choice.Threshold)
            LogGate(Log, chosen.Objection ?? chosen.Choice.Reason);
        _chosen = chosen;
        _inForce = At(policy, chosen.Objection is null ? chosen.Choice.Threshold : null);
    }

    // No score reaches 1, so a threshold of 1 applies nothing. An override may be stricter than the budget, not laxer.
    private static Policy At(Policy policy, double? threshold)
    {
        var least = threshold ?? 1;
        return policy with
        {
            AutoApply = least,
            Review = Math.Min(policy.Review, least),
            Overrides = [.. policy.Overrides.Select(o => o with { AutoApply = o.AutoApply is { } own ? Math.Max(own, least) : null, Review = o.Review is { } review ? Math.Min(review, least) : null })],
        };
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Risk budget: {Reason}")]
    private static partial void LogGate(ILogger logger, string reason);
}
