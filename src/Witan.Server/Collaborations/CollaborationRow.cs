using Witan.Client;
using Witan.Collaborations;
using Witan.Server.Storage;

namespace Witan.Server.Collaborations;

/// <summary>A row of the table <c>collaborations</c>.</summary>
internal sealed record CollaborationRow
{
    /// <summary>The columns, under the names of the properties.</summary>
    public const string Columns = """
        id AS Id, type AS Type, leader AS Leader, participants AS Participants, goal AS Goal, fix_id AS FixId, issue AS Issue, may_join AS MayJoin, status AS Status,
        progress AS Progress, outcome AS Outcome, quorum AS Quorum, deadline AS Deadline, decision AS Decision, share AS Share, voters AS Voters,
        approve_weight AS ApproveWeight, reject_weight AS RejectWeight, decided_at AS DecidedAt, created_at AS CreatedAt, ended_at AS EndedAt
        """;

    public Guid Id { get; init; }
    public required string Type { get; init; }
    public required string Leader { get; init; }
    public required IReadOnlyList<string> Participants { get; init; }
    public required string Goal { get; init; }
    public Guid? FixId { get; init; }
    public string? Issue { get; init; }
    public bool MayJoin { get; init; }
    public required string Status { get; init; }
    public long Progress { get; init; }
    public string? Outcome { get; init; }
    public long Quorum { get; init; }
    public DateTimeOffset Deadline { get; init; }
    public string? Decision { get; init; }
    public double? Share { get; init; }
    public long? Voters { get; init; }
    public double? ApproveWeight { get; init; }
    public double? RejectWeight { get; init; }
    public DateTimeOffset? DecidedAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    public CollaborationStatus State => Words.Parse<CollaborationStatus>(Status);

    /// <summary>Open, undecided and in time: it takes votes.</summary>
    public bool TakesVotes(DateTimeOffset now) => State.IsOpen() && Decision is null && now < Deadline;

    /// <summary>The decision as it was stored, or null while there is none.</summary>
    public ConsensusAnswer? StoredConsensus => Decision is null
        ? null
        : new(Words.Parse<ConsensusState>(Decision), Share, (int)Quorum, (int)Voters!, ApproveWeight!.Value, RejectWeight!.Value);

    public Collaboration ToCollaboration() => new()
    {
        Id = Id, Type = Words.Parse<CollaborationType>(Type), Leader = Leader, Participants = Participants, Goal = Goal, FixId = FixId, Issue = Issue,
        Status = (CollaborationState)State, Progress = (int)Progress, Outcome = Outcome is null ? null : Words.Parse<CollaborationOutcome>(Outcome),
        Quorum = (int)Quorum, Deadline = Deadline, Decision = Decision is null ? null : Words.Parse<ConsensusState>(Decision), DecidedAt = DecidedAt,
        CreatedAt = CreatedAt, EndedAt = EndedAt,
    };
}

/// <summary>A row of the table <c>votes</c>.</summary>
internal sealed record VoteRow
{
    /// <summary>The columns, under the names of the properties.</summary>
    public const string Columns = """
        id AS Id, collaboration_id AS CollaborationId, voter_id AS VoterId, solution AS Solution, vote AS Vote, expertise AS Expertise,
        counts AS Counts, reasoning AS Reasoning, voted_at AS VotedAt, superseded_at AS SupersededAt
        """;

    public Guid Id { get; init; }
    public Guid CollaborationId { get; init; }
    public required string VoterId { get; init; }
    public required string Solution { get; init; }
    public required string Vote { get; init; }
    public double Expertise { get; init; }
    public bool Counts { get; init; }
    public string? Reasoning { get; init; }
    public DateTimeOffset VotedAt { get; init; }
    public DateTimeOffset? SupersededAt { get; init; }

    public WeighedVote Weighed => new(VoterId, Words.Parse<Ballot>(Vote), Expertise, Counts);

    public Vote ToVote() => new()
    {
        Id = Id, CollaborationId = CollaborationId, VoterId = VoterId, Solution = Solution, Kind = Words.Parse<VoteKind>(Vote), Expertise = Expertise,
        CountsForQuorum = Counts, Reasoning = Reasoning, VotedAt = VotedAt, SupersededAt = SupersededAt,
    };
}
