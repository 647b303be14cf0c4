using System.Text.Json;
using System.Text.Json.Serialization;

namespace Witan.Client;

/// <summary>What Witan says about a proposed fix.</summary>
[JsonConverter(typeof(SnakeCaseNames<FixDecision>))]
public enum FixDecision
{
    /// <summary>Apply it without a human.</summary>
    AutoApply,

    /// <summary>Have a person look at it first.</summary>
    Review,

    /// <summary>Put it to a vote of agents.</summary>
    Escalate,
}

/// <summary>Where a fix is in its life.</summary>
[JsonConverter(typeof(SnakeCaseNames<FixState>))]
public enum FixState
{
    /// <summary>Decided, and nothing has been said about it since.</summary>
    Decided,

    /// <summary>Applied; its outcome is not known yet.</summary>
    Applied,

    /// <summary>Refused. It has no outcome.</summary>
    Rejected,

    /// <summary>Its vote expired undecided, and no outcome was reported.</summary>
    Expired,

    /// <summary>A vote approved it; nobody has applied it yet.</summary>
    Approved,

    /// <summary>It worked.</summary>
    Succeeded,

    /// <summary>It did not work.</summary>
    Failed,

    /// <summary>It worked and was reverted later.</summary>
    RolledBack,
}

/// <summary>A proposed fix, or with an <see cref="Outcome"/> a report after the fact.</summary>
public sealed record FixProposal
{
    /// <summary>The agent that proposes it, 1 to 200 characters. An unknown agent registers itself.</summary>
    public required string AgentId { get; init; }

    /// <summary>The kind of fix, for example <c>code_patch</c>; any text of 1 to 100 characters.</summary>
    public required string FixStrategy { get; init; }

    /// <summary>The reporter's own key, unique per agent: the same one again is the same fix.</summary>
    public string? ExternalId { get; init; }

    /// <summary>The stable key of the problem.</summary>
    public string? Issue { get; init; }

    /// <summary>Where the fix would go, for example <c>django/django</c>.</summary>
    public string? Repository { get; init; }

    /// <summary>The field of work, for example <c>backend</c>.</summary>
    public string? Domain { get; init; }

    /// <summary>The layers it touches, 0 to 1000.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>What the failure said.</summary>
    public string? Error { get; init; }

    /// <summary>The make of the agent, shared by its versions.</summary>
    public string? Family { get; init; }

    /// <summary>The language model behind the agent.</summary>
    public string? Model { get; init; }

    /// <summary>How large the change is.</summary>
    public FixChanges? Changes { get; init; }

    /// <summary>Free facts known before the attempt: numbers and booleans.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Attributes { get; init; }

    /// <summary>When it was proposed; now when absent. More than 5 minutes ago makes it a replay, judged as of then.</summary>
    public DateTimeOffset? ProposedAt { get; init; }

    /// <summary>How it ended, when that is already known. Such a fix teaches and gets no decision.</summary>
    public OutcomeReport? Outcome { get; init; }
}

/// <summary>The size of a proposed change.</summary>
public sealed record FixChanges
{
    /// <summary>How many files it touches, at least 0.</summary>
    public int? Files { get; init; }

    /// <summary>Lines it adds, at least 0.</summary>
    public int? LinesAdded { get; init; }

    /// <summary>Lines it deletes, at least 0.</summary>
    public int? LinesDeleted { get; init; }

    /// <summary>The files, relative to the root of the repository.</summary>
    public IReadOnlyList<string>? Paths { get; init; }
}

/// <summary>How a fix ended.</summary>
public sealed record OutcomeReport
{
    /// <summary>Whether it worked. Required, except with <see cref="RolledBack"/>.</summary>
    public bool? Success { get; init; }

    /// <summary>How long it took, in milliseconds, at least 0.</summary>
    public long? DurationMs { get; init; }

    /// <summary>What went wrong.</summary>
    public string? ErrorMessage { get; init; }

    /// <summary>True when a success was taken back: from then on the fix counts as a failure.</summary>
    public bool? RolledBack { get; init; }

    /// <summary>When it ended (with <see cref="RolledBack"/>: when it was taken back); now when absent.</summary>
    public DateTimeOffset? CompletedAt { get; init; }
}

/// <summary>What was done with a decided fix.</summary>
public sealed record StatusReport
{
    /// <summary><c>applied</c> or <c>rejected</c>.</summary>
    public required FixState Status { get; init; }

    /// <summary>Who did it.</summary>
    public required string By { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }
}

/// <summary>The two thresholds of a decision.</summary>
/// <param name="AutoApply">The least confidence for auto-apply.</param>
/// <param name="Review">The least confidence for review.</param>
public sealed record FixThresholds(double AutoApply, double Review);

