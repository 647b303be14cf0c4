using Witan.Intelligence.Features;

namespace Witan.Intelligence.Models;

/// <summary>The same probability for every fix: what every other scorer has to beat.</summary>
/// <param name="rate">The probability.</param>
public sealed class ConstantScorer(double rate) : IScorer
{
    /// <summary>Its kind.</summary>
    public const string Name = "constant";

    /// <inheritdoc/>
    public string Kind => Name;

    /// <inheritdoc/>
    public FeatureSchema Schema => FeatureSchema.Core;

    /// <inheritdoc/>
    public LogitEstimate Estimate(ReadOnlySpan<double> features) => new(LogOdds.Of(rate), 0);

    /// <inheritdoc/>
    public void Explain(ReadOnlySpan<double> features, Span<double> contributions) => contributions.Clear();
}
