namespace Witan.Intelligence.Experiments;

/// <summary>
/// A live split: each fix is judged by one of two forecasters, drawn by lot. Outcomes are taken in rounds; a round is over
/// as soon as both arms have an outcome in it, and gives the first arm's mean Brier score in it less the second's.
/// </summary>
/// <remarks>
/// Rounds serve any share of the split and a fleet that changes, since both arms are compared over the same days. One
/// interval of the rounds' mean needs about half the outcomes that two intervals do, one for each arm with half the error.
/// Even so a split takes several times as many as <see cref="PairedComparison"/>, where the fixes are the same.
/// The difference is that of the forecasters only if the lot alone decides who judges a fix, and if an outcome becomes known
/// or not without regard to the arm: an arm whose failures are reported later looks better for a while. What is said there
/// of outcomes on one issue holds here too.
/// </remarks>
/// <param name="minimum">The fewest outcomes of each arm for a verdict.</param>
public sealed class SplitComparison(int minimum = Comparison.DefaultMinimum)
{
    private readonly ConfidenceSequence _differences = new();
    private readonly ArmScore _first = new();
    private readonly ArmScore _second = new();
    private (double Sum, int Count) _firstInRound;
    private (double Sum, int Count) _secondInRound;

    /// <summary>Where it stands. Its difference is the mean over the rounds that are over.</summary>
    public Comparison Result => Comparison.Of(_first.Figures, _second.Figures, _differences, minimum);

    /// <summary>Takes the outcome of a fix that the first forecaster had judged before it was known.</summary>
    /// <param name="forecast">Its probability of success, 0 to 1.</param>
    /// <param name="succeeded">What happened.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not between 0 and 1.</exception>
    public void AddToFirst(double forecast, bool succeeded)
    {
        _firstInRound = (_firstInRound.Sum + _first.Add(forecast, succeeded), _firstInRound.Count + 1);
        EndRoundOfBoth();
    }

    /// <summary>Takes the outcome of a fix that the second forecaster had judged before it was known.</summary>
    /// <param name="forecast">Its probability of success, 0 to 1.</param>
    /// <param name="succeeded">What happened.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not between 0 and 1.</exception>
    public void AddToSecond(double forecast, bool succeeded)
    {
        _secondInRound = (_secondInRound.Sum + _second.Add(forecast, succeeded), _secondInRound.Count + 1);
        EndRoundOfBoth();
    }

    private void EndRoundOfBoth()
    {
        if (_firstInRound.Count == 0 || _secondInRound.Count == 0)
            return;
        _differences.Add((_firstInRound.Sum / _firstInRound.Count) - (_secondInRound.Sum / _secondInRound.Count), 0);
        (_firstInRound, _secondInRound) = ((0, 0), (0, 0));
    }
}
