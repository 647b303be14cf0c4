namespace Witan.Intelligence.Training;

/// <summary>What one prediction costs once its outcome is known, as in the figures of a report.</summary>
internal static class Losses
{
    private const double Clip = 1e-12; // log loss of a certain and wrong prediction stays finite

    /// <summary>The negative log likelihood in nats, 0 to 27.6.</summary>
    public static double Log(double probability, bool succeeded) => -Math.Log(Math.Clamp(succeeded ? probability : 1 - probability, Clip, 1));

    /// <summary>The squared error, 0 to 1 (Brier 1950).</summary>
    public static double Brier(double probability, bool succeeded)
    {
        var miss = succeeded ? 1 - probability : probability;
        return miss * miss;
    }
}
