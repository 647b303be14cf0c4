using Witan.Intelligence.Features;
using Witan.Intelligence.TrackRecords;

namespace Witan.Intelligence.Training;

/// <summary>
/// Before any outcome, the track record alone is believed: its weights are the centre that the logistic regression is drawn
/// to. With little data the fit is the track record; with much, what the data say.
/// </summary>
internal static class TrackRecordPrior
{
    // Chosen on outcomes before the test spans only, see docs/judgement.md.
    private const double LiftPrecision = 10;
    private const double OtherPrecision = 100;
    private const double AgreementMean = 0.25;
    private const double RecalibrationMean = 0.5;

    // The fleet's own record follows a drifting base rate; an intercept of yesterday does not.
    private const double InterceptPrecision = 300;

    private static readonly WeightPrior Never = new(0, double.PositiveInfinity, true);

    /// <summary>The prior of a schema.</summary>
    /// <param name="schema">The features.</param>
    /// <param name="knowsIssue">False for the model of issues that nobody has tried: what is known of an issue gets no weight then.</param>
    public static LogisticPrior Of(FeatureSchema schema, bool knowsIssue)
    {
        var weights = new WeightPrior[schema.Count];
        Array.Fill(weights, new(0, OtherPrecision, true));
        foreach (var rule in Levels.All)
        {
            weights[FeatureSchema.Lift(rule.Level)] = new(rule.TrackRecordWeight, LiftPrecision, false);
            weights[FeatureSchema.N(rule.Level)] = Never; // history only grows: the future lies outside the range seen in training
        }
        weights[FeatureSchema.IndexOf(FeatureSchema.Agreement)] = new(AgreementMean, LiftPrecision, false);
        weights[FeatureSchema.IndexOf(FeatureSchema.Ability)] = new(0, LiftPrecision, false);
        foreach (var name in new[] { FeatureSchema.RecentIntercept, FeatureSchema.RecentSlope })
            weights[FeatureSchema.IndexOf(name)] = new(RecalibrationMean, LiftPrecision, false);
        weights[FeatureSchema.IndexOf(FeatureSchema.NeighbourCount)] = Never;
        if (!knowsIssue)
        {
            foreach (var index in FeatureSchema.OfIssue)
                weights[index] = Never;
        }
        return new(weights, InterceptPrecision);
    }
}
