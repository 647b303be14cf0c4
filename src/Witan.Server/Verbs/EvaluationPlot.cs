using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Witan.Intelligence.Models;
using Witan.Intelligence.Training;
using static Witan.Server.Verbs.PlotPanel;

namespace Witan.Server.Verbs;

/// <summary>A scorer in a plot: what it is called, its curves, and its mean log loss in nats.</summary>
internal sealed record PlottedScorer(string Name, ScoreCurves Curves, double LogLoss);

/// <summary>
/// Whether probabilities mean what they say, and what applying the best of them costs, as one SVG file that needs nothing
/// else. The same figures give the same bytes.
/// </summary>
internal static class EvaluationPlot
{
    private const double Width = 1160, Height = 760, Margin = 24;
    private const double AcceptedFailures = 0.05; // a familiar level to read the curves by; no policy is derived from it
    private const int MostNamed = 3;
    private const double LeastShare = 0.005; // a point made of fewer fixes is noise, and would hide the others
    private const int LongestName = 22, LongestTitle = 90; // in characters that fit, however wide the reader's font

    private static readonly double[] Fifths = [0, 0.2, 0.4, 0.6, 0.8, 1];
    private static readonly double[] NamedThresholds = [0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2];

    private static readonly double[] TickSteps = [0.02, 0.05, 0.1, 0.2];

    private static readonly PlotPanel Reliability = new(84, 176, 440, 420, 1, 1);
    private static readonly PlotPanel Histogram = new(84, 612, 440, 42, 1, 1);
    private static readonly PlotPanel RiskCoverage = new(640, 176, 496, 478, 1, 1);

    /// <summary>Writes the plot.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="title">What was judged.</param>
    /// <param name="scorers">The scorers, all on the same fixes. The first stands out; those after the fifth are only named.</param>
    public static void Write(string path, string title, IReadOnlyList<PlottedScorer> scorers) => File.WriteAllText(path, Svg(title, scorers));

    /// <summary>The text of the file.</summary>
    public static string Svg(string title, IReadOnlyList<PlottedScorer> scorers)
    {
        var drawn = scorers.Take(PlotStyle.Series).ToList();
        var svg = Element("svg", new XAttribute("viewBox", $"0 0 {Number(Width)} {Number(Height)}"), new XAttribute("width", Number(Width)), new XAttribute("height", Number(Height)),
            new XAttribute("role", "img"), new XAttribute("aria-labelledby", "title desc"),
            Element("title", new XAttribute("id", "title"), Clean(title)),
            Element("desc", new XAttribute("id", "desc"), Clean(Description(scorers))),
            Element("style", PlotStyle.Sheet),
            Box("page", 0, 0, Width, Height),
            Text("title", Margin, 40, Shortened(title, LongestTitle)),
            Text("muted", Margin, 64, Subtitle(scorers)));
        svg.Add(Legend(drawn));
        svg.Add(ReliabilityPanel(drawn));
        svg.Add(RiskCoveragePanel(drawn));
        svg.Add(Notes(scorers));
        var text = new StringBuilder();
        using (var writer = XmlWriter.Create(text, new() { Indent = true, OmitXmlDeclaration = true, NewLineChars = "\n" }))
            svg.Save(writer);
        return text.Append('\n').ToString();
    }

    private static IEnumerable<XElement> Legend(List<PlottedScorer> drawn)
    {
        var step = (Width - (2 * Margin)) / PlotStyle.Series;
        for (var i = 0; i < drawn.Count; i++)
        {
            var x = Margin + (i * step);
            yield return Line(LineStyle(i), x, 96, x + 30, 96);
            yield return Path($"mark f{i}", PlotStyle.Mark(i, x + 15, 96, 4.5));
            yield return Text("name", x + 38, 100, Shortened(drawn[i].Name));
            yield return Text("tick", x + 38, 117, $"log loss {Figure(drawn[i].LogLoss)}");
        }
    }

