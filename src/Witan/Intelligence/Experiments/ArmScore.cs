namespace Witan.Intelligence.Experiments;

/// <summary>The running sums of one forecaster's losses.</summary>
internal sealed class ArmScore
{
    private const double Clip = 1e-12; // log loss of a certain and wrong forecast stays finite, as in the reports of training

    private int _outcomes;
    private double _brier;
    private double _logLoss;

    /// <summary>Takes a forecast whose outcome is known.</summary>
    /// <returns>Its Brier score, 0 to 1.</returns>
    public double Add(double forecast, bool succeeded)
    {
        if (!(forecast is >= 0 and <= 1)) // NaN too
            throw new ArgumentOutOfRangeException(nameof(forecast), forecast, "A probability lies between 0 and 1.");
        var miss = succeeded ? 1 - forecast : forecast;
        _outcomes++;
        _brier += miss * miss;
        _logLoss -= Math.Log(Math.Max(1 - miss, Clip));
        return miss * miss;
    }

    public ArmFigures Figures => _outcomes == 0 ? new(0, null, null) : new(_outcomes, _brier / _outcomes, _logLoss / _outcomes);
}
