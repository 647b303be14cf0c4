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

    /// <summary>A judgement whose logit is normal with the given variance.</summary>
    internal static Judgement OfLogit(double logit, double variance)
    {
        var reach = Z90 * Math.Sqrt(variance);
        return new(LogOdds.ToProbability(logit), LogOdds.ToProbability(logit - reach), LogOdds.ToProbability(logit + reach));
    }
}
