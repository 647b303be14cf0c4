using System.Text.Json;
using Witan.Client;
using Witan.Fixes;
using Witan.Server.Platform.Http;

namespace Witan.Server.Fixes;

/// <summary>A proposal that has been checked.</summary>
/// <param name="Proposal">As it came.</param>
/// <param name="Attempt">As scorers see it.</param>
/// <param name="Replay">Whether it is judged as of a moment long past.</param>
/// <param name="Outcome">How it ended, in a report after the fact.</param>
internal sealed record FixDraft(FixProposal Proposal, Attempt Attempt, bool Replay, CheckedOutcome? Outcome)
{
    /// <summary>A proposal older than this is a replay.</summary>
    public static readonly TimeSpan ReplayAge = TimeSpan.FromMinutes(5);
}

/// <summary>An outcome that has been checked by itself; whether it fits its fix is for <see cref="FixOutcomes"/> to say.</summary>
internal sealed record CheckedOutcome(bool? Success, long? DurationMs, string? ErrorMessage, bool? RolledBack, DateTimeOffset? CompletedAt);

/// <summary>Checks what comes in: every error names its field and the remedy.</summary>
internal sealed class FixChecks(DateTimeOffset now) : FieldChecks
{
    private const int MostPaths = 1_000;
    private const long LongestDurationMs = 315_360_000_000;
    private const int MostAttributes = 100;

    /// <summary>How far clocks may differ.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A draft, or null with <see cref="Errors"/>.</summary>
    public FixDraft? Draft(FixProposal body)
    {
        Key("agentId", body.AgentId, 200);
        Key("fixStrategy", body.FixStrategy, 100);
        Key("externalId", body.ExternalId);
        Key("issue", body.Issue);
        Key("repository", body.Repository);
        Key("domain", body.Domain, 100);
        Key("family", body.Family);
        Key("model", body.Model);
        Text("error", body.Error);
        Layers("layers", body.Layers);
        Changes(body.Changes);
        Attributes(body.Attributes);
        var proposedAt = Time("proposedAt", body.ProposedAt) ?? PresumedProposal(body.Outcome);
        var outcome = body.Outcome is null ? null : Outcome(body.Outcome, "outcome.");
        if (outcome is not null)
            CompletedAfter(proposedAt, outcome = outcome with { CompletedAt = outcome.CompletedAt ?? ReportedCompletion(proposedAt, outcome.DurationMs) }, "outcome.");
        return Errors.Count > 0 ? null : new(body, AttemptOf(body, proposedAt), proposedAt < now - FixDraft.ReplayAge, outcome);
    }

    /// <summary>An outcome, or null with <see cref="Errors"/>.</summary>
    public CheckedOutcome? Outcome(OutcomeReport body, string prefix = "")
    {
        if (body.Success is null && body.RolledBack is not true)
            Fail(prefix + "success", "required: true or false");
        if (body.DurationMs is < 0 or > LongestDurationMs)
            Fail(prefix + "durationMs", $"expected milliseconds from 0 to {LongestDurationMs} (ten years)");
        Text(prefix + "errorMessage", body.ErrorMessage);
        var completedAt = Time(prefix + "completedAt", body.CompletedAt);
        return Errors.Count > 0 ? null : new(body.Success, body.DurationMs, body.ErrorMessage, body.RolledBack, completedAt);
    }

    public void Status(StatusReport body)
    {
        if (body.Status is not (FixState.Applied or FixState.Rejected))
            Fail("status", "expected \"applied\" or \"rejected\"");
        Key("by", body.By, 200);
        Text("reason", body.Reason);
    }

    // What is reported after the fact has ended by now: without a time of its own it was proposed its duration before that.
    private DateTimeOffset PresumedProposal(OutcomeReport? outcome)
    {
        var end = WitanTime.ToMicroseconds(outcome?.CompletedAt is { } completed && completed < now ? completed : now);
        return end - (ReportedCompletion(end, outcome?.DurationMs) - end);
    }

    private static DateTimeOffset ReportedCompletion(DateTimeOffset proposedAt, long? durationMs) =>
        durationMs is > 0 and <= LongestDurationMs ? proposedAt + TimeSpan.FromMilliseconds(durationMs.Value) : proposedAt;

    private void CompletedAfter(DateTimeOffset proposedAt, CheckedOutcome outcome, string prefix)
    {
        if (outcome.CompletedAt < proposedAt)
            Fail(prefix + "completedAt", "lies before proposedAt; a fix cannot end before it is proposed");
        else if (outcome.CompletedAt > now + Ahead)
            Fail(prefix + (outcome.DurationMs is null ? "completedAt" : "durationMs"), "puts the end of the fix more than 5 minutes into the future");
    }

    private static Attempt AttemptOf(FixProposal body, DateTimeOffset proposedAt) => new()
    {
        AgentId = body.AgentId,
        Family = body.Family,
        Model = body.Model,
        Strategy = body.FixStrategy,
        Issue = body.Issue,
        Repository = body.Repository,
        Domain = body.Domain,
        Error = body.Error,
        ProposedAt = proposedAt,
        Changes = body.Changes is { } c ? new(c.Files, c.LinesAdded, c.LinesDeleted, c.Paths ?? []) : null,
        Attributes = (body.Attributes ?? NoAttributes).ToDictionary(
            a => a.Key, a => a.Value.ValueKind == JsonValueKind.Number ? a.Value.GetDouble() : a.Value.ValueKind == JsonValueKind.True ? 1.0 : 0.0),
    };

    private static readonly IReadOnlyDictionary<string, JsonElement> NoAttributes = new Dictionary<string, JsonElement>();

    private DateTimeOffset? Time(string field, DateTimeOffset? time)
    {
        if (time > now + Ahead)
            Fail(field, "lies more than 5 minutes in the future; check the clock of the sender");
        else if (time < Earliest)
            Fail(field, "lies before the year 2000");
        return time;
    }

    private void Changes(FixChanges? changes)
    {
        NotNegative("changes.files", changes?.Files);
        NotNegative("changes.linesAdded", changes?.LinesAdded);
        NotNegative("changes.linesDeleted", changes?.LinesDeleted);
        if (changes?.Paths is not { } paths)
            return;
        if (paths.Count > MostPaths)
            Fail("changes.paths", $"holds more than {MostPaths} paths");
        else if (paths.Any(p => string.IsNullOrWhiteSpace(p) || p.Length > 1_000))
            Fail("changes.paths", "holds an empty path or one longer than 1000 characters");
    }

    private void NotNegative(string field, int? value)
    {
        if (value < 0)
            Fail(field, "expected at least 0");
    }

    private void Attributes(IReadOnlyDictionary<string, JsonElement>? attributes)
    {
        if (attributes is null)
            return;
        if (attributes.Count > MostAttributes)
            Fail("attributes", $"holds more than {MostAttributes} attributes");
        foreach (var (name, value) in attributes)
        {
            if (string.IsNullOrWhiteSpace(name) || name.Length > 100 || name.Any(char.IsControl))
                Fail("attributes", "holds a name that is empty, longer than 100 characters or not printable");
            else if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number))
                Fail($"attributes.{name}", "expected a number, true or false");
            else if (value.ValueKind == JsonValueKind.Number && !(value.TryGetDouble(out var number) && double.IsFinite(number)))
                Fail($"attributes.{name}", "expected a finite number");
        }
    }
}
