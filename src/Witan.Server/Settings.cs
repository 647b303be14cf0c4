using System.Globalization;
using System.Net;
using Witan.Fixes;
using Witan.Server.Learnings;
using Witan.Server.Platform.Auth;
using Witan.Server.Platform.Caching;
using Witan.Server.Platform.Http;
using Witan.Server.Platform.RateLimiting;
using Witan.Server.Platform.Redis;
using Witan.Server.Retraining;

namespace Witan.Server;

/// <summary>Everything that can be set, by file, environment (WITAN_…) and flags, the later overriding the earlier.</summary>
internal sealed record Settings
{
    public const string DefaultUrls = "http://localhost:5080";
    public const string DefaultDatabase = "witan-data/witan.db";
    public const string DefaultFile = "witan.json";

    public required string Urls { get; init; }
    public required string Database { get; init; }
    public required Policy Policy { get; init; }
    public LearningRules Learnings { get; init; } = new();
    public RetrainingRules Retraining { get; init; } = new();
    public RateLimitRules Limits { get; init; } = new();
    public CacheSize Cache { get; init; } = new();

    /// <summary>Redis, as host:port[,options]; null for everything in memory.</summary>
    public string? Redis { get; init; }

    /// <summary>What hashes of keys are made with; null for a file beside the database.</summary>
    public string? Pepper { get; init; }

    /// <summary>Where an OTLP collector listens; null for none.</summary>
    public Uri? Otlp { get; init; }

    /// <summary>Proxies whose word on the caller's address counts.</summary>
    public IReadOnlyList<IPAddress> Proxies { get; init; } = [];

    /// <summary>How long the server goes on serving, and says that it is about to stop, when it is told to end.</summary>
    public TimeSpan Drain { get; init; }

    /// <summary>The longest that may be.</summary>
    public static readonly TimeSpan LongestDrain = TimeSpan.FromMinutes(5);

    /// <summary>Whether all addresses to listen on are this machine's own.</summary>
    public bool IsLoopback => Urls.Split(';').All(url => OpenMode.IsLoopback(new Uri(url).Host));

