using System.Text.Json;
using System.Text.Json.Serialization;

namespace Witan.Client;

/// <summary>What a collaboration is for.</summary>
[JsonConverter(typeof(SnakeCaseNames<CollaborationType>))]
public enum CollaborationType
{
    /// <summary>To plan.</summary>
    Planning,

    /// <summary>To fix.</summary>
    Fixing,

    /// <summary>To build.</summary>
    Building,

    /// <summary>To review.</summary>
    Reviewing,
}

/// <summary>Where a collaboration is in its life.</summary>
[JsonConverter(typeof(SnakeCaseNames<CollaborationState>))]
public enum CollaborationState
{
    /// <summary>Being planned.</summary>
    Planning,

    /// <summary>Being carried out.</summary>
    Executing,

    /// <summary>Being tested.</summary>
    Testing,

    /// <summary>Done.</summary>
    Complete,

    /// <summary>Given up.</summary>
    Cancelled,

    /// <summary>Its deadline passed.</summary>
    Expired,
}

/// <summary>How a collaboration ended.</summary>
[JsonConverter(typeof(SnakeCaseNames<CollaborationOutcome>))]
public enum CollaborationOutcome
{
    /// <summary>It reached its goal.</summary>
    Success,

    /// <summary>It did not.</summary>
    Failure,

    /// <summary>In part.</summary>
    Partial,
}

/// <summary>A voter's word.</summary>
[JsonConverter(typeof(SnakeCaseNames<VoteKind>))]
public enum VoteKind
{
    /// <summary>Do it.</summary>
    Approve,

    /// <summary>Do not.</summary>
    Reject,

    /// <summary>No opinion; counts towards the quorum only.</summary>
    Abstain,
}

/// <summary>What a vote has come to.</summary>
[JsonConverter(typeof(SnakeCaseNames<ConsensusState>))]
public enum ConsensusState
{
    /// <summary>Not decided yet.</summary>
    Pending,

    /// <summary>At least 70 % of the weight approves.</summary>
    Approved,

    /// <summary>At most 30 % of the weight approves.</summary>
    Rejected,

    /// <summary>Everybody voted and neither side has it.</summary>
    Split,
}

/// <summary>A new collaboration.</summary>
public sealed record CollaborationRequest
{
    /// <summary>What it is for.</summary>
    public required CollaborationType Type { get; init; }

    /// <summary>The agent that leads it; always a participant.</summary>
    public required string Leader { get; init; }

    /// <summary>The agents that take part and vote, at most 1,000.</summary>
    public required IReadOnlyList<string> Participants { get; init; }

    /// <summary>What is to be reached.</summary>
    public required string Goal { get; init; }

    /// <summary>The fix that is voted on. Its agent does not vote.</summary>
    public Guid? FixId { get; init; }

    /// <summary>How many voters with at least 5 known outcomes are needed, 1 to 1,000; 3 when absent. One opinion alone never decides.</summary>
    public int? Quorum { get; init; }

    /// <summary>When it expires; 24 hours from now when absent.</summary>
    public DateTimeOffset? Deadline { get; init; }
}

/// <summary>What to change about a collaboration; what is absent stays.</summary>
public sealed record CollaborationChange
{
    /// <summary>The next state: one step forward, or cancelled or expired.</summary>
    public CollaborationState? Status { get; init; }

    /// <summary>0 to 100; never less than before.</summary>
    public int? Progress { get; init; }

    /// <summary>How it ended; only with the status <c>complete</c>.</summary>
    public CollaborationOutcome? Outcome { get; init; }
}

/// <summary>Several agents on one goal.</summary>
public sealed record Collaboration
{
    /// <summary>Its id, a UUIDv7.</summary>
    public required Guid Id { get; init; }

    /// <summary>What it is for.</summary>
    public required CollaborationType Type { get; init; }

    /// <summary>The agent that leads it.</summary>
    public required string Leader { get; init; }

    /// <summary>The agents that take part.</summary>
    public required IReadOnlyList<string> Participants { get; init; }

    /// <summary>What is to be reached.</summary>
    public required string Goal { get; init; }

    /// <summary>The fix that is voted on.</summary>
    public Guid? FixId { get; init; }

    /// <summary>The issue whose fixes it votes on, when an escalation opened it.</summary>
    public string? Issue { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required CollaborationState Status { get; init; }

    /// <summary>0 to 100.</summary>
    public required int Progress { get; init; }

    /// <summary>How it ended; null until it is complete.</summary>
    public CollaborationOutcome? Outcome { get; init; }

    /// <summary>How many voters that count are needed.</summary>
    public required int Quorum { get; init; }

    /// <summary>When it expires.</summary>
    public required DateTimeOffset Deadline { get; init; }

    /// <summary>What its vote came to; null until then.</summary>
    public ConsensusState? Decision { get; init; }

    /// <summary>When that was.</summary>
    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ended, whatever way.</summary>
    public DateTimeOffset? EndedAt { get; init; }
}

/// <summary>A vote as it is cast. The weight is computed, never sent.</summary>
public sealed record VoteRequest
{
    /// <summary>Who votes; a participant.</summary>
    public required string VoterId { get; init; }