    private static IEnumerable<XElement> ReliabilityPanel(List<PlottedScorer> drawn)
    {
        yield return Text("heading", Reliability.Left, 160, "Does 80 % mean 80 %?");
        foreach (var element in Reliability.Axes(Fifths, Fifths, null).Concat(HistogramBars(drawn)))
            yield return element;
        yield return Line("ideal", Reliability.X(0), Reliability.Y(0), Reliability.X(1), Reliability.Y(1));
        yield return Reliability.YLabel("share that succeeded");
        yield return Text("label middle", Histogram.Left + (Histogram.Width / 2), Histogram.Bottom + 42, "predicted probability of success");
        for (var i = drawn.Count - 1; i >= 0; i--) // the first on top
        {
            var bins = drawn[i].Curves.Reliability.Where(bin => bin.N >= LeastShare * Fixes(drawn[i])).ToList();
            if (i == 0)
            {
                foreach (var bin in bins)
                    yield return Line("whisker s0", Reliability.X(bin.Predicted), Reliability.Y(bin.Low), Reliability.X(bin.Predicted), Reliability.Y(bin.High));
            }
            yield return Reliability.Polyline(LineStyle(i), bins.Select(bin => (bin.Predicted, bin.Observed)));
            foreach (var bin in bins)
                yield return Path($"mark f{i}", PlotStyle.Mark(i, Reliability.X(bin.Predicted), Reliability.Y(bin.Observed), i == 0 ? 4.5 : 3.5));
        }
    }

    // How the predictions of the first scorer spread: a curve says little where nothing is predicted.
    private static IEnumerable<XElement> HistogramBars(List<PlottedScorer> drawn)
    {
        foreach (var tick in Fifths)
            yield return Text("tick middle", Histogram.X(tick), Histogram.Bottom + 20, Percent(tick));
        yield return Line("axis", Histogram.Left, Histogram.Bottom, Histogram.Right, Histogram.Bottom);
        var bins = drawn.Count == 0 ? [] : drawn[0].Curves.Reliability;
        var most = bins.Count == 0 ? 1 : bins.Max(bin => bin.N);
        yield return Text("tick end", Histogram.Left - 8, Histogram.Top + 9, Count(most));
        yield return Text("tick end", Histogram.Left - 8, Histogram.Bottom + 4, "0 fixes");
        foreach (var bin in bins)
        {
            var height = Histogram.Height * bin.N / most;
            yield return Box("bar f0", Histogram.X(bin.From) + 1, Histogram.Bottom - height, Histogram.X(bin.To) - Histogram.X(bin.From) - 2, height);
        }
    }

    private static IEnumerable<XElement> RiskCoveragePanel(List<PlottedScorer> drawn)
    {
        var points = drawn.Select(scorer => scorer.Curves.RiskCoverage.Where(point => point.N >= LeastShare * Fixes(scorer)).ToList()).ToList();
        var (most, ticks) = Scale(points.SelectMany(curve => curve).Select(point => point.FailureRate).DefaultIfEmpty().Max());
        var panel = RiskCoverage with { YMost = most };
        yield return Text("heading", panel.Left, 160, "What would applying more of them cost?");
        foreach (var element in panel.Axes(Fifths, ticks, panel.Bottom + 20))
            yield return element;
        yield return panel.YLabel("share of those that failed");
        yield return Text("label middle", panel.Left + (panel.Width / 2), panel.Bottom + 42, "share applied without a human, the most trusted first");
        if (points.Count > 0)
            yield return panel.Polygon("band f0", [.. points[0].Select(point => (point.Coverage, point.High)), .. Enumerable.Reverse(points[0]).Select(point => (point.Coverage, point.Low))]);
        yield return Line("limit", panel.Left, panel.Y(AcceptedFailures), panel.Right, panel.Y(AcceptedFailures));
        yield return Text("tick end halo", panel.Right - 4, panel.Y(AcceptedFailures) - 6, "1 in 20 fails");
        for (var i = drawn.Count - 1; i >= 0; i--)
        {
            yield return panel.Polyline(LineStyle(i), points[i].Select(point => (point.Coverage, point.FailureRate)));
            foreach (var point in points[i].Skip(i == 0 ? points[i].Count : points[i].Count - 1)) // a constant has no line, only this
                yield return Path($"mark f{i}", PlotStyle.Mark(i, panel.X(point.Coverage), panel.Y(point.FailureRate), 3.5));
        }
        foreach (var element in points.Count == 0 ? [] : ThresholdMarks(panel, points[0]))
            yield return element;
    }

