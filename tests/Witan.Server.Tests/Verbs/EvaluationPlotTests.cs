using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Witan.Intelligence.Models;
using Witan.Intelligence.Training;
using Witan.Server.Verbs;

namespace Witan.Server.Tests.Verbs;

public sealed partial class EvaluationPlotTests
{
    [Fact]
    public void It_is_one_drawing_with_a_title_a_description_and_a_legend()
    {
        var svg = XDocument.Parse(EvaluationPlot.Svg("history.ndjson", [Scorer("logistic", 0.4123), Scorer("constant", 0.69)])).Root!;

        Assert.Equal(("svg", "img"), (svg.Name.LocalName, svg.Attribute("role")!.Value));
        Assert.Equal("history.ndjson", Of(svg, "title").Single().Value);
        Assert.Contains("logistic: log loss 0.4123", Of(svg, "desc").Single().Value);
        Assert.Equal(["logistic", "constant"], Named(svg));
        Assert.Empty(new[] { "log loss 0.4123", "log loss 0.6900", "1 in 20 fails", "history.ndjson" }.Except(Of(svg, "text").Select(text => text.Value)));
    }

    [Fact]
    public void It_has_a_point_for_each_bin_and_each_threshold()
    {
        var scorer = Scorer("logistic", 0.4);

        var lines = Of(XDocument.Parse(EvaluationPlot.Svg("history", [scorer])).Root!, "polyline").Select(line => line.Attribute("points")!.Value.Split(' ').Length);

        Assert.Equal([scorer.Curves.Reliability.Count, scorer.Curves.RiskCoverage.Count(point => point.N >= 3)], lines); // of 600 fixes 0.5 % are 3
    }

