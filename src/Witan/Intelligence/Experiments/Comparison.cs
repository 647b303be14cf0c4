namespace Witan.Intelligence.Experiments;

/// <summary>Which of two forecasters is better.</summary>
public enum ComparisonVerdict
{
    /// <summary>Too few outcomes, or the interval of the difference includes 0.</summary>
    NoVerdict,

    /// <summary>The first one's mean Brier score is lower.</summary>
    FirstBetter,

    /// <summary>The second one's mean Brier score is lower.</summary>
    SecondBetter,
}

/// <summary>How a forecaster did.</summary>
/// <param name="Outcomes">How many of its forecasts have an outcome.</param>
/// <param name="Brier">Their mean squared error, 0 to 1, lower is better (Brier 1950, "Verification of forecasts expressed in terms of probability"); null without outcomes.</param>
/// <param name="LogLoss">Their mean negative log likelihood in nats, lower is better (Good 1952, "Rational decisions"); null without outcomes.</param>
public sealed record ArmFigures(int Outcomes, double? Brier, double? LogLoss);

/// <summary>Where the comparison of two forecasters stands. It may be read after every outcome: the error is for all readings together.</summary>
/// <param name="Verdict">Which one is better, as far as is known.</param>
/// <param name="Difference">The mean by which the first Brier score exceeds the second, -1 to 1; below 0 when the first does better. Null without a comparison.</param>
/// <param name="Low">The lower end of the 95 % confidence sequence of that mean, at least -1.</param>
/// <param name="High">The upper end, at most 1.</param>
/// <param name="First">The first forecaster.</param>
/// <param name="Second">The second forecaster.</param>
public sealed record Comparison(ComparisonVerdict Verdict, double? Difference, double Low, double High, ArmFigures First, ArmFigures Second)
{
    /// <summary>The probability with which the interval ever, at any of its readings, misses what it is about.</summary>
    public const double Error = 0.05;

    /// <summary>With fewer outcomes than this, for each arm, there is no verdict unless another number is asked for.</summary>
    public const int DefaultMinimum = 200;

    internal static Comparison Of(ArmFigures first, ArmFigures second, ConfidenceSequence differences, int minimum)
    {
        var (low, high) = differences.Bounds(Error / 2);
        var verdict = (Math.Min(first.Outcomes, second.Outcomes) >= minimum, low, high) switch
        {
            (true, _, < 0) => ComparisonVerdict.FirstBetter,
            (true, > 0, _) => ComparisonVerdict.SecondBetter,
            _ => ComparisonVerdict.NoVerdict,
        };
        double? mean = differences.Count == 0 ? null : differences.Sum / differences.Count;
        return new(verdict, mean, Math.Max(low, -1), Math.Min(high, 1), first, second);
    }
}
