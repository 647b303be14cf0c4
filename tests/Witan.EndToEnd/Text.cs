using System.Globalization;

namespace Witan.EndToEnd;

/// <summary>Numbers as the dashboard is to write them, written here a second time.</summary>
internal static class Text
{
    public const string Nothing = "–";

    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Percent(double? share) => share is null ? Nothing : string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.0} %");

    public static string Whole(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0} %");

    public static string Interval(IReadOnlyList<double> interval) => Interval(interval[0], interval[1]);

    public static string Interval(double low, double high) => string.Create(CultureInfo.InvariantCulture, $"{low * 100:0}–{high * 100:0} %");

    public static string Points(double difference) => (difference * 100).ToString("+0.0 pp;−0.0 pp;0.0 pp", CultureInfo.InvariantCulture);
}