/// <summary>One reason for a confidence.</summary>
/// <param name="Feature">What it is, in words.</param>
/// <param name="Value">Its value; a success rate for track records.</param>
/// <param name="Contribution">How far it moved the score.</param>
public sealed record FixFactor(string Feature, double Value, double Contribution);

/// <summary>How much was known, in outcomes.</summary>
/// <param name="AgentFixes">Outcomes of this agent.</param>
/// <param name="IssueAttempts">Outcomes on this issue, by anyone.</param>
/// <param name="SimilarFailures">Failures that said the same.</param>
public sealed record FixEvidence(int AgentFixes, int IssueAttempts, int SimilarFailures);

/// <summary>A learning that fits a proposal.</summary>
/// <param name="Pattern">Its unique slug.</param>
/// <param name="Problem">The problem it solves.</param>
/// <param name="Solution">What solves it.</param>
/// <param name="Confidence">The mean of the belief that it works.</param>
/// <param name="TimesApplied">How often it was applied.</param>
/// <param name="Successes">The uses that worked.</param>
public sealed record FittingLearning(string Pattern, string Problem, string Solution, double Confidence, long TimesApplied, long Successes);

/// <summary>The answer to a proposal.</summary>
public sealed record FixAnswer
{
    /// <summary>The fix; null when nothing was stored.</summary>
    public Guid? Id { get; init; }

    /// <summary>What to do; null for a report after the fact.</summary>
    public FixDecision? Decision { get; init; }

    /// <summary>The calibrated probability of success; null when no outcome is known in the whole fleet.</summary>
    public double? Confidence { get; init; }

    /// <summary>The 90 % interval of the probability, low and high.</summary>
    public IReadOnlyList<double>? Interval { get; init; }

    /// <summary>What made the number: a model's version, <c>track-record</c>, <c>heuristic</c> or <c>none</c>; null for a report after the fact.</summary>
    public string? Scorer { get; init; }

    /// <summary>The arm of a live experiment, or null.</summary>
    public string? Arm { get; init; }

    /// <summary>The rule of the policy that overruled the score, or null.</summary>
    public string? Rule { get; init; }

    /// <summary>Why this decision, in words.</summary>
    public string? Reason { get; init; }

    /// <summary>True when it was judged as of a moment more than 5 minutes ago.</summary>
    public bool Replay { get; init; }

    /// <summary>The thresholds in force.</summary>
    public FixThresholds? Thresholds { get; init; }

    /// <summary>What moved the score, the weightiest first.</summary>
    public IReadOnlyList<FixFactor> Factors { get; init; } = [];

    /// <summary>How much was known; null for a report after the fact.</summary>
    public FixEvidence? Evidence { get; init; }

    /// <summary>What others have learned about the same problem.</summary>
    public IReadOnlyList<FittingLearning> Learnings { get; init; } = [];

    /// <summary>The vote that the fix was put to, or null.</summary>
    public Guid? CollaborationId { get; init; }
}

/// <summary>One attempt and what became of it.</summary>
public sealed record AutoFix
{
    /// <summary>Its id, a UUIDv7.</summary>
    public required Guid Id { get; init; }

    /// <summary>The reporter's own key.</summary>
    public string? ExternalId { get; init; }

    /// <summary>The agent.</summary>
    public required string AgentId { get; init; }

    /// <summary>The strategy as reported.</summary>
    public required string FixStrategy { get; init; }

    /// <summary>The code of a known strategy, 0 to 5; null for any other.</summary>
    public int? FixStrategyCode { get; init; }

    /// <summary>The stable key of the problem.</summary>
    public string? Issue { get; init; }

    /// <summary>What the failure said.</summary>
    public string? Error { get; init; }

    /// <summary>Where it goes.</summary>
    public string? Repository { get; init; }

    /// <summary>The field of work.</summary>
    public string? Domain { get; init; }

    /// <summary>The layers it touches.</summary>
    public IReadOnlyList<int> Layers { get; init; } = [];

    /// <summary>The make of the agent at that time.</summary>
    public string? Family { get; init; }

    /// <summary>The language model at that time.</summary>
    public string? Model { get; init; }

    /// <summary>The size of the change.</summary>
    public FixChanges? Changes { get; init; }

