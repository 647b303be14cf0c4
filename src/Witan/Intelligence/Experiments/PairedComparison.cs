namespace Witan.Intelligence.Experiments;

/// <summary>
/// A shadow experiment: two forecasters judge the same fixes, and the mean difference of their Brier scores tells which
/// one is better (Choe and Ramdas 2023, "Comparing sequential forecasters"). Pairing cancels what makes a fix hard.
/// </summary>
/// <remarks>
/// The interval is about the average, over the outcomes that came, of the difference that was to be expected given all that
/// came before (see <see cref="ConfidenceSequence"/> for the proof). Outcomes and forecasts may depend on earlier ones in
/// any way, and both forecasters may learn on the way. It speaks of later fixes as far as these are like the ones that came:
/// when attempts on one issue share their fate and both forecasters their errors there, each further attempt repeats the
/// first one, and only one outcome of each issue should be added. One counts alone: the first to arrive.
/// </remarks>
/// <param name="minimum">The fewest outcomes for a verdict.</param>
public sealed class PairedComparison(int minimum = Comparison.DefaultMinimum)
{
    private readonly ConfidenceSequence _differences = new();
    private readonly ArmScore _first = new();
    private readonly ArmScore _second = new();

    /// <summary>Where it stands.</summary>
    public Comparison Result => Comparison.Of(_first.Figures, _second.Figures, _differences, minimum);

    /// <summary>Takes the outcome of a fix that both had judged before it was known.</summary>
    /// <param name="first">The first one's probability of success, 0 to 1.</param>
    /// <param name="second">The second one's, 0 to 1.</param>
    /// <param name="succeeded">What happened.</param>
    /// <exception cref="ArgumentOutOfRangeException">A probability is not between 0 and 1.</exception>
    public void Add(double first, double second, bool succeeded) =>
        // Centred at 0: the difference lies between -1 and 1, and where neither is better 0 is the best guess.
        _differences.Add(_first.Add(first, succeeded) - _second.Add(second, succeeded), 0);
}
