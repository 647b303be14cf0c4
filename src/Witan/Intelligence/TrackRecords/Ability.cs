namespace Witan.Intelligence.TrackRecords;

/// <summary>
/// The ability of an agent in the Rasch model (Rasch 1960, Probabilistic models for some intelligence and attainment tests):
/// the logit that, added to the ease of each issue it tried, explains its latest outcomes best. An agent that began with hard
/// issues is worth more than its rate.
/// </summary>
internal static class Ability
{
    private const int MostOutcomes = 128;
    private const int MostSteps = 50; // four or five do, except far from the fleet
    private const double Converged = 1e-6; // the error after such a step is about its square
    private const double Precision = 1; // of the normal prior around the fleet

    /// <summary>The ability, in logits over the fleet; 0 where nothing is known.</summary>
    public static double AsOf(OutcomeTable table, TrackRecord agent, long moment)
    {
        var known = agent.KnownBy(moment);
        Span<double> eases = stackalloc double[MostOutcomes];
        var (n, successes) = (0, 0);
        for (var i = known - 1; i >= 0 && n < MostOutcomes; i--)
        {
            var outcome = table.SurpriseAsOf(agent.OutcomeAt(i), moment);
            eases[n++] = outcome.Ease;
            successes += outcome.Succeeded ? 1 : 0;
        }
        return n == 0 ? 0 : Mode(eases[..n], successes);
    }

    // Newton's method. The gradient falls all the way, so the mode stays between two bounds. Steps that lead beyond them, or do
    // not get smaller, as those to an agent that failed at what everybody else solved, halve the way between the bounds instead.
    private static double Mode(ReadOnlySpan<double> eases, int successes)
    {
        var (ability, low, high) = (0.0, (successes - eases.Length) / Precision, successes / Precision);
        var step = high - low;
        for (var i = 0; i < MostSteps; i++)
        {
            var (gradient, curvature) = (successes - (Precision * ability), Precision);
            foreach (var ease in eases)
            {
                var p = LogOdds.ToProbability(ease + ability);
                gradient -= p;
                curvature += p * (1 - p);
            }
            (low, high) = gradient > 0 ? (ability, high) : (low, ability);
            var newton = gradient / curvature;
            var halve = ability + newton < low || ability + newton > high || Math.Abs(newton) > Math.Abs(step) / 2;
            step = halve ? ((low + high) / 2) - ability : newton;
            ability += step;
            if (Math.Abs(step) < Converged)
                break;
        }
        return ability;
    }
}
