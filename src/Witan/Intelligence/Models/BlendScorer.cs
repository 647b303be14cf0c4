using Witan.Intelligence.Features;

namespace Witan.Intelligence.Models;

/// <summary>
/// A weighted mean of the logits of its parts, calibrated: Platt's a + b x on the logit. It is as uncertain as its parts are,
/// and as they disagree.
/// </summary>
public sealed class BlendScorer : IScorer
{
    private readonly IScorer[] _parts;
    private readonly double[] _weights;
    private readonly PlattCalibration _calibration;

    /// <summary>Makes a blend.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="parts">The parts, at least one, all of one schema.</param>
    /// <param name="weights">Their weights: not negative, adding up to 1.</param>
    /// <param name="calibration">What is done to the mean.</param>
    public BlendScorer(string kind, IReadOnlyList<IScorer> parts, IReadOnlyList<double> weights, PlattCalibration calibration) =>
        (Kind, _parts, _weights, _calibration, Schema) = (kind, [.. parts], [.. weights], calibration, parts[0].Schema);

    /// <inheritdoc/>
    public string Kind { get; }

    /// <inheritdoc/>
    public FeatureSchema Schema { get; }

    /// <inheritdoc/>
    public LogitEstimate Estimate(ReadOnlySpan<double> features)
    {
        var (mean, second, own) = (0.0, 0.0, 0.0);
        for (var i = 0; i < _parts.Length; i++)
        {
            var part = _parts[i].Estimate(features);
            mean += _weights[i] * part.Logit;
            second += _weights[i] * part.Logit * part.Logit;
            own += _weights[i] * part.Variance;
        }
        var disagreement = Math.Max(0, second - (mean * mean));
        return new(_calibration.Apply(mean), _calibration.Slope * _calibration.Slope * (own + disagreement));
    }

    /// <inheritdoc/>
    public void Explain(ReadOnlySpan<double> features, Span<double> contributions)
    {
        Span<double> ofPart = stackalloc double[features.Length];
        contributions.Clear();
        for (var i = 0; i < _parts.Length; i++)
        {
            _parts[i].Explain(features, ofPart);
            for (var j = 0; j < ofPart.Length; j++)
                contributions[j] += _calibration.Slope * _weights[i] * ofPart[j];
        }
    }
}

/// <summary>Platt's calibration of a logit (Platt 1999, Probabilistic outputs for support vector machines).</summary>
/// <param name="Slope">b in a + b x; below 1 where the scorer was too sure.</param>
/// <param name="Intercept">a, in logits.</param>
public sealed record PlattCalibration(double Slope, double Intercept)
{
    /// <summary>Changes nothing.</summary>
    public static PlattCalibration None { get; } = new(1, 0);

    /// <summary>The calibrated logit.</summary>
    /// <param name="logit">The logit as the scorer gave it.</param>
    public double Apply(double logit) => Intercept + (Slope * logit);
}