    /// <summary>Free facts: numbers and booleans.</summary>
    public IReadOnlyDictionary<string, JsonElement> Attributes { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>When it was proposed.</summary>
    public required DateTimeOffset ProposedAt { get; init; }

    /// <summary>True when it was judged as of a moment long past.</summary>
    public bool Replay { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required FixState Status { get; init; }

    /// <summary>Who applied or rejected it.</summary>
    public string? StatusBy { get; init; }

    /// <summary>Why.</summary>
    public string? StatusReason { get; init; }

    /// <summary>When that was said.</summary>
    public DateTimeOffset? StatusAt { get; init; }

    /// <summary>What was decided; null for a report after the fact.</summary>
    public FixDecision? Decision { get; init; }

    /// <summary>The probability of success given at that time.</summary>
    public double? Confidence { get; init; }

    /// <summary>Its 90 % interval.</summary>
    public IReadOnlyList<double>? Interval { get; init; }

    /// <summary>What made the number.</summary>
    public string? Scorer { get; init; }

    /// <summary>Whether it worked; null until known, false from a rollback on.</summary>
    public bool? Success { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    public long? DurationMs { get; init; }

    /// <summary>What went wrong.</summary>
    public string? ErrorMessage { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>When a success was taken back.</summary>
    public DateTimeOffset? RolledBackAt { get; init; }

    /// <summary>What was decided and from what; null in lists and for reports after the fact.</summary>
    public FixReceipt? Receipt { get; init; }
}

/// <summary>What was decided, when, and from what. It never changes.</summary>
public sealed record FixReceipt
{
    /// <summary>The moment whose knowledge was used.</summary>
    public required DateTimeOffset AsOf { get; init; }

    /// <summary>The last entry of the outcome log that had been read.</summary>
    public required long Sequence { get; init; }

    /// <summary>The answer as it was given.</summary>
    public required FixAnswer Answer { get; init; }

    /// <summary>How probable it was to be answered by this arm of the live experiment; null outside of one.</summary>
    public double? Propensity { get; init; }

    /// <summary>The digest of the feature schema; empty when nothing was scored.</summary>
    public required string SchemaHash { get; init; }

    /// <summary>The feature vector by name.</summary>
    public required IReadOnlyDictionary<string, double> Features { get; init; }
}

/// <summary>A page of fixes, newest first.</summary>
/// <param name="AutoFixes">The fixes.</param>
/// <param name="NextCursor">Asks for the next page; null at the end.</param>
public sealed record AutoFixPage(IReadOnlyList<AutoFix> AutoFixes, string? NextCursor);

/// <summary>What became of the lines of a batch.</summary>
/// <param name="Results">One for each line that is not blank, in order.</param>
public sealed record BatchAnswer(IReadOnlyList<BatchLine> Results);

/// <summary>What became of one line.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Id">The fix; null when the line was refused.</param>
/// <param name="Status">201 stored, 200 known already, 400 or 409 refused.</param>
/// <param name="Error">Why it was refused; null when it was not.</param>
public sealed record BatchLine(int Line, Guid? Id, int Status, string? Error);

/// <summary>What fixes to list. Everything that is given must hold.</summary>
public sealed record FixFilter
{
    /// <summary>Fixes of this agent.</summary>
    public string? AgentId { get; init; }

    /// <summary>Fixes with this strategy.</summary>
    public string? FixStrategy { get; init; }

    /// <summary>Fixes that worked, or that did not.</summary>
    public bool? Success { get; init; }

    /// <summary>Fixes with this decision.</summary>
    public FixDecision? Decision { get; init; }

    /// <summary>Fixes in this state.</summary>
    public FixState? Status { get; init; }

    /// <summary>Fixes in this repository.</summary>
    public string? Repository { get; init; }

    /// <summary>Fixes for this issue.</summary>
    public string? Issue { get; init; }

    /// <summary>Fixes in this domain.</summary>
    public string? Domain { get; init; }

    /// <summary>Proposed at or after this time.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Proposed before this time.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>This text in issue, repository or error, in any case.</summary>
    public string? Q { get; init; }

    /// <summary>How many at the most, 1 to 200; 50 when absent.</summary>
    public int? Limit { get; init; }

    /// <summary>The <c>nextCursor</c> of the page before.</summary>
    public string? Cursor { get; init; }

    internal string ToQuery() => WitanClient.Query(
        ("agentId", AgentId), ("fixStrategy", FixStrategy), ("success", Success is null ? null : Success.Value ? "true" : "false"),
        ("decision", WitanClient.Name(Decision)), ("status", WitanClient.Name(Status)),
        ("repository", Repository), ("issue", Issue), ("domain", Domain), ("since", Time(Since)), ("until", Time(Until)), ("q", Q),
        ("limit", WitanClient.Number(Limit)), ("cursor", Cursor));

    private static string? Time(DateTimeOffset? time) => time is null ? null : WitanTime.Format(time.Value);
}
