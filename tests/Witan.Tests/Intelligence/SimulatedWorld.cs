using Witan.Fixes;
using Witan.Intelligence;
using Witan.Intelligence.Features;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence;

/// <summary>
/// A world whose probabilities are known: the logit of a success is the skill of the agent, plus the ease of the issue,
/// plus a bonus for fixes that come with a test. The same seed makes the same world.
/// </summary>
internal sealed class SimulatedWorld
{
    private const int Agents = 12, Issues = 80, Repositories = 6;
    private const int OpenAtOnce = 40, FixesPerNewIssue = 8; // in a world whose issues come and go

    private static readonly string[] Strategies = ["code_patch", "config_update", "dependency_fix"];

    private readonly Random _random;
    private readonly bool _comeAndGo;
    private readonly double[] _skill, _ease;
    private readonly Dictionary<Attempt, double> _probabilities = [];

    private SimulatedWorld(int fixes, int seed, bool comeAndGo)
    {
        (_random, _comeAndGo) = (new(seed), comeAndGo);
        _skill = [.. Enumerable.Range(0, Agents).Select(_ => Normal())];
        _ease = [.. Enumerable.Range(0, comeAndGo ? OpenAtOnce + (fixes / FixesPerNewIssue) : Issues).Select(_ => 1.5 * Normal())];
        Fixes = [.. Enumerable.Range(0, fixes).Select(Fix)];
    }

    public static SimulatedWorld Of(int fixes, int seed) => new(fixes, seed, comeAndGo: false);

    /// <summary>A world in which issues come and go: about one fix in seven is the first on its issue, to the end.</summary>
    public static SimulatedWorld WithNewIssues(int fixes, int seed) => new(fixes, seed, comeAndGo: true);

    public IReadOnlyList<ResolvedAttempt> Fixes { get; }

    /// <summary>The log in the order in which things happened.</summary>
    public List<OutcomeEvent> Log => Given.Happening(Fixes);

    /// <summary>The true probability of an attempt.</summary>
    public double ProbabilityOf(Attempt attempt) => _probabilities[attempt];

    private ResolvedAttempt Fix(int number)
    {
        var (agent, issue, strategy) = (_random.Next(Agents), Issue(number), _random.Next(Strategies.Length));
        var tested = _random.Next(2);
        var attempt = new Attempt
        {
            AgentId = $"agent-{agent}",
            Family = $"family-{agent % 4}",
            Model = $"model-{agent % 3}",
            Strategy = Strategies[strategy],
            Issue = $"issue-{issue}",
            Repository = $"repository-{issue % Repositories}",
            Domain = issue % 2 == 0 ? "backend" : "frontend",
            Error = $"error {(char)('a' + (issue % 20))} at line {_random.Next(1000)}",
            Changes = _random.Next(3) == 0 ? null : new(_random.Next(1, 9), _random.Next(300), _random.Next(100), []),
            Attributes = new Dictionary<string, double> { ["tested"] = tested, ["noise"] = Math.Round(100 * Normal()) },
            ProposedAt = Given.At(number * 10),
        };
        var probability = _probabilities[attempt] = LogOdds.ToProbability(_skill[agent] + _ease[issue] + tested - 0.5);
        return Resolve(attempt, _random.NextDouble() < probability);
    }

    private int Issue(int number) => _comeAndGo ? (number / FixesPerNewIssue) + _random.Next(OpenAtOnce) : _random.Next(Issues);

    private ResolvedAttempt Resolve(Attempt attempt, bool success)
    {
        var completedAt = attempt.ProposedAt.AddSeconds(_random.Next(1, 20_000));
        var durationMs = _random.Next(5) == 0 ? (long?)null : _random.Next(1_000, 900_000);
        var rolledBackAt = success && _random.Next(40) == 0 ? completedAt.AddSeconds(_random.Next(1, 200_000)) : (DateTimeOffset?)null;
        return new(attempt, completedAt, success, durationMs, rolledBackAt);
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