    // Where the first scorer's curve passes round thresholds, as far apart as their numbers need.
    private static IEnumerable<XElement> ThresholdMarks(PlotPanel panel, List<RiskCoveragePoint> curve)
    {
        var last = double.NegativeInfinity;
        foreach (var threshold in NamedThresholds)
        {
            var at = curve.FindLastIndex(point => point.Threshold >= threshold);
            if (at < 0 || panel.X(curve[at].Coverage) < last + 44)
                continue;
            var (x, y) = (last = panel.X(curve[at].Coverage), panel.Y(curve[at].FailureRate));
            yield return Path("mark f0", PlotStyle.Mark(0, x, y, 4.5));
            var below = y + 24 < panel.Bottom && x + 50 < panel.Right; // where there is room: worse scorers' curves lie above
            yield return Text(below ? "tick halo" : "tick end halo", below ? x + 8 : x - 2, below ? y + 15 : y - 10, $"≥ {Threshold(threshold)}");
        }
    }

    // Round steps up to a little above the worst point, and far enough for the accepted level to be seen.
    private static (double Most, IEnumerable<double> Ticks) Scale(double worst)
    {
        var most = Math.Clamp(1.08 * worst, 2 * AcceptedFailures, 1);
        var step = TickSteps.First(size => most / size <= 7);
        var steps = (int)Math.Min(Math.Ceiling(most / step), Math.Round(1 / step));
        return (steps * step, Enumerable.Range(0, steps + 1).Select(i => i * step));
    }

    private static string LineStyle(int series) => series == 0 ? "line first s0" : $"line s{series}";

    private static int Fixes(PlottedScorer scorer) => scorer.Curves.RiskCoverage.Count == 0 ? 0 : scorer.Curves.RiskCoverage[^1].N;

    private static string Subtitle(IReadOnlyList<PlottedScorer> scorers) => scorers.Count == 0 || Fixes(scorers[0]) == 0
        ? "no fixes were judged"
        : $"{Count(Fixes(scorers[0]))} fixes, {Percent(1 - scorers[0].Curves.RiskCoverage[^1].FailureRate)} of them succeeded";

    private static IEnumerable<XElement> Notes(IReadOnlyList<PlottedScorer> scorers)
    {
        var first = scorers.Count == 0 ? "the first scorer" : Shortened(scorers[0].Name);
        yield return Text("note", Margin, Height - 34, $"Whiskers, band, bars and thresholds are those of {first}; 90 % intervals, as if fixes were independent. Points of fewer than 0.5 % of the fixes are left out.");
        var rest = scorers.Skip(PlotStyle.Series).Select(scorer => $"{Shortened(scorer.Name)} (log loss {Figure(scorer.LogLoss)})").ToList();
        if (rest.Count > 0)
            yield return Text("note", Margin, Height - 14, $"Not drawn: {string.Join(", ", rest.Take(MostNamed))}{(rest.Count > MostNamed ? $" and {rest.Count - MostNamed} more" : "")}.");
    }

    private static string Description(IReadOnlyList<PlottedScorer> scorers)
    {
        var text = new StringBuilder("Left, a reliability diagram: the share that succeeded against the predicted probability. Right, the share that failed against the share applied without a human.");
        foreach (var scorer in scorers)
        {
            text.Append(CultureInfo.InvariantCulture, $" {scorer.Name}: log loss {Figure(scorer.LogLoss)}");
            var within = scorer.Curves.RiskCoverage.LastOrDefault(point => point.FailureRate <= AcceptedFailures);
            text.Append(within is null ? "." : $", applies {Percent(Math.Round(within.Coverage, 3))} with {Percent(Math.Round(within.FailureRate, 3))} failures at {Threshold(within.Threshold)}.");
        }
        return text.ToString();
    }

    private static string Shortened(string name, int longest = LongestName) => name.Length <= longest ? name : $"{name[..(longest - 1)]}…";

    private static string Figure(double value) => double.IsFinite(value) ? value.ToString("0.0000", CultureInfo.InvariantCulture) : "unknown";

    private static string Threshold(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Count(int n) => n.ToString("#,0", CultureInfo.InvariantCulture);
}
