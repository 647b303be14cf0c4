using Witan.Intelligence.Features;

namespace Witan.Intelligence.Models;

/// <summary>Turns features into a probability. Scorers never change once made, and are safe to share.</summary>
public interface IScorer
{
    /// <summary>What makes the number, for example <c>logistic</c>.</summary>
    string Kind { get; }

    /// <summary>The features it reads.</summary>
    FeatureSchema Schema { get; }

    /// <summary>The probability that the fix succeeds, and the 90 % interval of that probability.</summary>
    /// <param name="features">A vector of <see cref="Schema"/>.</param>
    Judgement Judge(ReadOnlySpan<double> features);

    /// <summary>How much each feature moved the score, in the unit of the score (logits, except for the heuristic).</summary>
    /// <param name="features">A vector of <see cref="Schema"/>.</param>
    /// <param name="contributions">Room for as many numbers.</param>
    void Explain(ReadOnlySpan<double> features, Span<double> contributions);
}

/// <summary>A probability with its 90 % interval.</summary>
/// <param name="Probability">Between 0 and 1.</param>
/// <param name="Low">The 5 % bound.</param>
/// <param name="High">The 95 % bound.</param>
public readonly record struct Judgement(double Probability, double Low, double High)
{
    private const double Z90 = 1.6448536269514722;

    /// <summary>
    /// A judgement whose logit has the given variance. It is as uncertain as a rate of n = 1 / (variance p (1 - p)) outcomes;
    /// the interval is that of asin(sqrt(p)), whose variance is 1 / 4n whatever p is (Anscombe 1948), so that close to 0 and 1
    /// it is as skewed as the posterior of a rate.
    /// </summary>
    internal static Judgement OfLogit(double logit, double variance)
    {
        var p = LogOdds.ToProbability(logit);
        var (angle, reach) = (Math.Asin(Math.Sqrt(p)), Z90 / 2 * Math.Sqrt(variance * p * (1 - p)));
        return new(p, Squared(Math.Sin(Math.Max(0, angle - reach))), Squared(Math.Sin(Math.Min(Math.PI / 2, angle + reach))));
    }

    private static double Squared(double x) => x * x;
}
