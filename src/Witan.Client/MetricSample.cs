using System.Globalization;

namespace Witan.Client;

/// <summary>A number from <c>/metrics</c>.</summary>
/// <param name="Name">Of the series, for histograms with <c>_bucket</c>, <c>_sum</c> or <c>_count</c> at the end.</param>
/// <param name="Labels">By name.</param>
/// <param name="Value">The number; NaN where it is not known now.</param>
public sealed record MetricSample(string Name, IReadOnlyDictionary<string, string> Labels, double Value)
{
    /// <summary>Reads Prometheus's text format, version 0.0.4; lines that are none are passed over.</summary>
    internal static IReadOnlyList<MetricSample> Parse(string text) =>
        [.. text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(ParseLine).OfType<MetricSample>()];

    private static MetricSample? ParseLine(string line)
    {
        var nameEnd = line.IndexOfAny([' ', '{']);
        if (nameEnd <= 0)
            return null;
        var labels = new Dictionary<string, string>();
        var at = line[nameEnd] == '{' ? ReadLabels(line, nameEnd + 1, labels) : nameEnd;
        if (at < 0)
            return null;
        var number = line[at..].Trim().Split(' ')[0]; // a time may follow it
        return TryRead(number, out var value) ? new(line[..nameEnd], labels, value) : null;
    }

    // Returns where the labels end, or -1.
    private static int ReadLabels(string line, int at, Dictionary<string, string> labels)
    {
        for (; at < line.Length && line[at] != '}'; at++)
        {
            if (line[at] == ',')
                continue;
            var equals = line.IndexOf("=\"", at, StringComparison.Ordinal);
            if (equals < 0)
                return -1;
            var name = line[at..equals].Trim();
            var value = new System.Text.StringBuilder();
            for (at = equals + 2; at < line.Length && line[at] != '"'; at++)
            {
                if (line[at] == '\\' && at + 1 < line.Length)
                    value.Append(line[++at] == 'n' ? '\n' : line[at]);
                else
                    value.Append(line[at]);
            }
            labels[name] = value.ToString();
        }
        return at < line.Length ? at + 1 : -1;
    }

    private static bool TryRead(string number, out double value)
    {
        value = number switch { "+Inf" => double.PositiveInfinity, "-Inf" => double.NegativeInfinity, "NaN" => double.NaN, _ => 0 };
        return value != 0 || double.TryParse(number, CultureInfo.InvariantCulture, out value);
    }
}
