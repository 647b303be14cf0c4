using System.Text.Json;
using Witan.Client;
using Witan.Fixes;
using Witan.Server.Storage;
using Witan.Server.TrackRecords;

namespace Witan.Server.Fixes;

/// <summary>A row of the table <c>fixes</c>.</summary>
internal record FixRow
{
    /// <summary>The columns, under the names of the properties.</summary>
    public const string Columns = """
        id AS Id, external_id AS ExternalId, agent_id AS AgentId, family AS Family, model AS Model, fix_strategy AS FixStrategy,
        issue AS Issue, repository AS Repository, domain AS Domain, layers AS Layers, error AS Error, files AS Files,
        lines_added AS LinesAdded, lines_deleted AS LinesDeleted, paths AS Paths, attributes AS Attributes,
        proposed_at AS ProposedAt, replay AS Replay, status AS Status, decision AS Decision, confidence AS Confidence,
        interval_low AS IntervalLow, interval_high AS IntervalHigh, scorer AS Scorer, status_by AS StatusBy,
        status_reason AS StatusReason, status_at AS StatusAt, success AS Success, duration_ms AS DurationMs,
        error_message AS ErrorMessage, completed_at AS CompletedAt, rolled_back_at AS RolledBackAt
        """;

    public Guid Id { get; init; }
    public string? ExternalId { get; init; }
    public required string AgentId { get; init; }
    public string? Family { get; init; }
    public string? Model { get; init; }
    public required string FixStrategy { get; init; }
    public string? Issue { get; init; }
    public string? Repository { get; init; }
    public string? Domain { get; init; }
    public required IReadOnlyList<int> Layers { get; init; }
    public string? Error { get; init; }
    public long? Files { get; init; }
    public long? LinesAdded { get; init; }
    public long? LinesDeleted { get; init; }
    public IReadOnlyList<string>? Paths { get; init; }
    public string? Attributes { get; init; }
    public DateTimeOffset ProposedAt { get; init; }
    public bool Replay { get; init; }
    public required string Status { get; init; }
    public string? Decision { get; init; }
    public double? Confidence { get; init; }
    public double? IntervalLow { get; init; }
    public double? IntervalHigh { get; init; }
    public string? Scorer { get; init; }
    public string? StatusBy { get; init; }
    public string? StatusReason { get; init; }
    public DateTimeOffset? StatusAt { get; init; }
    public bool? Success { get; init; }
    public long? DurationMs { get; init; }
    public string? ErrorMessage { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public DateTimeOffset? RolledBackAt { get; init; }

    public FixStatus State => Words.Parse<FixStatus>(Status);

    /// <summary>The row of a new fix.</summary>
    public static FixRow Of(Guid id, FixDraft draft) => new()
    {
        Id = id,
        ExternalId = draft.Proposal.ExternalId,
        AgentId = draft.Proposal.AgentId,
        Family = draft.Proposal.Family,
        Model = draft.Proposal.Model,
        FixStrategy = draft.Proposal.FixStrategy,
        Issue = draft.Proposal.Issue,
        Repository = draft.Proposal.Repository,
        Domain = draft.Proposal.Domain,
        Layers = draft.Proposal.Layers ?? [],
        Error = draft.Proposal.Error,
        Files = draft.Proposal.Changes?.Files,
        LinesAdded = draft.Proposal.Changes?.LinesAdded,
        LinesDeleted = draft.Proposal.Changes?.LinesDeleted,
        Paths = draft.Proposal.Changes?.Paths,
        Attributes = draft.Proposal.Attributes is { Count: > 0 } attributes
            ? JsonSerializer.Serialize(attributes, WitanJson.Default.IReadOnlyDictionaryStringJsonElement)
            : null,
        ProposedAt = draft.Attempt.ProposedAt,
        Replay = draft.Replay,
        Status = Words.Of(FixStatus.Decided),
    };

    /// <summary>As scorers see it.</summary>
    public Attempt ToAttempt() => new()
    {
        AgentId = AgentId,
        Family = Family,
        Model = Model,
        Strategy = FixStrategy,
        Issue = Issue,
        Repository = Repository,
        Domain = Domain,
        Error = Error,
        ProposedAt = ProposedAt,
        Changes = new((int?)Files, (int?)LinesAdded, (int?)LinesDeleted, Paths ?? []),
        Attributes = OutcomeLog.AttributeValues(Attributes),
    };

    /// <summary>As it would be imported again. Of a fix that was rolled back only that is told: it failed, from the rollback on.</summary>
    public FixProposal ToProposal() => new()
    {
        AgentId = AgentId, FixStrategy = FixStrategy, ExternalId = ExternalId ?? $"{FixStore.OwnKey}{Id}", Issue = Issue, Repository = Repository, Domain = Domain,
        Layers = Layers.Count == 0 ? null : Layers, Error = Error, Family = Family, Model = Model, Changes = ToChanges(),
        Attributes = Attributes is null ? null : JsonSerializer.Deserialize(Attributes, WitanJson.Default.IReadOnlyDictionaryStringJsonElement),
        ProposedAt = ProposedAt,
        Outcome = Success is null ? null : new()
        {
            Success = Success, DurationMs = DurationMs, ErrorMessage = ErrorMessage, RolledBack = RolledBackAt is null ? null : true, CompletedAt = RolledBackAt ?? CompletedAt,
        },
    };

    private FixChanges? ToChanges() => Files is null && LinesAdded is null && LinesDeleted is null && Paths is null
        ? null
        : new() { Files = (int?)Files, LinesAdded = (int?)LinesAdded, LinesDeleted = (int?)LinesDeleted, Paths = Paths };

    public AutoFix ToAutoFix(FixReceipt? receipt = null) => new()
    {
        Id = Id,
        ExternalId = ExternalId,
        AgentId = AgentId,
        FixStrategy = FixStrategy,
        FixStrategyCode = FixStrategies.CodeOf(FixStrategy),
        Issue = Issue,
        Error = Error,
        Repository = Repository,
        Domain = Domain,
        Layers = Layers,
        Family = Family,
        Model = Model,
        Changes = ToChanges(),
        Attributes = Attributes is null
            ? new Dictionary<string, JsonElement>()
            : JsonSerializer.Deserialize(Attributes, WitanJson.Default.IReadOnlyDictionaryStringJsonElement)!,
        ProposedAt = ProposedAt,
        Replay = Replay,
        Status = (FixState)State,
        StatusBy = StatusBy,
        StatusReason = StatusReason,
        StatusAt = StatusAt,
        Decision = Decision is null ? null : (FixDecision)Words.Parse<Decision>(Decision),
        Confidence = Confidence,
        Interval = IntervalLow is null ? null : [IntervalLow.Value, IntervalHigh!.Value],
        Scorer = Scorer,
        Success = Success,
        DurationMs = DurationMs,
        ErrorMessage = ErrorMessage,
        CompletedAt = CompletedAt,
        RolledBackAt = RolledBackAt,
        Receipt = receipt,
    };
}
