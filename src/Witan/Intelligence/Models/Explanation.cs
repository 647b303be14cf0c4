using Witan.Intelligence.Features;
using Witan.Intelligence.TrackRecords;

namespace Witan.Intelligence.Models;

/// <summary>One reason for a score.</summary>
/// <param name="Feature">What it is, in words.</param>
/// <param name="Value">Its value: a success rate for track records, the feature itself otherwise.</param>
/// <param name="Contribution">How far it moved the score, in the unit of the scorer.</param>
public readonly record struct Factor(string Feature, double Value, double Contribution);

/// <summary>Puts contributions into words.</summary>
public static class Explanation
{
    private const double Negligible = 1e-9;

    private static readonly Dictionary<string, string> OtherLabels = new()
    {
        [FeatureSchema.ChangeKnown] = "size of the change is known",
        [FeatureSchema.ChangeLines] = "size of the change (log lines)",
        [FeatureSchema.ChangeFiles] = "size of the change (log files)",
        [FeatureSchema.DurationKnown] = "duration is known",
        [FeatureSchema.DurationExpected] = "expected duration against the fleet (log)",
        [FeatureSchema.Agreement] = "what agents that agree with this one did on the issue",
        [FeatureSchema.Ability] = "agent's ability against the difficulty of what it tried",
        [FeatureSchema.RecentIntercept] = "how far the track records were off lately",
        [FeatureSchema.RecentSlope] = "how much too sure or unsure the track records were lately",
        [FeatureSchema.NeighbourCount] = "agents to compare with on the issue (log)",
    };

    /// <summary>A feature that is no level, in words; its name where there are none.</summary>
    /// <param name="feature">Its name in the schema.</param>
    public static string LabelOf(string feature) => OtherLabels.GetValueOrDefault(feature, feature);

    /// <summary>The factors of a score, the weightiest first. The rate of a level and its n are one factor.</summary>
    /// <param name="scorer">The scorer.</param>
    /// <param name="features">The vector it scored.</param>
    /// <param name="most">How many factors at the most.</param>
    public static Factor[] Factors(IScorer scorer, ReadOnlySpan<double> features, int most)
    {
        Span<double> contributions = stackalloc double[features.Length];
        scorer.Explain(features, contributions);
        var factors = new List<Factor>(features.Length);
        foreach (var rule in Levels.All.Take(scorer.Schema.LevelCount))
        {
            var contribution = contributions[FeatureSchema.Lift(rule.Level)] + contributions[FeatureSchema.N(rule.Level)];
            if (Math.Abs(contribution) > Negligible)
                factors.Add(new(rule.Label, FeatureView.Rate(features, rule.Level), contribution));
        }
        for (var i = 2 * scorer.Schema.LevelCount; i < features.Length; i++)
        {
            if (Math.Abs(contributions[i]) > Negligible)
                factors.Add(new(LabelOf(scorer.Schema, i), features[i], contributions[i]));
        }
        factors.Sort((a, b) => Math.Abs(b.Contribution).CompareTo(Math.Abs(a.Contribution)));
        return [.. factors.Take(most)];
    }

    private static string LabelOf(FeatureSchema schema, int index) =>
        OtherLabels.GetValueOrDefault(schema.Names[index]) ?? $"attribute {schema.Attributes[index - schema.Count + schema.Attributes.Count].Name}";
}