    /// <summary>The solution voted on, in words.</summary>
    public required string Solution { get; init; }

    /// <summary>The word.</summary>
    public required VoteKind Vote { get; init; }

    /// <summary>Why.</summary>
    public string? Reasoning { get; init; }
}

/// <summary>One agent's word.</summary>
public sealed record Vote
{
    /// <summary>Its id, a UUIDv7.</summary>
    public required Guid Id { get; init; }

    /// <summary>The collaboration.</summary>
    public required Guid CollaborationId { get; init; }

    /// <summary>Who voted.</summary>
    public required string VoterId { get; init; }

    /// <summary>The solution voted on.</summary>
    public required string Solution { get; init; }

    /// <summary>The word. The property is called <c>vote</c> in JSON.</summary>
    [JsonPropertyName("vote")]
    public required VoteKind Kind { get; init; }

    /// <summary>The weight at the time of the vote, 0 to 1: the lower 10 % bound of the voter's track record.</summary>
    public required double Expertise { get; init; }

    /// <summary>Whether the voter counts towards the quorum.</summary>
    public required bool CountsForQuorum { get; init; }

    /// <summary>Why.</summary>
    public string? Reasoning { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset VotedAt { get; init; }

    /// <summary>When the voter changed it; null while it is current.</summary>
    public DateTimeOffset? SupersededAt { get; init; }
}

/// <summary>The state of a vote.</summary>
/// <param name="Decision">What it has come to.</param>
/// <param name="Share">The approving weight over the approving and rejecting weight; null while that is 0.</param>
/// <param name="Quorum">How many voters that count are needed.</param>
/// <param name="Voters">How many voters that count have voted.</param>
/// <param name="ApproveWeight">The weight that approves.</param>
/// <param name="RejectWeight">The weight that rejects.</param>
public sealed record ConsensusAnswer(ConsensusState Decision, double? Share, int Quorum, int Voters, double ApproveWeight, double RejectWeight);

/// <summary>A page of collaborations, newest first.</summary>
/// <param name="Collaborations">The collaborations.</param>
/// <param name="NextCursor">Asks for the next page; null at the end.</param>
public sealed record CollaborationPage(IReadOnlyList<Collaboration> Collaborations, string? NextCursor);

/// <summary>A page of votes, newest first.</summary>
/// <param name="Votes">The votes.</param>
/// <param name="NextCursor">Asks for the next page; null at the end.</param>
public sealed record VotePage(IReadOnlyList<Vote> Votes, string? NextCursor);

/// <summary>What collaborations to list. Everything that is given must hold.</summary>
public sealed record CollaborationFilter
{
    /// <summary>Collaborations of this type.</summary>
    public CollaborationType? Type { get; init; }

    /// <summary>Collaborations that this agent leads.</summary>
    public string? Leader { get; init; }

    /// <summary>Collaborations in this state.</summary>
    public CollaborationState? Status { get; init; }

    /// <summary>Collaborations that ended so.</summary>
    public CollaborationOutcome? Outcome { get; init; }

    /// <summary>Collaborations that this agent takes part in.</summary>
    public string? Participant { get; init; }

    /// <summary>How many at the most, 1 to 200; 50 when absent.</summary>
    public int? Limit { get; init; }

    /// <summary>The <c>nextCursor</c> of the page before.</summary>
    public string? Cursor { get; init; }

    internal string ToQuery() => WitanClient.Query(
        ("type", WitanClient.Name(Type)), ("leader", Leader), ("status", WitanClient.Name(Status)), ("outcome", WitanClient.Name(Outcome)),
        ("participant", Participant), ("limit", WitanClient.Number(Limit)), ("cursor", Cursor));
}

/// <summary>What votes to list. Everything that is given must hold.</summary>
public sealed record VoteFilter
{
    /// <summary>Votes in this collaboration.</summary>
    public Guid? CollaborationId { get; init; }

    /// <summary>Votes of this agent.</summary>
    public string? VoterId { get; init; }

    /// <summary>Votes with this word.</summary>
    public VoteKind? Vote { get; init; }

    /// <summary>True to see votes that were changed since, too.</summary>
    public bool? History { get; init; }

    /// <summary>How many at the most, 1 to 200; 50 when absent.</summary>
    public int? Limit { get; init; }

    /// <summary>The <c>nextCursor</c> of the page before.</summary>
    public string? Cursor { get; init; }

    internal string ToQuery() => WitanClient.Query(
        ("collaborationId", CollaborationId?.ToString()), ("voterId", VoterId), ("vote", WitanClient.Name(Vote)),
        ("history", History is null ? null : History.Value ? "true" : "false"), ("limit", WitanClient.Number(Limit)), ("cursor", Cursor));
}
