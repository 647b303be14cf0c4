using System.Data.Common;
using System.Text.Json;
using Witan.Fixes;
using Witan.Server.Storage;

namespace Witan.Server.Fixes;

/// <summary>
/// A page of fixes as JSON, written straight from the rows: as <c>AutoFixPage</c> would be, without making its objects. Lists are
/// what is asked most, and objects, texts and their serialization were the half of their cost.
/// </summary>
internal static class FixPageJson
{
    /// <summary>The columns in the order that <see cref="Write"/> reads them.</summary>
    public const string Columns = """
        id, external_id, agent_id, fix_strategy, issue, error, repository, domain, layers, family, model, files, lines_added,
        lines_deleted, paths, attributes, proposed_at, replay, status, status_by, status_reason, status_at, decision, confidence,
        interval_low, interval_high, scorer, success, duration_ms, error_message, completed_at, rolled_back_at
        """;

    /// <summary>Writes a fix.</summary>
    /// <returns>Where it stands in the list.</returns>
    public static (DateTimeOffset ProposedAt, Guid Id) Write(Utf8JsonWriter json, DbDataReader row)
    {
        var fields = new RowFields(row, json);
        json.WriteStartObject();
        var id = fields.Id(Names.Id);
        fields.Text(Names.ExternalId);
        fields.Text(Names.AgentId);
        var strategy = fields.KnownText(Names.FixStrategy);
        if (FixStrategies.CodeOf(strategy) is { } code)
            json.WriteNumber(Names.FixStrategyCode, code);
        else
            json.WriteNull(Names.FixStrategyCode);
        fields.Text(Names.Issue);
        fields.Text(Names.Error);
        fields.Text(Names.Repository);
        fields.Text(Names.Domain);
        fields.Integers(Names.Layers);
        fields.Text(Names.Family);
        fields.Text(Names.Model);
        Changes(json, ref fields);
        fields.Json(Names.Attributes);
        var proposedAt = fields.Time(Names.ProposedAt)!.Value;
        fields.Flag(Names.Replay);
        fields.Text(Names.Status);
        fields.Text(Names.StatusBy);
        fields.Text(Names.StatusReason);
        fields.Time(Names.StatusAt);
        fields.Text(Names.Decision);
        fields.Number(Names.Confidence);
        fields.Pair(Names.Interval);
        fields.Text(Names.Scorer);
        fields.Flag(Names.Success);
        fields.Whole(Names.DurationMs);
        fields.Text(Names.ErrorMessage);
        fields.Time(Names.CompletedAt);
        fields.Time(Names.RolledBackAt);
        json.WriteNull(Names.Receipt);
        json.WriteEndObject();
        return (proposedAt, id);
    }

    private static void Changes(Utf8JsonWriter json, ref RowFields fields)
    {
        if (fields.SkipNulls(4))
        {
            json.WriteNull(Names.Changes);
            return;
        }
        json.WriteStartObject(Names.Changes);
        fields.Whole(Names.Files);
        fields.Whole(Names.LinesAdded);
        fields.Whole(Names.LinesDeleted);
        fields.Texts(Names.Paths);
        json.WriteEndObject();
    }

    private static class Names
    {
        public static readonly JsonEncodedText Id = JsonEncodedText.Encode("id");
        public static readonly JsonEncodedText ExternalId = JsonEncodedText.Encode("externalId");
        public static readonly JsonEncodedText AgentId = JsonEncodedText.Encode("agentId");
        public static readonly JsonEncodedText FixStrategy = JsonEncodedText.Encode("fixStrategy");
        public static readonly JsonEncodedText FixStrategyCode = JsonEncodedText.Encode("fixStrategyCode");
        public static readonly JsonEncodedText Issue = JsonEncodedText.Encode("issue");
        public static readonly JsonEncodedText Error = JsonEncodedText.Encode("error");
        public static readonly JsonEncodedText Repository = JsonEncodedText.Encode("repository");
        public static readonly JsonEncodedText Domain = JsonEncodedText.Encode("domain");
        public static readonly JsonEncodedText Layers = JsonEncodedText.Encode("layers");
        public static readonly JsonEncodedText Family = JsonEncodedText.Encode("family");
        public static readonly JsonEncodedText Model = JsonEncodedText.Encode("model");
        public static readonly JsonEncodedText Changes = JsonEncodedText.Encode("changes");
        public static readonly JsonEncodedText Files = JsonEncodedText.Encode("files");
        public static readonly JsonEncodedText LinesAdded = JsonEncodedText.Encode("linesAdded");
        public static readonly JsonEncodedText LinesDeleted = JsonEncodedText.Encode("linesDeleted");
        public static readonly JsonEncodedText Paths = JsonEncodedText.Encode("paths");
        public static readonly JsonEncodedText Attributes = JsonEncodedText.Encode("attributes");
        public static readonly JsonEncodedText ProposedAt = JsonEncodedText.Encode("proposedAt");
        public static readonly JsonEncodedText Replay = JsonEncodedText.Encode("replay");
        public static readonly JsonEncodedText Status = JsonEncodedText.Encode("status");
        public static readonly JsonEncodedText StatusBy = JsonEncodedText.Encode("statusBy");
        public static readonly JsonEncodedText StatusReason = JsonEncodedText.Encode("statusReason");
        public static readonly JsonEncodedText StatusAt = JsonEncodedText.Encode("statusAt");
        public static readonly JsonEncodedText Decision = JsonEncodedText.Encode("decision");
        public static readonly JsonEncodedText Confidence = JsonEncodedText.Encode("confidence");
        public static readonly JsonEncodedText Interval = JsonEncodedText.Encode("interval");
        public static readonly JsonEncodedText Scorer = JsonEncodedText.Encode("scorer");
        public static readonly JsonEncodedText Success = JsonEncodedText.Encode("success");
        public static readonly JsonEncodedText DurationMs = JsonEncodedText.Encode("durationMs");
        public static readonly JsonEncodedText ErrorMessage = JsonEncodedText.Encode("errorMessage");
        public static readonly JsonEncodedText CompletedAt = JsonEncodedText.Encode("completedAt");
        public static readonly JsonEncodedText RolledBackAt = JsonEncodedText.Encode("rolledBackAt");
        public static readonly JsonEncodedText Receipt = JsonEncodedText.Encode("receipt");
    }
}
