namespace Witan.Intelligence.TrackRecords;

/// <summary>What a track record says as of a moment.</summary>
/// <param name="Outcomes">Outcomes known by then.</param>
/// <param name="Successes">Those that counted as successes by then.</param>
/// <param name="Weight">The outcomes, faded: at most <paramref name="Outcomes"/>.</param>
/// <param name="WeightedSuccesses">The successes, faded in the same way.</param>
/// <param name="LogDuration">The faded mean of ln(1 + milliseconds), or NaN where no duration is known or none is kept.</param>
public readonly record struct Standing(int Outcomes, int Successes, double Weight, double WeightedSuccesses, double LogDuration)
{
    /// <summary>Nothing known.</summary>
    public static Standing Empty { get; } = new(0, 0, 0, 0, double.NaN);

    /// <summary>The outcomes that counted as failures.</summary>
    public int Failures => Outcomes - Successes;

    /// <summary>The rate, drawn towards the parent's rate: the mean of a Beta posterior whose prior is worth <paramref name="prior"/> outcomes.</summary>
    /// <param name="parentRate">The rate of the parent level, 0 to 1.</param>
    /// <param name="prior">The weight of the parent's rate, in outcomes, above 0.</param>
    public double SmoothedRate(double parentRate, double prior) => (WeightedSuccesses + (prior * parentRate)) / (Weight + prior);

    /// <summary>This standing where only a part of it is of the same version of the agent: the rest counts a fifth.</summary>
    /// <param name="version">The standing of that version alone.</param>
    internal Standing NarrowedTo(Standing version)
    {
        var others = Math.Max(0, Weight - version.Weight);
        var weight = version.Weight + (OtherVersions * others);
        var successes = version.WeightedSuccesses + (OtherVersions * Math.Clamp(WeightedSuccesses - version.WeightedSuccesses, 0, others));
        return this with { Weight = weight, WeightedSuccesses = successes };
    }

    private const double OtherVersions = 0.2;
}
