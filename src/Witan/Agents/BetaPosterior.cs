using MathNet.Numerics.Distributions;

namespace Witan.Agents;

/// <summary>
/// Belief about a success rate after some outcomes: a Beta distribution that starts from the uniform prior Beta(1, 1)
/// (Bayes and Laplace's rule of succession).
/// </summary>
/// <param name="Successes">Outcomes that succeeded.</param>
/// <param name="Outcomes">All outcomes, at least <paramref name="Successes"/>.</param>
public readonly record struct BetaPosterior(long Successes, long Outcomes)
{
    /// <summary>The mean of the belief, 0 to 1; one half when nothing is known.</summary>
    public double Mean => (Successes + 1.0) / (Outcomes + 2.0);

    /// <summary>The value that the rate stays below with the given probability.</summary>
    /// <param name="probability">Between 0 and 1.</param>
    public double Quantile(double probability) => Beta.InvCDF(Successes + 1.0, Outcomes - Successes + 1.0, probability);

    /// <summary>The central 90 % interval: the 5 % and the 95 % quantile.</summary>
    public (double Low, double High) Interval => (Quantile(0.05), Quantile(0.95));
}
