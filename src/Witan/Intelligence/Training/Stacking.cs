namespace Witan.Intelligence.Training;

/// <summary>
/// Weights of a blend of logits, not negative and adding up to 1, that give the least log loss on out-of-time scores
/// (stacking: Wolpert 1992, Breiman 1996), by exponentiated gradient (Kivinen and Warmuth 1997).
/// </summary>
internal static class Stacking
{
    private const int Steps = 400;
    private const double Rate = 4;

    // How many outcomes the wish for the first part, the simplest, is worth: with few outcomes it keeps its place.
    private const double Prior = 50;
    private const double FirstShare = 0.7;

    /// <summary>Fits the weights.</summary>
    /// <param name="logits">For each part its logit of each outcome.</param>
    /// <param name="labels">Whether each succeeded.</param>
    public static double[] Fit(IReadOnlyList<double[]> logits, bool[] labels)
    {
        var start = Start(logits.Count);
        double[] weights = [.. start];
        var gradient = new double[weights.Length];
        for (var step = 0; step < Steps && labels.Length > 0; step++)
        {
            Gradient(logits, labels, weights, gradient);
            var sum = 0.0;
            for (var k = 0; k < weights.Length; k++)
            {
                var pull = (gradient[k] + (Prior * (start[k] - weights[k]))) / (labels.Length + Prior);
                sum += weights[k] *= Math.Exp(Rate * pull);
            }
            for (var k = 0; k < weights.Length; k++)
                weights[k] /= sum;
        }
        return weights;
    }

    private static double[] Start(int parts)
    {
        var start = Enumerable.Repeat((1 - FirstShare) / Math.Max(1, parts - 1), parts).ToArray();
        start[0] = parts == 1 ? 1 : FirstShare;
        return start;
    }

    // Of the log likelihood.
    private static void Gradient(IReadOnlyList<double[]> logits, bool[] labels, double[] weights, double[] gradient)
    {
        Array.Clear(gradient);
        for (var i = 0; i < labels.Length; i++)
        {
            var logit = 0.0;
            for (var k = 0; k < weights.Length; k++)
                logit += weights[k] * logits[k][i];
            var error = (labels[i] ? 1 : 0) - LogOdds.ToProbability(logit);
            for (var k = 0; k < weights.Length; k++)
                gradient[k] += error * logits[k][i];
        }
    }
}
