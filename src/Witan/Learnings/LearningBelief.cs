using MathNet.Numerics.Distributions;

namespace Witan.Learnings;

/// <summary>
/// Belief that a learning's solution works: a Beta posterior that starts from what its discoverer claimed, worth
/// <see cref="ClaimWeight"/> uses, and moves with uses whose outcome is known and with independent reports of the same pattern.
/// </summary>
/// <param name="Claim">The confidence claimed at discovery, 0 to 1.</param>
/// <param name="Reinforcements">Later reports of the same pattern; each counts as a success.</param>
/// <param name="Successes">Uses that worked.</param>
/// <param name="Failures">Uses that did not.</param>
public readonly record struct LearningBelief(double Claim, long Reinforcements, long Successes, long Failures)
{
    /// <summary>How many uses the discoverer's claim is worth.</summary>
    public const double ClaimWeight = 4;

    private double Alpha => (Claim * ClaimWeight) + Reinforcements + Successes;

    private double Beta => ((1 - Claim) * ClaimWeight) + Failures;

    /// <summary>The mean of the belief, 0 to 1.</summary>
    public double Confidence => Alpha / (Alpha + Beta);

    /// <summary>The 10 % quantile: what the confidence is at least, with 90 % probability. It ranks learnings by evidence.</summary>
    public double LowerBound => Alpha == 0
        ? 0
        : MathNet.Numerics.Distributions.Beta.InvCDF(Alpha, Math.Max(1, Beta), 0.10); // with less doubt than that, nearly all belief would sit at 1

    /// <summary>True when it has proved itself in use.</summary>
    /// <param name="leastUses">Uses with a known outcome that are needed.</param>
    /// <param name="leastRate">The share of them that must have worked.</param>
    public bool IsValidated(int leastUses, double leastRate) =>
        Successes + Failures >= Math.Max(1, leastUses) && Successes / (double)(Successes + Failures) >= leastRate;
}