    /// <summary>Reads and checks the settings: all errors at once.</summary>
    /// <param name="file">A JSON file that must exist, or null for <see cref="DefaultFile"/> if it does.</param>
    /// <param name="flags">What the command line says; null values are not said.</param>
    public static (Settings? Settings, IReadOnlyList<string> Errors) Load(string? file, IReadOnlyDictionary<string, string?> flags)
    {
        var errors = new List<string>();
        var configuration = new ConfigurationBuilder();
        try
        {
            var fromFile = new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(file ?? DefaultFile), optional: file is null).Build();
            errors.AddRange(Unknown(fromFile));
            configuration.AddConfiguration(fromFile);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            errors.Add($"config: {file ?? DefaultFile} cannot be read: {e.InnerException?.Message ?? e.Message}");
        }
        configuration.AddEnvironmentVariables("WITAN_");
        configuration.AddInMemoryCollection(flags.Where(flag => flag.Value is not null));
        var settings = new Reader(configuration.Build(), errors).Read();
        return errors.Count == 0 ? (settings, []) : (null, errors);
    }

    private static readonly string[] Known =
        ["urls", "database", "redis", "policy:autoApply", "policy:review", "policy:maxChangedLines", "policy:maxRecentAttempts",
            "policy:minComparableOutcomes", "policy:maxOpenVotes", "policy:riskBudget", "policy:protectedPaths", "policy:lockFiles", "policy:overrides",
            "learnings:validateUses", "learnings:validateRate", "retraining:enabled", "limits:strict", "limits:standard", "limits:lenient", "limits:global",
            "limits:plans", "limits:exact", "cache:megabytes", "keys:pepper", "otlp", "proxies", "drainSeconds"];

    private static IEnumerable<string> Unknown(IConfiguration fromFile) => fromFile.AsEnumerable()
        .Where(entry => entry.Value is not null && !Known.Any(known => entry.Key.Equals(known, StringComparison.OrdinalIgnoreCase) || entry.Key.StartsWith(known + ":", StringComparison.OrdinalIgnoreCase)))
        .Select(entry => $"{entry.Key.Replace(':', '.')}: unknown setting; known are {string.Join(", ", Known.Select(k => k.Replace(':', '.')))}");

    private sealed class Reader(IConfiguration configuration, List<string> errors)
    {
        public Settings Read()
        {
            var defaults = new Policy();
            var policy = defaults with
            {
                AutoApply = Share("policy:autoApply", defaults.AutoApply),
                Review = Share("policy:review", defaults.Review),
                MaxChangedLines = Count("policy:maxChangedLines", defaults.MaxChangedLines),
                MaxRecentAttempts = Count("policy:maxRecentAttempts", defaults.MaxRecentAttempts),
                MinComparableOutcomes = Count("policy:minComparableOutcomes", defaults.MinComparableOutcomes),
                MaxOpenVotes = Count("policy:maxOpenVotes", defaults.MaxOpenVotes),
                Overrides = [.. configuration.GetSection("policy:overrides").GetChildren().Select(section => Override(section.Path))],
                RiskBudget = Budget("policy:riskBudget"),
                ProtectedPaths = Globs("policy:protectedPaths", defaults.ProtectedPaths),
                LockFiles = Globs("policy:lockFiles", defaults.LockFiles),
            };
            if (policy.Review > policy.AutoApply)
                errors.Add("policy.review: must not be above policy.autoApply");
            else if (policy.Contradiction is { } wrong)
                errors.Add($"policy.overrides: for {wrong.Strategy} {wrong.Repository} review would lie above autoApply; give both");
            var learnings = new LearningRules();
            learnings = new(Count("learnings:validateUses", learnings.LeastUses), Share("learnings:validateRate", learnings.LeastRate));
            return new() { Urls = ReadUrls(), Database = ReadDatabase(), Policy = policy, Learnings = learnings, Retraining = new(Flag("retraining:enabled", true)),
                Limits = Limits(new()), Cache = new(Count("cache:megabytes", new CacheSize().Megabytes)), Redis = Redis(), Pepper = Pepper(), Otlp = Otlp(), Proxies = Proxies(), Drain = Drain() };
        }

        private RateLimitRules Limits(RateLimitRules defaults)
        {
            var plans = new Dictionary<string, int>(defaults.Plans);
            foreach (var plan in configuration.GetSection("limits:plans").GetChildren())
                plans[plan.Key.ToLowerInvariant()] = Rate(plan.Path, 1); // the environment has upper case
            var exact = configuration.GetSection("limits:exact").GetChildren().Select(child => child.Value ?? "").ToList();
            string[] policies = ["strict", "standard", "lenient", "global", .. plans.Keys];
            foreach (var unknown in exact.Except(policies))
                errors.Add($"limits.exact: \"{unknown}\" is no policy; there are {string.Join(", ", policies)}");
            return defaults with
            {
                Strict = Rate("limits:strict", defaults.Strict), Standard = Rate("limits:standard", defaults.Standard), Lenient = Rate("limits:lenient", defaults.Lenient),
                Global = configuration["limits:global"] is null ? null : Rate("limits:global", 1), Plans = plans, Exact = exact,
            };
        }

        private int Rate(string key, int otherwise)
        {
            var rate = Count(key, otherwise);
            if (rate is >= 1 and <= 100_000_000)
                return rate;
            errors.Add($"{key.Replace(':', '.')}: expected requests a minute from 1 to 100000000, not {rate}");
            return otherwise;
        }

        private string? Redis()
        {
            if (configuration["redis"] is not { Length: > 0 } setting)
                return null;
            if (RedisLink.Objection(setting) is { } objection)
                errors.Add($"redis: {objection}");
            return setting;
        }

        private string? Pepper()
        {
            if (configuration["keys:pepper"] is not { Length: > 0 } pepper)
                return null;
            if (pepper.Length < Platform.Auth.Pepper.LeastLength)
                errors.Add($"keys.pepper: expected a secret text of at least {Platform.Auth.Pepper.LeastLength} characters");
            return pepper;
        }

        private Uri? Otlp()
        {
            if (configuration["otlp"] is not { Length: > 0 } text)
                return null;
            if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
                return uri;
            errors.Add($"otlp: \"{text}\" is not a URL like http://localhost:4317");
            return null;
        }

        private TimeSpan Drain()
        {
            var seconds = Count("drainSeconds", 0);
            if (seconds > LongestDrain.TotalSeconds)
                errors.Add($"drainSeconds: expected at most {LongestDrain.TotalSeconds:0}, not {seconds}");
            return TimeSpan.FromSeconds(seconds);
        }

        private List<IPAddress> Proxies()
        {
            var proxies = new List<IPAddress>();
            foreach (var text in configuration.GetSection("proxies").GetChildren().Select(child => child.Value ?? "").Concat(configuration["proxies"]?.Split(',', StringSplitOptions.TrimEntries) ?? []))
            {
                if (IPAddress.TryParse(text, out var address))
                    proxies.Add(address);
                else
                    errors.Add($"proxies: \"{text}\" is not an address like 10.0.0.5");
            }
            return proxies;
        }

        private string ReadUrls()
        {
            var urls = configuration["urls"] is { Length: > 0 } set ? set : DefaultUrls;
            foreach (var url in urls.Split(';'))
            {
                if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme != "http")
                    errors.Add($"urls: \"{url}\" is not a URL like {DefaultUrls}");
            }
            return urls;
        }

        private string ReadDatabase()
        {
            var database = configuration["database"] is { Length: > 0 } set ? set : DefaultDatabase;
            if (Storage.Database.Objection(database) is { } objection)
                errors.Add($"database: {objection}");
            return database;
        }

        private ThresholdOverride Override(string key)
        {
            var (strategy, repository) = (configuration[$"{key}:strategy"], configuration[$"{key}:repository"]);
            if (strategy is null && repository is null)
                errors.Add($"{key.Replace(':', '.')}: names neither a strategy nor a repository");
            var autoApply = Share($"{key}:autoApply", double.NaN);
            var review = Share($"{key}:review", double.NaN);
            return new(strategy, repository, double.IsNaN(autoApply) ? null : autoApply, double.IsNaN(review) ? null : review);
        }

        private double Share(string key, double otherwise)
        {
            if (configuration[key] is not { } text)
                return otherwise;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1)
                return value;
            errors.Add($"{key.Replace(':', '.')}: expected a number from 0 to 1, not \"{text}\"");
            return otherwise;
        }

        private bool Flag(string key, bool otherwise)
        {
            if (configuration[key] is not { } text)
                return otherwise;
            if (bool.TryParse(text, out var value))
                return value;
            errors.Add($"{key.Replace(':', '.')}: expected true or false, not \"{text}\"");
            return otherwise;
        }

        private double? Budget(string key)
        {
            if (configuration[key] is not { } text)
                return null;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is > 0 and <= Policy.MostRiskBudget)
                return value;
            errors.Add($"{key.Replace(':', '.')}: expected a share above 0 and at most {Policy.MostRiskBudget} (0.05 lets 5 % of what is auto-applied fail), not \"{text}\"");
            return null;
        }

        private int Count(string key, int otherwise)
        {
            if (configuration[key] is not { } text)
                return otherwise;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                return value;
            errors.Add($"{key.Replace(':', '.')}: expected a whole number from 0, not \"{text}\"");
            return otherwise;
        }

        private PathGlobs Globs(string key, PathGlobs otherwise)
        {
            var patterns = configuration.GetSection(key).GetChildren().Select(child => child.Value).OfType<string>().ToList();
            return patterns.Count == 0 ? otherwise : new(patterns);
        }
    }
}
