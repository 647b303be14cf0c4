namespace Witan.Client;

/// <summary>Everything at a glance. Every rate comes with its n.</summary>
public sealed record StatsSummary
{
    /// <summary>All fixes.</summary>
    public required long Fixes { get; init; }

    /// <summary>Those with a known outcome.</summary>
    public required long FixOutcomes { get; init; }

    /// <summary>Those that worked.</summary>
    public required long FixSuccesses { get; init; }

    /// <summary>The share of the known outcomes that worked; null when none is known.</summary>
    public double? FixSuccessRate { get; init; }

    /// <summary>The mean confidence of the fixes that were given one; null when none was.</summary>
    public double? MeanConfidence { get; init; }

    /// <summary>All agents.</summary>
    public required long Agents { get; init; }

    /// <summary>All learnings.</summary>
    public required long Learnings { get; init; }

    /// <summary>Those that have proved themselves in use.</summary>
    public required long LearningsValidated { get; init; }

    /// <summary>All collaborations.</summary>
    public required long Collaborations { get; init; }

    /// <summary>Those that go on.</summary>
    public required long CollaborationsOpen { get; init; }

    /// <summary>Those that reached their goal.</summary>
    public required long CollaborationSuccesses { get; init; }

    /// <summary>All current votes.</summary>
    public required long Votes { get; init; }

    /// <summary>The last write that could have changed any of this; null before the first.</summary>
    public DateTimeOffset? RefreshedAt { get; init; }
}

/// <summary>The fixes of one agent with one strategy.</summary>
public sealed record FixStat
{
    /// <summary>The agent.</summary>
    public required string AgentId { get; init; }

    /// <summary>The strategy.</summary>
    public required string FixStrategy { get; init; }

    /// <summary>All of them.</summary>
    public required long Total { get; init; }

    /// <summary>Those with a known outcome.</summary>
    public required long Outcomes { get; init; }

    /// <summary>Those that worked.</summary>
    public required long Successful { get; init; }

    /// <summary>The share of the known outcomes that worked; null when none is known.</summary>
    public double? SuccessRate { get; init; }

    /// <summary>The mean confidence of those that were given one.</summary>
    public double? MeanConfidence { get; init; }

    /// <summary>The mean duration in milliseconds of those that told one.</summary>
    public double? MeanDurationMs { get; init; }

    /// <summary>The first proposal.</summary>
    public required DateTimeOffset First { get; init; }

    /// <summary>The last proposal.</summary>
    public required DateTimeOffset Last { get; init; }
}

/// <summary>The collaborations of one type under one leader.</summary>
public sealed record CollaborationStat
{
    /// <summary>The type.</summary>
    public required string Type { get; init; }

    /// <summary>The leader.</summary>
    public required string Leader { get; init; }

    /// <summary>All of them.</summary>
    public required long Total { get; init; }

    /// <summary>Those that are complete.</summary>
    public required long Completed { get; init; }

    /// <summary>Those that reached their goal.</summary>
    public required long Successful { get; init; }

    /// <summary>The share of the complete ones that reached their goal; null when none is complete.</summary>
    public double? SuccessRate { get; init; }

    /// <summary>The mean progress, 0 to 100.</summary>
    public required double MeanProgress { get; init; }

    /// <summary>The mean time from beginning to end in milliseconds, of those that ended.</summary>
    public double? MeanDurationMs { get; init; }
}

/// <summary>The learnings of one domain.</summary>
public sealed record DomainStat
{
    /// <summary>The domain.</summary>
    public required string Domain { get; init; }

    /// <summary>How many patterns.</summary>
    public required long Patterns { get; init; }

    /// <summary>Their mean confidence.</summary>
    public required double MeanConfidence { get; init; }

    /// <summary>How many agents found them.</summary>
    public required long Discoverers { get; init; }

    /// <summary>The first.</summary>
    public required DateTimeOffset First { get; init; }

    /// <summary>The last.</summary>
    public required DateTimeOffset Last { get; init; }
}

