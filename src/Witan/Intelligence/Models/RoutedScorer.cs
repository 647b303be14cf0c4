using Witan.Intelligence.Features;

namespace Witan.Intelligence.Models;

/// <summary>
/// Two scorers of one kind: one for issues that somebody has tried, and one for those that nobody has. A scorer that always
/// saw the history of the issue in training does badly without it.
/// </summary>
/// <param name="known">Answers where outcomes on the issue are known.</param>
/// <param name="unknown">Answers where none is.</param>
public sealed class RoutedScorer(IScorer known, IScorer unknown) : IScorer
{
    /// <inheritdoc/>
    public string Kind => known.Kind;

    /// <inheritdoc/>
    public FeatureSchema Schema => known.Schema;

    /// <inheritdoc/>
    public LogitEstimate Estimate(ReadOnlySpan<double> features) => For(features).Estimate(features);

    /// <inheritdoc/>
    public void Explain(ReadOnlySpan<double> features, Span<double> contributions) => For(features).Explain(features, contributions);

    private IScorer For(ReadOnlySpan<double> features) => FeatureSchema.KnowsIssue(features) ? known : unknown;
}
