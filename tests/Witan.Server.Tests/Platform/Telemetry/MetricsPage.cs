using System.Globalization;
using System.Text.RegularExpressions;

namespace Witan.Server.Tests.Platform.Telemetry;

/// <summary>The meter has one name for all servers of a process, so tests of metrics run beside no other server.</summary>
[CollectionDefinition(nameof(Metered), DisableParallelization = true)]
public sealed class Metered;

/// <summary>What <c>/metrics</c> said, read as Prometheus reads it.</summary>
internal sealed partial class MetricsPage
{
    private readonly List<Sample> _samples = [];
    private readonly Dictionary<string, string> _types = [];

    public MetricsPage(string text)
    {
        Text = text;
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (TypeLine().Match(line) is { Success: true } type)
                _types.Add(type.Groups[1].Value, type.Groups[2].Value);
            else if (!line.StartsWith('#'))
                _samples.Add(Read(line));
        }
    }

    public string Text { get; }

    /// <summary>Each metric with its type.</summary>
    public IReadOnlyDictionary<string, string> Types => _types;

    /// <summary>All samples of a metric with these labels, added up; none are 0.</summary>
    public double Sum(string name, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var sum = 0.0;
        foreach (var sample in Of(name, labels))
            sum += sample.Value;
        return sum;
    }

    /// <summary>The one sample of a metric with these labels.</summary>
    public double Value(string name, params ReadOnlySpan<(string Name, string Value)> labels) => Assert.Single(Of(name, labels)).Value;

    public bool Has(string name, params ReadOnlySpan<(string Name, string Value)> labels) => Of(name, labels).Count > 0;

    /// <summary>How much a counter has grown since an earlier look.</summary>
    public double Since(MetricsPage before, string name, params ReadOnlySpan<(string Name, string Value)> labels) => Sum(name, labels) - before.Sum(name, labels);

    /// <summary>The values of a label of a metric.</summary>
    public IReadOnlyList<string> Labels(string name, string label) => [.. _samples.Where(sample => sample.Name == name).Select(sample => sample.Labels[label]).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The names of the labels of a metric, without those that its type adds.</summary>
    public IReadOnlyList<string> LabelNames(string metric) => [.. _samples.Where(sample => FamilyOf(sample.Name) == metric).SelectMany(sample => sample.Labels.Keys).Distinct().Where(name => name != "le").Order(StringComparer.Ordinal)];

    private string FamilyOf(string sample) => _types.ContainsKey(sample) ? sample : Suffix().Replace(sample, "");

    private List<Sample> Of(string name, ReadOnlySpan<(string Name, string Value)> labels)
    {
        var found = _samples.Where(sample => sample.Name == name).ToList();
        foreach (var (label, value) in labels)
            found.RemoveAll(sample => sample.Labels.GetValueOrDefault(label) != value);
        return found;
    }

    private static Sample Read(string line)
    {
        var match = SampleLine().Match(line);
        Assert.True(match.Success, $"no sample: {line}");
        var labels = Label().Matches(match.Groups[2].Value).ToDictionary(label => label.Groups[1].Value, label => Escape().Replace(label.Groups[2].Value, escape => escape.Value == "\\n" ? "\n" : escape.Value[1..]));
        return new(match.Groups[1].Value, labels, match.Groups[3].Value switch { "+Inf" => double.PositiveInfinity, "-Inf" => double.NegativeInfinity, var number => double.Parse(number, CultureInfo.InvariantCulture) });
    }

    private sealed record Sample(string Name, Dictionary<string, string> Labels, double Value);

    [GeneratedRegex(@"^# TYPE (\w+) (\w+)$")]
    private static partial Regex TypeLine();

    [GeneratedRegex("""^([a-z_]+)\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\} (\S+)$""")]
    private static partial Regex SampleLine();

    [GeneratedRegex("""(\w+)="((?:[^"\\]|\\.)*)"(?:,|$)""")]
    private static partial Regex Label();

    [GeneratedRegex(@"\\.")]
    private static partial Regex Escape();

    [GeneratedRegex("_(?:bucket|sum|count)$")]
    private static partial Regex Suffix();
}

/// <summary>Looks at the metrics of a server.</summary>
internal static class Scrapes
{
    private const int MostLooks = 400_000; // some gauges are looked at every 5 seconds

    public static async Task<MetricsPage> ScrapeAsync(this WitanServer server)
    {
        var answer = await server.SendAsync(new(HttpMethod.Get, "/metrics"));
        Assert.True(answer.Status == 200, answer.Text);
        return new(answer.Text);
    }

    /// <summary>Looks until it is as it should become: for what moves in the background, or after the answer.</summary>
    public static async Task<MetricsPage> ScrapeUntilAsync(this WitanServer server, Func<MetricsPage, bool> isSo)
    {
        for (var looks = 0; ; looks++)
        {
            var page = await server.ScrapeAsync();
            if (isSo(page))
                return page;
            Assert.True(looks < MostLooks, page.Text);
            await Task.Yield();
        }
    }

    /// <summary>Looks before and after an event.</summary>
    public static async Task<(MetricsPage Before, MetricsPage After)> AroundAsync(this WitanServer server, Func<Task> happens)
    {
        var before = await server.ScrapeAsync();
        await happens();
        return (before, await server.ScrapeAsync());
    }
}
