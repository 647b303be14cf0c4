using MathNet.Numerics;

namespace Witan.Fixes;

/// <summary>
/// Watches whether what is applied under a threshold keeps its budget. It may be read after every outcome: as long as the
/// budget is kept, the probability that it is ever called broken is at most 5 %.
/// </summary>
/// <remarks>
/// The evidence is the likelihood of the outcomes averaged over failure rates above the budget, over their likelihood at
/// the budget: a mixture of sequential probability ratios (Robbins 1970, "Statistical methods related to the law of the
/// iterated logarithm"). While every failure has at most the budget's probability, given what came before it, the evidence
/// is a supermartingale that starts at 1 and reaches 20 with probability 1/20 at most (Ville 1939, "Étude critique de la
/// notion de collectif"). Rates are weighed by a Beta(1, 1/budget) distribution cut off below the budget, so that their mean
/// is about twice the budget; then the average is a ratio of incomplete beta functions.
/// Count from the day on which the threshold was chosen, and anew when another is: the 5 % are for each such span, and good
/// times long ago would make it slow to notice bad ones.
/// </remarks>
/// <param name="Applied">How many fixes with a known outcome were applied under the threshold.</param>
/// <param name="Failures">How many of them failed.</param>
/// <param name="Budget">The share that may fail, between 0 and 1.</param>
public readonly record struct BudgetMonitor(int Applied, int Failures, double Budget)
{
    /// <summary>The evidence from which on the budget counts as broken.</summary>
    public const double Enough = 20;

    /// <summary>How many times more likely the outcomes are under failure rates above the budget than at it, as a natural logarithm; 0 without outcomes.</summary>
    public double LogEvidence
    {
        get
        {
            var (good, prior) = (Applied - Failures, 1 / Budget);
            // The weight of the rates above the budget, before and after the outcomes, whole and cut off.
            var before = -Math.Log(prior) + (prior * Math.Log(1 - Budget));
            var after = SpecialFunctions.BetaLn(1 + Failures, prior + good)
                + Math.Log(SpecialFunctions.BetaRegularized(prior + good, 1 + Failures, 1 - Budget));
            return after - before - (Failures * Math.Log(Budget)) - (good * Math.Log(1 - Budget));
        }
    }

    /// <summary>True when more failed than the budget and chance explain: fixes have to be reviewed until a new threshold is chosen.</summary>
    public bool IsBroken => LogEvidence >= Math.Log(Enough);
}
