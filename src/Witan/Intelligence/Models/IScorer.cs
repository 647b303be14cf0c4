using Witan.Intelligence.Features;

namespace Witan.Intelligence.Models;

/// <summary>
/// Turns features into a probability. Scorers never change once made, and are safe to share. A scorer of the core schema takes
/// the vector of any schema that is made today, since each begins with the core.
/// </summary>
public interface IScorer
{
    /// <summary>What makes the number, for example <c>logistic</c>.</summary>
    string Kind { get; }

    /// <summary>The features it reads.</summary>
    FeatureSchema Schema { get; }

    /// <summary>The logit of the probability that the fix succeeds, and how uncertain it is.</summary>
    /// <param name="features">A vector of <see cref="Schema"/>.</param>
    LogitEstimate Estimate(ReadOnlySpan<double> features);

    /// <summary>How much each feature moved the score, in the unit of the score (logits, except for the heuristic).</summary>
    /// <param name="features">A vector of <see cref="Schema"/>.</param>
    /// <param name="contributions">Room for as many numbers.</param>
    void Explain(ReadOnlySpan<double> features, Span<double> contributions);
}

/// <summary>A logit with its variance.</summary>
/// <param name="Logit">ln(p / (1 - p)).</param>
/// <param name="Variance">Of the logit, around the unknown true one; at least 0.</param>
public readonly record struct LogitEstimate(double Logit, double Variance)
{
    private const double Z90 = 1.6448536269514722;

    /// <summary>
    /// The probability with its 90 % interval. It is as uncertain as a rate of n = 1 / (variance p (1 - p)) outcomes; the
    /// interval is that of asin(sqrt(p)), whose variance is 1 / 4n whatever p is (Anscombe 1948, The transformation of
    /// Poisson, binomial and negative-binomial data), so that close to 0 and 1 it is as skewed as the posterior of a rate.
    /// </summary>
    public Judgement ToJudgement()
    {
        var p = LogOdds.ToProbability(Logit);
        var (angle, reach) = (Math.Asin(Math.Sqrt(p)), Z90 / 2 * Math.Sqrt(Variance * p * (1 - p)));
        return new(p, Squared(Math.Sin(Math.Max(0, angle - reach))), Squared(Math.Sin(Math.Min(Math.PI / 2, angle + reach))));
    }

    private static double Squared(double x) => x * x;
}

/// <summary>A probability with its 90 % interval.</summary>
/// <param name="Probability">Between 0 and 1.</param>
/// <param name="Low">The 5 % bound.</param>
/// <param name="High">The 95 % bound.</param>
public readonly record struct Judgement(double Probability, double Low, double High);

/// <summary>What every scorer can be asked.</summary>
public static class Judging
{
    /// <summary>The probability that the fix succeeds, and the 90 % interval of that probability.</summary>
    /// <param name="scorer">The scorer.</param>
    /// <param name="features">A vector of its schema.</param>
    public static Judgement Judge(this IScorer scorer, ReadOnlySpan<double> features) => scorer.Estimate(features).ToJudgement();
}
