using Witan.Intelligence.Features;

namespace Witan.Intelligence.Models;

/// <summary>
/// Trees as a scorer: a random forest, whose score is a probability, or boosted trees, whose score is a logit. Trees know
/// nothing of their own uncertainty; it is that of the rates they look at.
/// </summary>
public sealed class TreeScorer : IScorer
{
    // A leaf without a failure does not make a fix certain.
    private const double LeastProbability = 0.002;

    private readonly TreeEnsemble _trees;

    /// <summary>Makes a scorer from trees.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="schema">The features it reads.</param>
    /// <param name="table">The trees, over what <c>TreeInputs</c> makes of the features.</param>
    /// <param name="givesLogit">True when the trees add up to a logit, false when to a probability.</param>
    /// <exception cref="ArgumentException">The trees do not fit the schema.</exception>
    public TreeScorer(string kind, FeatureSchema schema, TreeTable table, bool givesLogit)
    {
        (Kind, Schema, Table, GivesLogit) = (kind, schema, table, givesLogit);
        _trees = new(table, TreeInputs.Count(schema));
    }

    /// <inheritdoc/>
    public string Kind { get; }

    /// <inheritdoc/>
    public FeatureSchema Schema { get; }

    /// <summary>Its trees.</summary>
    public TreeTable Table { get; }

    /// <summary>True when the trees add up to a logit, false when to a probability.</summary>
    public bool GivesLogit { get; }

    /// <inheritdoc/>
    public LogitEstimate Estimate(ReadOnlySpan<double> features)
    {
        Span<double> inputs = stackalloc double[TreeInputs.Count(Schema)];
        TreeInputs.Fill(Schema, features, inputs);
        return new(ToLogit(_trees.Score(inputs)), LinearScorer.TrackRecord.RateVariance(features));
    }

    /// <inheritdoc/>
    public void Explain(ReadOnlySpan<double> features, Span<double> contributions)
    {
        Span<double> inputs = stackalloc double[TreeInputs.Count(Schema)];
        Span<double> ofInputs = stackalloc double[inputs.Length];
        TreeInputs.Fill(Schema, features, inputs);
        ofInputs.Clear();
        _trees.Contribute(inputs, LogitsPerUnit(_trees.Score(inputs)), ofInputs);
        contributions.Clear();
        TreeInputs.AddBack(Schema, features, ofInputs, contributions);
    }

    private double ToLogit(double score) => GivesLogit ? score : LogOdds.Of(Math.Clamp(score, LeastProbability, 1 - LeastProbability));

    // Contributions to a probability, as contributions to its logit: all along the way from the expected score to this one.
    private double LogitsPerUnit(double score)
    {
        var way = score - _trees.Expected;
        return GivesLogit || Math.Abs(way) < 1e-12 ? 1 : (ToLogit(score) - ToLogit(_trees.Expected)) / way;
    }
}
