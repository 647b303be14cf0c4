using Witan.Client;
using Witan.Fixes;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Server.Models;
using Witan.Server.TrackRecords;

namespace Witan.Server.Fixes;

/// <summary>An attempt as scored: the numbers, and what was read to get them.</summary>
/// <param name="Serving">The scorers in force.</param>
/// <param name="Vector">The features of all of them, of which <paramref name="Features"/> are the scorer's own.</param>
/// <param name="Assignment">Its arm in a live experiment.</param>
internal sealed record Scored(
    string Scorer, Judgement? Judgement, Evidence Evidence, long Sequence, string SchemaHash, double[] Features, IReadOnlyList<FixFactor> Factors,
    ServingScorers Serving, double[] Vector, Assignment? Assignment);

/// <summary>Scores attempts with the scorer in force and applies the policy.</summary>
internal sealed class FixJudge(OutcomeLog log, ModelRegistry models, FixHooks hooks, RiskGate gate)
{
    private const int MostFactors = 8;

    /// <summary>The probability that the attempt succeeds, from what was known at its proposal.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="id">The fix that it is about to become; null for a question.</param>
    public Scored Score(Attempt attempt, Guid? id = null)
    {
        var serving = models.Serving;
        var (vector, evidence, sequence) = log.Read(book =>
        {
            var numbers = new double[serving.Schema.Count];
            return (numbers, FeatureExtractor.Extract(book, attempt, serving.Schema, numbers), book.Sequence);
        });
        if (evidence.Fleet == 0)
            return new("none", null, evidence, sequence, "", [], [], serving, vector, null);
        var assignment = hooks.Assign(attempt, id, serving, evidence.Fleet);
        var (name, scorer) = assignment?.Scorer ?? serving.For(evidence.Fleet);
        var features = vector[..scorer.Schema.Count]; // every schema begins with the core
        var factors = Explanation.Factors(scorer, features, MostFactors).Select(f => new FixFactor(f.Feature, f.Value, f.Contribution));
        return new(name, scorer.Judge(features), evidence, sequence, scorer.Schema.Hash, features, [.. factors], serving, vector, assignment);
    }

    /// <summary>True when the policy needs to know how often the agent has tried: only a fix that could be applied does.</summary>
    public bool NeedsAttempts(Attempt attempt, Scored scored) =>
        attempt.Issue is not null && scored.Judgement?.Probability >= gate.InForce.ThresholdsOf(attempt).AutoApply;

    /// <summary>The decision on a scored attempt.</summary>
    public Verdict Decide(Attempt attempt, Scored scored, int recentAttempts) =>
        gate.Explain(gate.InForce.Decide(attempt, scored.Judgement?.Probability, scored.Evidence.Comparable, recentAttempts));

    /// <summary>The answer to a proposal.</summary>
    public FixAnswer Answer(FixDraft draft, Scored scored, Verdict verdict, Escalation escalation, Guid? id)
    {
        if (escalation.IsFull)
            verdict = gate.InForce.TooManyVotes;
        var thresholds = gate.InForce.ThresholdsOf(draft.Attempt);
        return new()
        {
            Id = id,
            Decision = (FixDecision)verdict.Decision,
            Confidence = scored.Judgement?.Probability,
            Interval = scored.Judgement is { } judgement ? [judgement.Low, judgement.High] : null,
            Scorer = scored.Scorer,
            Arm = scored.Assignment?.Arm,
            Rule = verdict.Rule,
            Reason = verdict.Reason,
            Replay = draft.Replay,
            Thresholds = new(thresholds.AutoApply, thresholds.Review),
            Factors = scored.Factors,
            Evidence = new(scored.Evidence.AgentFixes, scored.Evidence.IssueAttempts, scored.Evidence.SimilarFailures),
            Learnings = hooks.Learnings(draft.Attempt, draft.Proposal.Layers ?? []),
            CollaborationId = escalation.CollaborationId,
        };
    }
}