/// <summary>The vote of one collaboration.</summary>
public sealed record ConsensusStat
{
    /// <summary>The collaboration.</summary>
    public required Guid CollaborationId { get; init; }

    /// <summary>All current votes.</summary>
    public required long Votes { get; init; }

    /// <summary>Those that approve.</summary>
    public required long Approve { get; init; }

    /// <summary>Those that reject.</summary>
    public required long Reject { get; init; }

    /// <summary>Those without an opinion.</summary>
    public required long Abstain { get; init; }

    /// <summary>The weight that approves.</summary>
    public required double ApproveWeight { get; init; }

    /// <summary>The weight that rejects.</summary>
    public required double RejectWeight { get; init; }

    /// <summary>The approving share of both; null while they are 0.</summary>
    public double? Share { get; init; }

    /// <summary>What it came to; null until it is decided.</summary>
    public ConsensusState? Decision { get; init; }
}

/// <summary>The fixes of a stretch of time.</summary>
/// <param name="Start">Its beginning, UTC.</param>
/// <param name="Fixes">Fixes proposed in it.</param>
/// <param name="Outcomes">Those with a known outcome.</param>
/// <param name="Successes">Those that worked.</param>
/// <param name="SuccessRate">The share of the known outcomes that worked; null when none is known.</param>
public sealed record TimelineBucket(DateTimeOffset Start, long Fixes, long Outcomes, long Successes, double? SuccessRate);

/// <summary>What became of the fixes that got one decision.</summary>
/// <param name="Decision">The decision, before any vote.</param>
/// <param name="Fixes">Fixes that got it.</param>
/// <param name="Outcomes">Those with a known outcome.</param>
/// <param name="Successes">Those that worked.</param>
/// <param name="SuccessRate">The share of the known outcomes that worked; null when none is known.</param>
/// <param name="Interval">The 90 % interval of that rate: a Beta posterior from a uniform prior; null when none is known.</param>
/// <param name="MeanConfidence">The mean probability that those with a known outcome were given: a true one is near the rate. Null when none is known.</param>
public sealed record DecisionStat(FixDecision Decision, long Fixes, long Outcomes, long Successes, double? SuccessRate, IReadOnlyList<double>? Interval, double? MeanConfidence);

/// <summary>Decisions and what became of them.</summary>
/// <param name="Decisions">All three, in the order auto_apply, review, escalate.</param>
/// <param name="RefreshedAt">The last change of a fix; null before the first.</param>
public sealed record DecisionStats(IReadOnlyList<DecisionStat> Decisions, DateTimeOffset? RefreshedAt);

/// <summary>Fixes by agent and strategy.</summary>
public sealed record FixStats(IReadOnlyList<FixStat> Fixes, string? NextCursor, DateTimeOffset? RefreshedAt);

/// <summary>Collaborations by type and leader.</summary>
public sealed record CollaborationStats(IReadOnlyList<CollaborationStat> Collaborations, string? NextCursor, DateTimeOffset? RefreshedAt);

/// <summary>Learnings by domain.</summary>
public sealed record DomainStats(IReadOnlyList<DomainStat> Domains, string? NextCursor, DateTimeOffset? RefreshedAt);

/// <summary>Votes by collaboration.</summary>
public sealed record ConsensusStats(IReadOnlyList<ConsensusStat> Consensus, string? NextCursor, DateTimeOffset? RefreshedAt);

/// <summary>Fixes over time.</summary>
public sealed record Timeline(string Bucket, IReadOnlyList<TimelineBucket> Buckets, DateTimeOffset? RefreshedAt);

/// <summary>A summary that was made anew.</summary>
/// <param name="Summary">Its name, such as <c>fix_statistics</c>.</param>
/// <param name="RefreshedAt">What it holds is of this moment; null when it is always fresh and nothing was ever in it.</param>
/// <param name="DurationMs">How long that took, in milliseconds.</param>
public sealed record RefreshedSummary(string Summary, DateTimeOffset? RefreshedAt, double DurationMs);

/// <summary>The summaries that were made anew.</summary>
public sealed record RefreshAnswer(IReadOnlyList<RefreshedSummary> Summaries);
