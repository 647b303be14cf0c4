namespace Witan.Intelligence.Experiments;

/// <summary>
/// Bounds on a running mean that hold at every moment together, however often and for whatever reason one looks: the
/// true value leaves the interval even once with at most the probability asked for.
/// </summary>
/// <remarks>
/// What is bounded is the average of the conditional expectations mᵢ of the values, each given everything before it. The
/// values may depend on each other in any way; they need neither equal distributions nor equal means.
/// Why it holds: for a fixed bet b and a centre cᵢ known before xᵢ, 1 + b(xᵢ - cᵢ) is positive and has the conditional mean
/// 1 + b(mᵢ - cᵢ) ≤ exp(b(mᵢ - cᵢ)). So W = ∏(1 + b(xᵢ - cᵢ)) · exp(-b∑(mᵢ - cᵢ)) is a supermartingale that starts at 1, as
/// is an average over bets, and by Ville's inequality (Ville 1939, "Étude critique de la notion de collectif") it ever
/// reaches 1/a with probability a at most. The bound is the sum of the mᵢ at which it would have reached 1/a.
/// This is the wealth of a bettor (Waudby-Smith and Ramdas 2023, "Estimating means of bounded random variables by
/// betting") carried over to changing means as by Howard, Ramdas, McAuliffe and Sekhon (2021, "Time-uniform, nonparametric,
/// nonasymptotic confidence sequences"), whose empirical-Bernstein bound (their theorem 4) follows from it by a further
/// inequality (Fan, Grama and Liu 2015, "Exponential inequalities for martingales with applications") and is wider.
/// </remarks>
internal sealed class ConfidenceSequence
{
    // A bet b serves best when the squared deviations sum to about 9 / b²: from 11 to 3,000 here. Each next bet is half the
    // last, so that none is far from the best one. Below 1, because a deviation may be -1 and no factor may reach 0.
    private static readonly double[] Bets = [0.9, 0.45, 0.225, 0.1125, 0.05625];

    private readonly double[] _above = new double[Bets.Length]; // log wealth of each bet on values above their centres
    private readonly double[] _below = new double[Bets.Length]; // the same on values below
    private double _centres;

    /// <summary>How many values there were.</summary>
    public int Count { get; private set; }

    /// <summary>Their sum.</summary>
    public double Sum { get; private set; }

    /// <summary>Takes the next value.</summary>
    /// <param name="value">The value, at most 1 away from <paramref name="centre"/>.</param>
    /// <param name="centre">Where it was expected, chosen without knowing it: a better guess narrows the bounds.</param>
    public void Add(double value, double centre)
    {
        for (var i = 0; i < Bets.Length; i++)
        {
            _above[i] += Math.Log(1 + (Bets[i] * (value - centre)));
            _below[i] += Math.Log(1 + (Bets[i] * (centre - value)));
        }
        (Count, Sum, _centres) = (Count + 1, Sum + value, _centres + centre);
    }

    /// <summary>Bounds on the mean of the conditional expectations so far; each alone is ever wrong with probability <paramref name="error"/>.</summary>
    /// <param name="error">Between 0 and 1, for each side.</param>
    /// <returns>The bounds; infinite while there is no value.</returns>
    public (double Low, double High) Bounds(double error) => Count == 0
        ? (double.NegativeInfinity, double.PositiveInfinity)
        : ((_centres + LeastExcess(_above, error)) / Count, (_centres - LeastExcess(_below, error)) / Count);

    // The x at which the average over bets of exp(log wealth - bet x) equals 1 / error. Its logarithm is convex and falls
    // in x, and it is positive where one bet alone would have reached the goal, so Newton's steps from there never overshoot.
    private static double LeastExcess(double[] logWealth, double error)
    {
        const int mostSteps = 50;
        var goal = Math.Log(Bets.Length / error);
        var x = double.NegativeInfinity;
        for (var i = 0; i < Bets.Length; i++)
            x = Math.Max(x, (logWealth[i] - goal) / Bets[i]);
        for (var step = 0; step < mostSteps; step++)
        {
            var (sum, slope) = (0.0, 0.0);
            for (var i = 0; i < Bets.Length; i++)
            {
                var term = Math.Exp(logWealth[i] - (Bets[i] * x) - goal);
                (sum, slope) = (sum + term, slope + (Bets[i] * term));
            }
            var advance = Math.Log(sum) * sum / slope;
            if (advance < 1e-12)
                break;
            x += advance;
        }
        return x;
    }
}
