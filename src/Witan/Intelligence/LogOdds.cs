namespace Witan.Intelligence;

/// <summary>The logistic scale.</summary>
public static class LogOdds
{
    /// <summary>ln(p / (1 - p)).</summary>
    /// <param name="probability">Strictly between 0 and 1.</param>
    public static double Of(double probability) => Math.Log(probability / (1 - probability));

    /// <summary>1 / (1 + e^-x), without overflow.</summary>
    /// <param name="logit">Any finite number.</param>
    public static double ToProbability(double logit)
    {
        if (logit >= 0)
            return 1 / (1 + Math.Exp(-logit));
        var e = Math.Exp(logit);
        return e / (1 + e);
    }
}
