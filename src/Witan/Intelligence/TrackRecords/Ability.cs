namespace Witan.Intelligence.TrackRecords;

/// <summary>
/// The ability of an agent in the Rasch model (Rasch 1960, Probabilistic models for some intelligence and attainment tests):
/// the logit that, added to the ease of each issue it tried, explains its latest outcomes best. An agent that began with hard
/// issues is worth more than its rate.
/// </summary>
internal static class Ability
{
    private const int MostOutcomes = 128;
    private const int Steps = 5;
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
        var ability = 0.0;
        for (var step = 0; step < Steps && n > 0; step++) // Newton's method; the posterior is concave
        {
            var (gradient, curvature) = (successes - (Precision * ability), Precision);
            foreach (var ease in eases[..n])
            {
                var p = LogOdds.ToProbability(ease + ability);
                gradient -= p;
                curvature += p * (1 - p);
            }
            ability += gradient / curvature;
        }
        return ability;
    }
}
