using Witan.Intelligence.Models;

namespace Witan.Intelligence.Training;

/// <summary>
/// Fits Platt's calibration on recent out-of-time scores, drawn to doing nothing, and keeps it only where it helps there: fitted
/// on the older half of them it must lower the log loss of the newer half, by more than one standard error. Base rates drift,
/// so one that was fitted on old scores can make things worse.
/// </summary>
internal static class Calibrating
{
    private const int Recent = 4_000;
    private const int Least = 100;
    
    // The fleet's record follows the base rate already, so the intercept is held more firmly than the slope.
    private const double SlopePrecision = 100, InterceptPrecision = 1_000;


    /// <summary>The calibration of scores in the order of time, or none.</summary>
    /// <param name="logits">Out-of-time logits.</param>
    /// <param name="labels">Whether each succeeded.</param>
    public static PlattCalibration Of(ReadOnlySpan<double> logits, ReadOnlySpan<bool> labels)
    {
        var skipped = Math.Max(0, logits.Length - Recent);
        logits = logits[skipped..];
        labels = labels[skipped..];
        if (logits.Length < Least)
            return PlattCalibration.None;
        var half = logits.Length / 2;
        var trial = Fit(logits[..half], labels[..half]);
        return Helps(trial, logits[half..], labels[half..]) ? Fit(logits, labels) : PlattCalibration.None;
    }

    private static PlattCalibration Fit(ReadOnlySpan<double> logits, ReadOnlySpan<bool> labels)
    {
        var rows = new double[logits.Length][];
        for (var i = 0; i < rows.Length; i++)
            rows[i] = [logits[i]];
        var terms = LogisticRegression.Fit(rows, labels.ToArray(), new([new(1, SlopePrecision, false)], InterceptPrecision), CancellationToken.None);
        return new(terms.Weights[0], terms.Intercept - (terms.Weights[0] * terms.Means[0]));
    }

    private static bool Helps(PlattCalibration calibration, ReadOnlySpan<double> logits, ReadOnlySpan<bool> labels)
    {
        var (sum, squares) = (0.0, 0.0);
        for (var i = 0; i < logits.Length; i++)
        {
            var gain = Losses.Log(LogOdds.ToProbability(logits[i]), labels[i]) - Losses.Log(LogOdds.ToProbability(calibration.Apply(logits[i])), labels[i]);
            sum += gain;
            squares += gain * gain;
        }
        var mean = sum / logits.Length;
        return mean > Math.Sqrt(Math.Max(0, (squares / logits.Length) - (mean * mean)) / logits.Length);
    }
}
