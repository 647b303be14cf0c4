namespace Witan.Intelligence.TrackRecords;

/// <summary>What has to be done to the logit x of the track record so that it fits the latest outcomes: x + intercept + slope x.</summary>
/// <param name="Intercept">Above 0 where it promised too little lately.</param>
/// <param name="Slope">Below 0 where it was too sure lately.</param>
public readonly record struct Recalibration(double Intercept, double Slope);

/// <summary>
/// Platt's calibration (1999) on the latest outcomes of the fleet, each with the logit that the track record gave it at its
/// proposal: base rates drift, and rates of single agents and issues follow only slowly.
/// </summary>
internal static class Recalibrating
{
    private const int Latest = 100;
    private const int MostSteps = 10; // three or four do
    private const double Converged = 1e-9;
    private const double MostSlope = 0.75; // a hundred outcomes against all expectation must not turn the order of fixes around
    private const double Precision = 10; // of the normal priors around doing nothing
    private const int MostLookedAt = 400;

    /// <summary>Beyond it a logit is no surer.</summary>
    public const double MostLogit = 6;

    /// <summary>The recalibration as of a moment, in ticks.</summary>
    public static Recalibration AsOf(OutcomeTable table, TrackRecord fleet, long moment)
    {
        Span<double> logits = stackalloc double[Latest];
        Span<double> rates = stackalloc double[Latest];
        var n = Collect(table, fleet, moment, logits, rates);
        var (a, b) = (0.0, 0.0);
        for (var step = 0; step < MostSteps && n > 0; step++) // Newton's method, at most one logit at a time
        {
            var (ga, gb, haa, hab, hbb) = (-Precision * a, -Precision * b, Precision, 0.0, Precision);
            for (var i = 0; i < n; i++)
            {
                var x = logits[i];
                var p = LogOdds.ToProbability(x + a + (b * x));
                var (error, curvature) = (rates[i] - p, p * (1 - p));
                ga += error;
                gb += error * x;
                haa += curvature;
                hab += curvature * x;
                hbb += curvature * x * x;
            }
            var determinant = (haa * hbb) - (hab * hab);
            var (da, db) = (((ga * hbb) - (gb * hab)) / determinant, ((gb * haa) - (ga * hab)) / determinant);
            var far = Math.Max(1, Math.Max(Math.Abs(da), Math.Abs(db)));
            var next = b + (db / far);
            if (Math.Abs(next) <= MostSlope)
                (a, b) = (a + (da / far), next);
            else
                (a, b, db) = (a + Math.Clamp((ga - (hab * (Math.CopySign(MostSlope, next) - b))) / haa, -1, 1), Math.CopySign(MostSlope, next), 0);
            if (Math.Abs(da) + Math.Abs(db) < Converged)
                break;
        }
        return new(a, b);
    }

    // The latest outcomes, the newest first. Those that an agent proposed at one moment are one, with their mean: none of them could
    // learn from the others, and the promise that all of them had would count over and over.
    private static int Collect(OutcomeTable table, TrackRecord fleet, long moment, Span<double> logits, Span<double> rates)
    {
        var (known, n, at, agent, together) = (fleet.KnownBy(moment), 0, -1L, -1, 0);
        for (var i = known - 1; i >= Math.Max(0, known - MostLookedAt); i--)
        {
            ref var row = ref table[fleet.OutcomeAt(i)];
            var isNew = row.ProposedAt != at || row.Who.Number != agent;
            if (isNew && n == Latest)
                break;
            if (isNew)
                (logits[n], rates[n], at, agent, together, n) = (0, 0, row.ProposedAt, row.Who.Number, 0, n + 1);
            var outcome = table.SurpriseAsOf(fleet.OutcomeAt(i), moment);
            together++;
            logits[n - 1] += (Math.Clamp(outcome.TrackRecord, -MostLogit, MostLogit) - logits[n - 1]) / together;
            rates[n - 1] += ((outcome.Succeeded ? 1 : 0) - rates[n - 1]) / together;
        }
        return n;
    }
}
