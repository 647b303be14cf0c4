using Witan.Fixes;
using Witan.Intelligence.TrackRecords;

namespace Witan.Intelligence.Features;

/// <summary>
/// The one way from what was known at a moment to the numbers that scorers see, in training as in serving. Only
/// outcomes completed at or before <see cref="Attempt.ProposedAt"/> enter.
/// </summary>
public static class FeatureExtractor
{
    private static readonly int ChangeKnown = FeatureSchema.IndexOf(FeatureSchema.ChangeKnown);
    private static readonly int ChangeLines = FeatureSchema.IndexOf(FeatureSchema.ChangeLines);
    private static readonly int ChangeFiles = FeatureSchema.IndexOf(FeatureSchema.ChangeFiles);
    private static readonly int DurationKnown = FeatureSchema.IndexOf(FeatureSchema.DurationKnown);
    private static readonly int DurationExpected = FeatureSchema.IndexOf(FeatureSchema.DurationExpected);
    private static readonly int Agreement = FeatureSchema.IndexOf(FeatureSchema.Agreement);
    private static readonly int Ability = FeatureSchema.IndexOf(FeatureSchema.Ability);
    private static readonly int RecentIntercept = FeatureSchema.IndexOf(FeatureSchema.RecentIntercept);
    private static readonly int RecentSlope = FeatureSchema.IndexOf(FeatureSchema.RecentSlope);
    private static readonly int NeighbourCount = FeatureSchema.IndexOf(FeatureSchema.NeighbourCount);

    /// <summary>Fills the features of an attempt.</summary>
    /// <param name="records">What is known.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="schema">The schema to fill.</param>
    /// <param name="features">Room for <see cref="FeatureSchema.Count"/> numbers.</param>
    /// <returns>How much is known about the attempt.</returns>
    public static Evidence Extract(RecordBook records, Attempt attempt, FeatureSchema schema, Span<double> features)
    {
        Span<double> logits = stackalloc double[Levels.Count];
        Span<Standing> standings = stackalloc Standing[Levels.Count];
        foreach (var rule in Levels.All)
        {
            var standing = standings[(int)rule.Level] = records.AsOf(rule.Level, attempt, attempt.ProposedAt);
            var parent = ParentLogit(rule, logits);
            var logit = rule.Smooth(standing, parent);
            logits[(int)rule.Level] = logit;
            features[FeatureSchema.Lift(rule.Level)] = logit - parent;
            features[FeatureSchema.N(rule.Level)] = Math.Log(1 + standing.Weight);
        }
        FillChange(attempt.Changes, features);
        FillDuration(standings[(int)Level.AgentStrategy].LogDuration, standings[(int)Level.Fleet].LogDuration, features);
        var neighbours = records.NeighboursAsOf(attempt, attempt.ProposedAt);
        features[Agreement] = neighbours.Agreement;
        features[NeighbourCount] = Math.Log(1.0 + neighbours.Count);
        features[Ability] = records.AbilityAsOf(attempt, attempt.ProposedAt);
        var recent = records.RecalibrationAsOf(attempt.ProposedAt);
        features[RecentIntercept] = recent.Intercept;
        features[RecentSlope] = recent.Slope * FeatureSchema.TrackRecord(features);
        FillAttributes(attempt, schema, features[FeatureSchema.CoreCount..]);
        return Evidence.From(standings, attempt);
    }

    /// <summary>
    /// Fills the features of an attempt whose outcome the records hold already, for training and evaluation. Outcomes of the very
    /// moment of the proposal stay out: one of them may be its own, and which of the others came before it, time does not tell.
    /// </summary>
    /// <param name="records">What is known.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="schema">The schema to fill.</param>
    /// <param name="features">Room for <see cref="FeatureSchema.Count"/> numbers.</param>
    public static Evidence ExtractBefore(RecordBook records, Attempt attempt, FeatureSchema schema, Span<double> features) =>
        Extract(records, attempt with { ProposedAt = attempt.ProposedAt.AddTicks(-1) }, schema, features);

    /// <summary>The logit that a level is measured against, given the logits of the levels before it.</summary>
    internal static double ParentLogit(LevelRule rule, ReadOnlySpan<double> logits) => rule switch
    {
        { OnIssue: { } who } => logits[(int)who] + logits[(int)Level.Issue] - logits[(int)Level.Fleet],
        { Parent: { } parent } => logits[(int)parent],
        _ => 0,
    };

    /// <summary>A number of any size and sign, made comparable: signed ln(1 + |x|).</summary>
    internal static double Squash(double value) => Math.CopySign(Math.Log(1 + Math.Abs(value)), value);

    private static void FillChange(ChangeSize? changes, Span<double> features)
    {
        features[ChangeKnown] = changes?.Lines is null ? 0 : 1;
        features[ChangeLines] = Math.Log(1.0 + (changes?.Lines ?? 0));
        features[ChangeFiles] = Math.Log(1.0 + (changes?.Files ?? 0));
    }

    private static void FillDuration(double expected, double fleet, Span<double> features)
    {
        var known = !double.IsNaN(expected);
        features[DurationKnown] = known ? 1 : 0;
        features[DurationExpected] = known ? expected - fleet : 0;
    }

    private static void FillAttributes(Attempt attempt, FeatureSchema schema, Span<double> features)
    {
        for (var i = 0; i < schema.Attributes.Count; i++)
        {
            var attribute = schema.Attributes[i];
            features[i] = attempt.Attributes.TryGetValue(attribute.Name, out var value) ? Squash(value) : attribute.Default;
        }
    }
}