    [Fact]
    public void A_perfectly_calibrated_bin_lies_on_the_diagonal()
    {
        // One bin whose prediction is 0.5 and half of which succeeded: the middle of the panel.
        var svg = XDocument.Parse(EvaluationPlot.Svg("history", [new("constant", ScoreCurves.Of([0.5, 0.5], [true, false]), 0.69)])).Root!;

        var ideal = Of(svg, "line").Single(line => line.Attribute("class")!.Value == "ideal");
        Assert.Equal($"{Middle(ideal, "x")},{Middle(ideal, "y")}", Of(svg, "polyline").First().Attribute("points")!.Value);

        static string Middle(XElement line, string axis) => ((Number(line, axis + "1") + Number(line, axis + "2")) / 2).ToString("0.##", CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Nothing_leaves_the_drawing_and_every_number_is_one()
    {
        foreach (var scorers in new List<PlottedScorer>[] { [Scorer("logistic", 0.4)], [Scorer("a", double.NaN), Perfect(true), Perfect(false)], [] })
        {
            var text = EvaluationPlot.Svg("history", scorers);
            Assert.DoesNotContain("NaN", text);
            Assert.DoesNotContain("∞", text);
            Assert.DoesNotContain("Infinity", text);
            foreach (var element in XDocument.Parse(text).Descendants())
            {
                foreach (var axis in new[] { "x", "y", "x1", "y1", "x2", "y2", "width", "height" }.Where(axis => element.Attribute(axis) is not null))
                    Assert.InRange(Number(element, axis), 0, 1160);
                foreach (Match point in Point().Matches(element.Attribute("points")?.Value ?? ""))
                    Assert.InRange(double.Parse(point.Value, CultureInfo.InvariantCulture), 0, 1160);
            }
        }
    }

    [Fact]
    public void The_number_of_a_threshold_stays_in_the_panel_where_the_curve_is_at_its_end()
    {
        var svg = XDocument.Parse(EvaluationPlot.Svg("history", [new("constant", ScoreCurves.Of([0.5, 0.5], [true, false]), 0.69)])).Root!;

        var label = Of(svg, "text").Single(text => text.Value == "≥ 0.5");
        Assert.Contains("end", label.Attribute("class")!.Value);
        Assert.InRange(Number(label, "x"), 640, 1136);
    }

    [Fact]
    public void Names_are_text_whatever_they_hold()
    {
        var text = EvaluationPlot.Svg("a < b & \"c\" \u0001 \ud800", [Scorer("<script>alert(1)</script>", 0.4) with { Name = "<b>&amp;" }]);

        var svg = XDocument.Parse(text).Root!;
        Assert.Equal("a < b & \"c\" \uFFFD \uFFFD", Of(svg, "title").Single().Value);
        Assert.Equal(["<b>&amp;"], Named(svg));
    }

    [Fact]
    public void Long_names_are_shortened()
    {
        var svg = XDocument.Parse(EvaluationPlot.Svg(new string('t', 200), [Scorer(new string('s', 200), 0.4)])).Root!;

        Assert.Equal([new string('s', 21) + "…"], Named(svg));
        Assert.Equal(200, Of(svg, "title").Single().Value.Length);
        Assert.Equal(90, Of(svg, "text").First().Value.Length);
    }

    [Fact]
    public void Of_many_scorers_the_first_five_are_drawn_and_the_others_named()
    {
        var svg = XDocument.Parse(EvaluationPlot.Svg("history", [.. Enumerable.Range(1, 9).Select(i => Scorer($"scorer {i}", i / 10.0))])).Root!;

        Assert.Equal(["scorer 1", "scorer 2", "scorer 3", "scorer 4", "scorer 5"], Named(svg));
        Assert.Equal(10, Of(svg, "polyline").Count());
        Assert.Contains(Of(svg, "text"), text => text.Value == "Not drawn: scorer 6 (log loss 0.6000), scorer 7 (log loss 0.7000), scorer 8 (log loss 0.8000) and 1 more.");
    }

    [Fact]
    public void It_needs_nothing_else_and_is_at_home_in_the_light_and_in_the_dark()
    {
        var text = EvaluationPlot.Svg("history", [Scorer("logistic", 0.4)]);

        Assert.Contains("@media (prefers-color-scheme: dark)", text);
        Assert.Equal(["http://www.w3.org/2000/svg"], Address().Matches(text).Select(match => match.Value));
        Assert.DoesNotContain("<script", text);
        Assert.DoesNotContain("url(", text);
        Assert.DoesNotContain("@import", text);
        Assert.DoesNotContain("href", text);
    }

    [Fact]
    public void The_same_figures_give_the_same_bytes()
    {
        using var witan = new WitanProcess();
        var path = witan.Write("plot.svg", "an older file that was longer" + new string('.', 200_000));

        EvaluationPlot.Write(path, "history", [Scorer("logistic", 0.4)]);

        Assert.Equal(System.Text.Encoding.UTF8.GetBytes(EvaluationPlot.Svg("history", [Scorer("logistic", 0.4)])), File.ReadAllBytes(path));
        Assert.DoesNotContain('\r', File.ReadAllText(path));
    }

    // Six hundred fixes whose outcomes are as likely as predicted.
    private static PlottedScorer Scorer(string name, double logLoss)
    {
        var random = new Random(1);
        var scores = Enumerable.Range(0, 600).Select(_ => random.NextDouble()).ToArray();
        return new(name, ScoreCurves.Of(scores, [.. scores.Select(score => random.NextDouble() < score)]), logLoss);
    }

    private static PlottedScorer Perfect(bool succeeded) => new($"always {succeeded}", ScoreCurves.Of([succeeded ? 1 : 0], [succeeded]), 0);

    private static IEnumerable<XElement> Of(XElement svg, string name) => svg.Descendants().Where(element => element.Name.LocalName == name);

    private static IEnumerable<string> Named(XElement svg) => Of(svg, "text").Where(text => text.Attribute("class")!.Value == "name").Select(text => text.Value);

    private static double Number(XElement element, string attribute) => double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("[^ ,]+")]
    private static partial Regex Point();

    [GeneratedRegex("https?://[^\"]*")]
    private static partial Regex Address();
}
