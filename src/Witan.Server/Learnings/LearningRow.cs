using Witan.Client;
using Witan.Learnings;

namespace Witan.Server.Learnings;

/// <summary>A row of the table <c>learnings</c>.</summary>
internal sealed record LearningRow
{
    /// <summary>The columns, under the names of the properties.</summary>
    public const string Columns = """
        pattern AS Pattern, problem AS Problem, solution AS Solution, code_example AS CodeExample, agent_domains AS AgentDomains,
        esa_layers AS EsaLayers, discovered_by AS DiscoveredBy, repository AS Repository, claim AS Claim, confidence AS Confidence,
        times_applied AS TimesApplied, successes AS Successes, failures AS Failures, reinforcements AS Reinforcements,
        validated_at AS ValidatedAt, created_at AS CreatedAt, updated_at AS UpdatedAt
        """;

    public required string Pattern { get; init; }
    public required string Problem { get; init; }
    public required string Solution { get; init; }
    public string? CodeExample { get; init; }
    public required IReadOnlyList<string> AgentDomains { get; init; }
    public required IReadOnlyList<int> EsaLayers { get; init; }
    public required string DiscoveredBy { get; init; }
    public string? Repository { get; init; }
    public double Claim { get; init; }
    public double Confidence { get; init; }
    public long TimesApplied { get; init; }
    public long Successes { get; init; }
    public long Failures { get; init; }
    public long Reinforcements { get; init; }
    public DateTimeOffset? ValidatedAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }

    public LearningBelief Belief => new(Claim, Reinforcements, Successes, Failures);

    /// <summary>The row with its confidence and validation as its counts now say.</summary>
    public LearningRow Weighed(LearningRules rules, DateTimeOffset now) => this with
    {
        Confidence = Belief.Confidence,
        ValidatedAt = Belief.IsValidated(rules.LeastUses, rules.LeastRate) ? ValidatedAt ?? now : null,
        UpdatedAt = now,
    };

    public Learning ToLearning(IReadOnlyList<string> related) => new()
    {
        Pattern = Pattern, Problem = Problem, Solution = Solution, CodeExample = CodeExample, AgentDomains = AgentDomains, EsaLayers = EsaLayers,
        DiscoveredBy = DiscoveredBy, Repository = Repository, Confidence = Confidence, TimesApplied = TimesApplied, Successes = Successes,
        Failures = Failures, Reinforcements = Reinforcements, RelatedPatterns = related, ValidatedAt = ValidatedAt, CreatedAt = CreatedAt, UpdatedAt = UpdatedAt,
    };
}

/// <summary>When a learning has proved itself.</summary>
/// <param name="LeastUses">After so many uses with a known outcome,</param>
/// <param name="LeastRate">of which at least this share worked.</param>
internal sealed record LearningRules(int LeastUses = 3, double LeastRate = 0.8);
