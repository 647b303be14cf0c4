using System.Globalization;

namespace Witan.Dashboard.Charts;

/// <summary>Places values of a range along a length.</summary>
public readonly record struct Scale(double From, double To, double Start, double End)
{
    public double At(double value) => To == From ? Start : Start + ((value - From) / (To - From) * (End - Start));

    /// <summary>A coordinate as SVG writes it.</summary>
    public static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>Round values that cover a range from zero: at most so many steps.</summary>
    public static IReadOnlyList<double> Ticks(double most, int steps = 4)
    {
        if (most <= 0)
            return [0, 1];
        var rough = most / steps;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = new[] { 1, 2, 2.5, 5, 10 }.Select(factor => factor * power).First(candidate => candidate >= rough);
        return [.. Enumerable.Range(0, (int)Math.Ceiling(most / step) + 1).Select(i => i * step)];
    }
}
