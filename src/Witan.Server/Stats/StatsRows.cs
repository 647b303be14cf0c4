using Witan.Agents;
using Witan.Client;
using Witan.Server.Storage;

namespace Witan.Server.Stats;

internal sealed record SummaryRow
{
    public long Fixes { get; init; }
    public long FixOutcomes { get; init; }
    public long FixSuccesses { get; init; }
    public double? MeanConfidence { get; init; }
    public long Agents { get; init; }
    public long Learnings { get; init; }
    public long LearningsValidated { get; init; }
    public long Collaborations { get; init; }
    public long CollaborationsOpen { get; init; }
    public long CollaborationSuccesses { get; init; }
    public long Votes { get; init; }
    public DateTimeOffset? RefreshedAt { get; init; }

    public StatsSummary ToSummary() => new()
    {
        Fixes = Fixes, FixOutcomes = FixOutcomes, FixSuccesses = FixSuccesses, FixSuccessRate = FixOutcomes == 0 ? null : (double)FixSuccesses / FixOutcomes,
        MeanConfidence = MeanConfidence, Agents = Agents, Learnings = Learnings, LearningsValidated = LearningsValidated, Collaborations = Collaborations,
        CollaborationsOpen = CollaborationsOpen, CollaborationSuccesses = CollaborationSuccesses, Votes = Votes, RefreshedAt = RefreshedAt,
    };
}

internal sealed record FixStatRow
{
    public required string AgentId { get; init; }
    public required string FixStrategy { get; init; }
    public long Total { get; init; }
    public long Outcomes { get; init; }
    public long Successful { get; init; }
    public double? SuccessRate { get; init; }
    public double? MeanConfidence { get; init; }
    public double? MeanDurationMs { get; init; }
    public DateTimeOffset First { get; init; }
    public DateTimeOffset Last { get; init; }

    public FixStat ToStat() => new()
    {
        AgentId = AgentId, FixStrategy = FixStrategy, Total = Total, Outcomes = Outcomes, Successful = Successful, SuccessRate = SuccessRate,
        MeanConfidence = MeanConfidence, MeanDurationMs = MeanDurationMs, First = First, Last = Last,
    };
}

internal sealed record CollaborationStatRow
{
    public required string Type { get; init; }
    public required string Leader { get; init; }
    public long Total { get; init; }
    public long Completed { get; init; }
    public long Successful { get; init; }
    public double? SuccessRate { get; init; }
    public double MeanProgress { get; init; }
    public double? MeanDurationMs { get; init; }

    public CollaborationStat ToStat() => new()
    {
        Type = Type, Leader = Leader, Total = Total, Completed = Completed, Successful = Successful, SuccessRate = SuccessRate,
        MeanProgress = MeanProgress, MeanDurationMs = MeanDurationMs,
    };
}

internal sealed record DomainStatRow
{
    public required string Domain { get; init; }
    public long Patterns { get; init; }
    public double MeanConfidence { get; init; }
    public long Discoverers { get; init; }
    public DateTimeOffset First { get; init; }
    public DateTimeOffset Last { get; init; }

    public DomainStat ToStat() => new() { Domain = Domain, Patterns = Patterns, MeanConfidence = MeanConfidence, Discoverers = Discoverers, First = First, Last = Last };
}

internal sealed record ConsensusStatRow
{
    public Guid CollaborationId { get; init; }
    public long Votes { get; init; }
    public long Approve { get; init; }
    public long Reject { get; init; }
    public long Abstain { get; init; }
    public double ApproveWeight { get; init; }
    public double RejectWeight { get; init; }
    public double? Share { get; init; }
    public string? Decision { get; init; }

    public ConsensusStat ToStat() => new()
    {
        CollaborationId = CollaborationId, Votes = Votes, Approve = Approve, Reject = Reject, Abstain = Abstain, ApproveWeight = ApproveWeight,
        RejectWeight = RejectWeight, Share = Share, Decision = Decision is null ? null : Words.Parse<ConsensusState>(Decision),
    };
}

internal sealed record BucketRow
{
    public DateTimeOffset Start { get; init; }
    public long Fixes { get; init; }
    public long Outcomes { get; init; }
    public long Successes { get; init; }

    public TimelineBucket ToBucket() => new(Start, Fixes, Outcomes, Successes, Outcomes == 0 ? null : (double)Successes / Outcomes);
}

internal sealed record DecisionRow
{
    public required string Decision { get; init; }
    public long Fixes { get; init; }
    public long Outcomes { get; init; }
    public long Successes { get; init; }
    public double? MeanConfidence { get; init; }

    public DecisionStat ToStat()
    {
        var decision = Words.Parse<FixDecision>(Decision);
        var interval = new BetaPosterior(Successes, Outcomes).Interval;
        return Outcomes == 0
            ? new(decision, Fixes, 0, 0, null, null, null)
            : new(decision, Fixes, Outcomes, Successes, (double)Successes / Outcomes, [interval.Low, interval.High], MeanConfidence);
    }
}
