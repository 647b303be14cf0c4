namespace Witan.Intelligence.TrackRecords;

/// <summary>The kinds of track record that are kept. What each shrinks to, and how fast it forgets, is in <see cref="Levels"/>.</summary>
public enum Level
{
    /// <summary>All outcomes.</summary>
    Fleet,

    /// <summary>A language model.</summary>
    Model,

    /// <summary>A make of agent.</summary>
    Family,

    /// <summary>An agent.</summary>
    Agent,

    /// <summary>An agent with one strategy.</summary>
    AgentStrategy,

    /// <summary>An agent in one repository.</summary>
    AgentRepository,

    /// <summary>An agent in one domain.</summary>
    AgentDomain,

    /// <summary>A strategy.</summary>
    Strategy,

    /// <summary>A domain.</summary>
    Domain,

    /// <summary>A repository.</summary>
    Repository,

    /// <summary>Failures that say the same once numbers, ids and paths are masked.</summary>
    Error,

    /// <summary>An issue, over its last few dozen attempts.</summary>
    Issue,

    /// <summary>An issue, over its last handful of attempts.</summary>
    IssueRecent,

    /// <summary>An agent on one issue: its own earlier attempts.</summary>
    AgentIssue,

    /// <summary>A make of agent on one issue: what its other versions did.</summary>
    FamilyIssue,
}

/// <summary>How a level is smoothed.</summary>
/// <param name="Level">The level.</param>
/// <param name="Name">Its name in feature schemas, stable for ever.</param>
/// <param name="Label">Its name in words.</param>
/// <param name="Parent">What it shrinks to, or null for the fleet, which shrinks to one half.</param>
/// <param name="HalfLife">After how many further outcomes an outcome counts half.</param>
/// <param name="Prior">How many outcomes the parent's rate is worth.</param>
public sealed record LevelRule(Level Level, string Name, string Label, Level? Parent, double HalfLife, double Prior)
{
    /// <summary>
    /// Set where the record is of somebody on an issue: it is expected to do as well as that one elsewhere and others on the
    /// issue, together. It has no other parent.
    /// </summary>
    public Level? OnIssue { get; init; }

    /// <summary>What its lift weighs in the track record, the untrained scorer.</summary>
    public double TrackRecordWeight { get; init; }

    /// <summary>What one outcome is worth after one more has come.</summary>
    internal double Decay { get; } = Math.Pow(0.5, 1 / HalfLife);

    /// <summary>The logit of a standing's rate, drawn towards the parent's; the parent's where nothing is known.</summary>
    internal double Smooth(Standing standing, double parentLogit) =>
        standing.Outcomes == 0 ? parentLogit : LogOdds.Of(standing.SmoothedRate(LogOdds.ToProbability(parentLogit), Prior));
}

/// <summary>The table of levels: every parent stands before its children.</summary>
public static class Levels
{
    /// <summary>How many levels there are.</summary>
    public static int Count => All.Count;

    /// <summary>
    /// All levels in the order of <see cref="Level"/>. Outcomes fade by count, not by the calendar, so that a history that
    /// was imported years later still speaks. Records of an agent or a family on an issue have two parents (see <see cref="LevelRule.OnIssue"/>).
    /// </summary>
    public static IReadOnlyList<LevelRule> All { get; } =
    [
        new(Level.Fleet, "fleet", "fleet success rate", null, 1000, 2) { TrackRecordWeight = 1 },
        new(Level.Model, "model", "language model success rate", Level.Fleet, 500, 10) { TrackRecordWeight = 1 },
        new(Level.Family, "family", "agent family success rate", Level.Model, 500, 10) { TrackRecordWeight = 1 },
        new(Level.Agent, "agent", "agent success rate", Level.Family, 200, 20) { TrackRecordWeight = 1 },
        new(Level.AgentStrategy, "agentStrategy", "agent success rate with this strategy", Level.Agent, 100, 10),
        new(Level.AgentRepository, "agentRepository", "agent success rate in this repository", Level.Agent, 100, 10),
        new(Level.AgentDomain, "agentDomain", "agent success rate in this domain", Level.Agent, 100, 10) { TrackRecordWeight = 0.5 },
        new(Level.Strategy, "strategy", "strategy success rate", Level.Fleet, 500, 20),
        new(Level.Domain, "domain", "domain success rate", Level.Fleet, 500, 20),
        new(Level.Repository, "repository", "repository success rate", Level.Fleet, 100, 10) { TrackRecordWeight = 1 },
        new(Level.Error, "error", "success rate on similar errors", Level.Repository, 50, 3),
        new(Level.Issue, "issue", "issue success rate", Level.Repository, 20, 2) { TrackRecordWeight = 1 },
        new(Level.IssueRecent, "issueRecent", "issue success rate lately", Level.Issue, 4, 2),
        new(Level.AgentIssue, "agentIssue", "agent success rate on this issue", null, 8, 2) { OnIssue = Level.Agent, TrackRecordWeight = 1 },
        new(Level.FamilyIssue, "familyIssue", "agent family success rate on this issue", null, 8, 2) { OnIssue = Level.Family },
    ];

    /// <summary>The rule of a level.</summary>
    public static LevelRule Rule(this Level level) => All[(int)level];
}
