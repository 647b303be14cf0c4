using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Witan.Intelligence.TrackRecords;

namespace Witan.Intelligence.Features;

/// <summary>An attribute that reporters send often enough to learn from.</summary>
/// <param name="Name">Its name in the proposal.</param>
/// <param name="Default">The value of the feature (signed ln(1 + |x|)) where a proposal does not have it.</param>
public sealed record AttributeFeature(string Name, double Default);

/// <summary>
/// The names and order of the numbers that a scorer sees: for every level its lift (how far, in logits, its smoothed
/// rate lies above its parent's) and ln(1 + n); then the size of the change, the expected duration, the neighbours and attributes.
/// </summary>
public sealed class FeatureSchema
{
    // Raised when a feature keeps its name and changes its meaning, or one is added.
    private const int Revision = 2;

    // Whether the size was told, and ln(1 + size).
    internal const string ChangeKnown = "change.known", ChangeLines = "change.lines", ChangeFiles = "change.files";

    // Whether earlier durations are known, and the expected one against the fleet's, in logarithms.
    internal const string DurationKnown = "duration.known", DurationExpected = "duration.expected";

    // What agents that agree with this one did on the issue, and ln(1 + how many they are).
    internal const string Agreement = "neighbours.agreement", NeighbourCount = "neighbours.n";

    // How able the agent showed itself against the difficulty of what it tried, in logits over the fleet.
    internal const string Ability = "agent.ability";

    // Revision 1 had fewer levels and no neighbours; its models are still read.
    private const int FirstLevelCount = 14;

    // How far the track record was off lately: what is added to its logit, and what a slope makes of it.
    internal const string RecentIntercept = "recent.intercept", RecentSlope = "recent.slope";

    private static readonly string[] CoreNames = [.. NamesOf(Levels.Count), Agreement, NeighbourCount, Ability, RecentIntercept, RecentSlope];

    // What is known of an issue by its own history: nothing of it where the issue is new.
    internal static readonly int[] OfIssue =
    [
        .. new[] { Level.Issue, Level.IssueRecent, Level.AgentIssue, Level.FamilyIssue }.SelectMany(level => new[] { Lift(level), N(level) }),
        IndexOf(Agreement), IndexOf(NeighbourCount),
    ];

    private FeatureSchema(int revision, int levels, IReadOnlyList<string> core, IReadOnlyList<AttributeFeature> attributes)
    {
        (LevelCount, Attributes) = (levels, attributes);
        Names = [.. core, .. attributes.Select(attribute => $"attribute.{attribute.Name}")];
        Hash = HashOf(this, revision);
    }

    /// <summary>The features that every scorer can count on.</summary>
    public static FeatureSchema Core { get; } = new(Revision, Levels.Count, CoreNames, []);

    /// <summary>The names of the features, in order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>How many levels it starts with: the first ones of <see cref="Levels.All"/>.</summary>
    public int LevelCount { get; }

    /// <summary>The attributes after the core features, in order.</summary>
    public IReadOnlyList<AttributeFeature> Attributes { get; }

    /// <summary>How many features there are.</summary>
    public int Count => Names.Count;

    /// <summary>How many features every schema that is made today starts with.</summary>
    public static int CoreCount => CoreNames.Length;

    /// <summary>A digest of names, order, smoothing and defaults: vectors of two schemas compare only when it is equal.</summary>
    public string Hash { get; }

    /// <summary>The core features followed by attributes.</summary>
    public static FeatureSchema With(IReadOnlyList<AttributeFeature> attributes) => new(Revision, Levels.Count, CoreNames, attributes);

    /// <summary>The schema of a model that this or an earlier version trained, or null when no version made such features.</summary>
    /// <param name="names">The names of its features, in order.</param>
    /// <param name="attributes">The attributes among them.</param>
    public static FeatureSchema? Of(IReadOnlyList<string> names, IReadOnlyList<AttributeFeature> attributes)
    {
        FeatureSchema[] made = [With(attributes), new(1, FirstLevelCount, NamesOf(FirstLevelCount), attributes)];
        return made.FirstOrDefault(schema => schema.Names.SequenceEqual(names));
    }

    /// <summary>The place of a level's lift.</summary>
    public static int Lift(Level level) => 2 * (int)level;

    /// <summary>The place of a level's ln(1 + n).</summary>
    public static int N(Level level) => (2 * (int)level) + 1;

    /// <summary>The place of a core feature.</summary>
    internal static int IndexOf(string name) => Array.IndexOf(CoreNames, name);

    /// <summary>True when outcomes on the issue were known.</summary>
    /// <param name="features">A vector of any schema.</param>
    public static bool KnowsIssue(ReadOnlySpan<double> features) => features[N(Level.Issue)] > 0;

    /// <summary>Makes a vector of a schema that is made today into what it would be if nobody had tried the issue.</summary>
    internal static void WithholdIssue(Span<double> features)
    {
        var slope = IndexOf(RecentSlope);
        var before = TrackRecord(features);
        foreach (var index in OfIssue)
            features[index] = 0;
        features[slope] = before == 0 ? 0 : features[slope] / before * TrackRecord(features);
    }

    /// <summary>The logit of the track record before it is recalibrated.</summary>
    internal static double TrackRecord(ReadOnlySpan<double> features)
    {
        var logit = 0.0;
        foreach (var rule in Levels.All)
            logit += rule.TrackRecordWeight * features[Lift(rule.Level)];
        return Math.Clamp(logit, -Recalibrating.MostLogit, Recalibrating.MostLogit);
    }

    private static IReadOnlyList<string> NamesOf(int levels) =>
    [
        .. Levels.All.Take(levels).SelectMany(rule => new[] { $"{rule.Name}.lift", $"{rule.Name}.n" }),
        ChangeKnown, ChangeLines, ChangeFiles, DurationKnown, DurationExpected,
    ];

    private static string HashOf(FeatureSchema schema, int revision)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"revision {revision}\n");
        foreach (var rule in Levels.All.Take(schema.LevelCount))
            text.Append(CultureInfo.InvariantCulture, $"{rule.Name} {rule.Parent} {rule.HalfLife:R} {rule.Prior:R}\n");
        foreach (var name in schema.Names)
            text.Append(name).Append('\n');
        foreach (var attribute in schema.Attributes)
            text.Append(CultureInfo.InvariantCulture, $"{attribute.Default:R}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16];
    }
}
