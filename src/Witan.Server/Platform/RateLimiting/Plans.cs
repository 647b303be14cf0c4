using Witan.Server.Platform.Auth;

namespace Witan.Server.Platform.RateLimiting;

/// <summary>How many requests a minute are let through.</summary>
/// <param name="Strict">Writes that set much in motion, for each caller on any plan but <c>local</c>.</param>
/// <param name="Standard">Other writes of a caller without a key.</param>
/// <param name="Lenient">Reads of a caller without a key.</param>
/// <param name="Global">All requests together; null for no such limit.</param>
internal sealed record RateLimitRules(int Strict = 10, int Standard = 100, int Lenient = 1_000, int? Global = null)
{
    /// <summary>Requests a minute of each kind that a key may make, by the name of its plan.</summary>
    public IReadOnlyDictionary<string, int> Plans { get; init; } = new Dictionary<string, int> { [Fleet] = 10_000, [Local] = 10_000_000 };

    /// <summary>Policies of which nodes take nothing in store.</summary>
    public IReadOnlyList<string> Exact { get; init; } = [];

    /// <summary>The plan of a key that names none.</summary>
    public const string Fleet = "fleet";

    /// <summary>The plan of this machine while there are no keys: never to be felt.</summary>
    public const string Local = "local";
}

/// <summary>Which rule holds for whom.</summary>
internal sealed class Plans
{
    private readonly Dictionary<(string Plan, RateGroup Group), BucketRule> _rules = [];

    public Plans(RateLimitRules rules)
    {
        BucketRule Rule(string name, int perMinute) => new(name, perMinute, rules.Exact.Contains(name));
        var strict = Rule("strict", rules.Strict);
        _rules[("", RateGroup.Strict)] = strict;
        _rules[("", RateGroup.Standard)] = Rule("standard", rules.Standard);
        _rules[("", RateGroup.Lenient)] = Rule("lenient", rules.Lenient);
        foreach (var (plan, perMinute) in rules.Plans)
        {
            var rule = Rule(plan, perMinute);
            (_rules[(plan, RateGroup.Standard)], _rules[(plan, RateGroup.Lenient)]) = (rule, rule);
            _rules[(plan, RateGroup.Strict)] = plan == RateLimitRules.Local ? rule : strict;
        }
        Global = rules.Global is { } all ? Rule("global", all) : null;
        Names = [.. rules.Plans.Keys.Where(name => name != RateLimitRules.Local)];
    }

    /// <summary>The plans that a key may have.</summary>
    public IReadOnlyCollection<string> Names { get; }

    /// <summary>The limit of the whole service, or null.</summary>
    public BucketRule? Global { get; }

    /// <summary>The rule for a plan; one that is not set any more is the one of nobody.</summary>
    public BucketRule For(string plan, RateGroup group) => _rules.TryGetValue((plan, group), out var rule) ? rule : _rules[("", group)];
}
