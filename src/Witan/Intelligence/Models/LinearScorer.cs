using Witan.Intelligence.Features;
using Witan.Intelligence.TrackRecords;

namespace Witan.Intelligence.Models;

/// <summary>
/// A probability whose logit is linear in the features: the trained logistic regression, and the untrained track record.
/// The interval joins the uncertainty of the coefficients (their covariance) with that of the rates themselves.
/// </summary>
public sealed class LinearScorer : IScorer
{
    /// <summary>Makes a scorer from its terms.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="schema">The features it reads.</param>
    /// <param name="terms">One weight and one mean for each feature.</param>
    public LinearScorer(string kind, FeatureSchema schema, LinearTerms terms)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(terms.Weights.Length, schema.Count, nameof(terms));
        ArgumentOutOfRangeException.ThrowIfNotEqual(terms.Means.Length, schema.Count, nameof(terms));
        (Kind, Schema, Terms) = (kind, schema, terms);
    }

    /// <summary>
    /// The track record alone: logit(agent) + logit(repository and issue) - logit(fleet), nothing trained, moved by the
    /// agent's own earlier attempts on the issue and by half of how it stands out in the domain, and recalibrated by how far
    /// that was off lately.
    /// </summary>
    public static LinearScorer TrackRecord { get; } = OfTrackRecord();

    /// <inheritdoc/>
    public string Kind { get; }

    /// <inheritdoc/>
    public FeatureSchema Schema { get; }

    /// <summary>Its numbers.</summary>
    public LinearTerms Terms { get; }

    /// <inheritdoc/>
    public LogitEstimate Estimate(ReadOnlySpan<double> features)
    {
        var logit = Terms.Intercept;
        Span<double> centred = stackalloc double[Schema.Count];
        for (var j = 0; j < centred.Length; j++)
        {
            centred[j] = features[j] - Terms.Means[j];
            logit += Terms.Weights[j] * centred[j];
        }
        return new(logit, CoefficientVariance(centred) + RateVariance(features));
    }

    /// <inheritdoc/>
    public void Explain(ReadOnlySpan<double> features, Span<double> contributions)
    {
        contributions.Clear();
        for (var j = 0; j < Schema.Count; j++)
            contributions[j] = Terms.Weights[j] * (features[j] - Terms.Means[j]);
    }

    // x' C x with x = (1, centred features); C is kept as its lower triangle, row by row.
    private double CoefficientVariance(ReadOnlySpan<double> centred)
    {
        var covariance = Terms.Covariance;
        if (covariance.Length == 0)
            return 0;
        var (sum, k) = (covariance[0], 1);
        for (var i = 0; i < centred.Length; i++)
        {
            var row = covariance[k++];
            for (var j = 0; j < i; j++)
                row += covariance[k++] * centred[j];
            sum += centred[i] * ((2 * row) + (covariance[k++] * centred[i]));
        }
        return Math.Max(0, sum);
    }

    // The logit is a weighted sum of the levels' own logits (a lift is a level's logit less its parent's), and those vary
    // independently. A level that nothing is known of is its parent over again, except agent and issue: the spread of
    // agents, or of issues, is what is not known of a new one, whether or not the model ever saw one.
    internal double RateVariance(ReadOnlySpan<double> features)
    {
        Span<double> weights = stackalloc double[Levels.Count];
        Span<double> variances = stackalloc double[Levels.Count];
        FeatureView.LogitVariances(Schema, features, variances);
        weights.Clear();
        var sum = 0.0;
        for (var i = Schema.LevelCount - 1; i >= 0; i--)
        {
            var rule = Levels.All[i];
            var known = features[FeatureSchema.N(rule.Level)] > 0 || rule.Level is Level.Agent or Level.Issue;
            var lift = known ? Terms.Weights[FeatureSchema.Lift(rule.Level)] : 0;
            if (rule.Level == Level.Issue && !FeatureSchema.KnowsIssue(features))
                lift = 1;
            AddToParents(rule.Level, known ? -lift : weights[i], weights);
            if (known)
                sum += (weights[i] + lift) * (weights[i] + lift) * variances[i];
        }
        return sum;
    }

    private static void AddToParents(Level level, double weight, Span<double> weights)
    {
        if (level.Rule().OnIssue is { } who)
        {
            weights[(int)who] += weight;
            weights[(int)Level.Issue] += weight;
            weights[(int)Level.Fleet] -= weight;
        }
        else if (level.Rule().Parent is { } parent)
        {
            weights[(int)parent] += weight;
        }
    }

    private static LinearScorer OfTrackRecord()
    {
        var weights = new double[FeatureSchema.Core.Count];
        foreach (var rule in Levels.All)
            weights[FeatureSchema.Lift(rule.Level)] = rule.TrackRecordWeight;
        weights[FeatureSchema.IndexOf(FeatureSchema.RecentIntercept)] = 1;
        weights[FeatureSchema.IndexOf(FeatureSchema.RecentSlope)] = 1;
        return new("track-record", FeatureSchema.Core, new(0, weights, new double[weights.Length], []));
    }
}

/// <summary>The numbers of a <see cref="LinearScorer"/>.</summary>
/// <param name="Intercept">The logit of a fix whose features are all at their means.</param>
/// <param name="Weights">Logits per unit of each feature.</param>
/// <param name="Means">The means of the features in training.</param>
/// <param name="Covariance">The covariance of intercept and weights as a lower triangle, row by row; empty when nothing was fitted.</param>
public sealed record LinearTerms(double Intercept, double[] Weights, double[] Means, double[] Covariance)
{
    /// <summary>Why these numbers do not fit so many features, in one sentence, or null.</summary>
    internal string? Fault(int features)
    {
        if (Weights.Length != features || Means.Length != features || (Covariance.Length != 0 && Covariance.Length != (features + 1) * (features + 2) / 2))
            return "The model's weights do not fit its features.";
        return double.IsFinite(Intercept) && Weights.All(double.IsFinite) && Means.All(double.IsFinite) && Covariance.All(double.IsFinite)
            ? null
            : "The model's weights are not all numbers.";
    }
}
