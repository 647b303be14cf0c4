using System.Text.Json;
using System.Xml.Linq;

namespace Witan.Server.Tests.Verbs;

/// <summary>What <c>witan evaluate</c> says of a file, beyond the table.</summary>
public sealed class EvaluateTests : IDisposable
{
    private static readonly string[] Kinds = ["constant", "heuristic", "track-record", "logistic", "boosted", "forest-25", "forest", "ensemble", "champion"];

    private readonly WitanProcess _witan = new();
    private readonly string _file;

    public EvaluateTests() => _file = _witan.Write("history.ndjson", Fleet.History(700));

    public void Dispose() => _witan.Dispose();

    [Fact]
    public async Task The_text_tells_known_and_new_issues_apart_and_who_would_have_answered_why()
    {
        var lines = (await SaysAsync()).Split('\n');

        Assert.Matches(@"^n = \d+ fixes on \d+ issues", lines[0]);
        Assert.All(Kinds, kind => Assert.Contains(lines, line => line.StartsWith($"{kind} ", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.StartsWith("On issues that somebody had tried (n = ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("On issues that nobody had tried (n = ", StringComparison.Ordinal));
        Assert.Equal(2, lines.Count(line => line.StartsWith("  90 % intervals of the champion: the realised rate lies inside in ", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.StartsWith("The champion over ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("A gate that lets at most 5 % of what is applied fail", StringComparison.Ordinal));
        Assert.All(lines.Skip(1).Take(2 * Kinds.Length), line => Assert.InRange(line.Length, 0, 120));
    }

    [Fact]
    public async Task As_JSON_it_holds_everything()
    {
        var all = JsonElement.Parse(await SaysAsync("--json", "--budget", "0.2"));

        Assert.Equal(["reports", "knownIssues", "unknownIssues", "choices", "intervals", "intervalsKnown", "intervalsUnknown", "budget", "against"], all.EnumerateObject().Select(p => p.Name));
        Assert.Equal(Kinds, all.GetProperty("reports").EnumerateArray().Select(r => r.GetProperty("scorer").GetString()));
        var n = NOf("reports");
        Assert.Equal(n, NOf("knownIssues") + NOf("unknownIssues"));
        Assert.True(all.GetProperty("choices").GetArrayLength() > 3); // it was fitted again and again
        Assert.All(all.GetProperty("choices").EnumerateArray(), choice => Assert.Contains(choice.GetProperty("kind").GetString(), Kinds));
        Assert.Equal(n, all.GetProperty("intervals").GetProperty("n").GetInt32());
        var budget = all.GetProperty("budget");
        Assert.Equal((0.2, n), (budget.GetProperty("budget").GetDouble(), budget.GetProperty("n").GetInt32()));
        Assert.InRange(budget.GetProperty("failures").GetInt32(), 0, budget.GetProperty("applied").GetInt32());
        Assert.Empty(all.GetProperty("against").EnumerateArray());

        int NOf(string reports) => all.GetProperty(reports)[0].GetProperty("n").GetInt32();
    }

    [Fact]
    public async Task Other_predictions_of_the_same_lines_are_compared_pair_by_pair()
    {
        var reference = _witan.Write("others.csv", "line,p\n" + string.Join('\n', Enumerable.Range(601, 100).Select(line => FormattableString.Invariant($"{line},0.5"))) + "\n9999,0.5\n");
        var against = JsonElement.Parse(await SaysAsync("--json", "--reference", reference, "--train-until", "2026-01-26")).GetProperty("against");

        Assert.Equal(Kinds, against.EnumerateArray().Select(d => d.GetProperty("first").GetString()));
        Assert.All(against.EnumerateArray(), d => Assert.Equal(("others.csv", 100), (d.GetProperty("second").GetString(), d.GetProperty("n").GetInt32())));
        Assert.All(against.EnumerateArray(), d => Assert.Equal(Math.Log(2), d.GetProperty("logLossSecond").GetDouble(), 1e-12));
        Assert.Matches(@"(?m)^champion +minus others\.csv, log loss: [+-]0\.\d{4} \[[+-]0\.\d{4}, [+-]0\.\d{4}\] on 100 shared fixes", await SaysAsync("--reference", reference, "--train-until", "2026-01-26"));
    }

    [Theory]
    [InlineData("line,p\n1,0.5\n", "predicts none of the lines that were judged")]
    [InlineData("line,p\n7000,0.5\n", "predicts none of the lines that were judged")]
    [InlineData("line,p\n650,1.5\n", "line 2: p should be a probability from 0 to 1")]
    [InlineData("row,p\n650,0.5\n", "the header should be line,p")]
    public async Task Predictions_that_cannot_be_compared_are_one_line_and_exit_code_1(string csv, string why) =>
        (await RunAsync("--reference", _witan.Write("others.csv", csv), "--train-until", "2026-01-26")).FailsWith("others.csv", why);

    [Fact]
    public async Task The_plot_is_an_SVG_file_beside_the_report()
    {
        var path = _witan.PathOf("curves.svg");
        Assert.Contains("log loss", await SaysAsync("--plot", path, "--train-until", "2026-01-26"), StringComparison.Ordinal);

        var svg = XDocument.Load(path).Root!;
        Assert.Equal("svg", svg.Name.LocalName);
        Assert.Equal("history.ndjson, n = 100", svg.Elements().Single(e => e.Name.LocalName == "title").Value);
        Assert.Equal("champion", svg.Descendants().First(e => e.Attribute("class")?.Value == "name").Value);
    }

    [Theory]
    [InlineData("nowhere/curves.svg")]
    [InlineData(".")]
    public async Task A_plot_that_cannot_be_written_is_one_line_after_the_report(string path)
    {
        var run = await RunAsync("--plot", _witan.PathOf(path), "--train-until", "2026-01-26");

        run.FailsWith("witan: ");
        Assert.Contains("The champion is the ", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_the_issues_withheld_nobody_had_tried_any()
    {
        Assert.Contains("On issues that somebody had tried: no fix.", await SaysAsync("--withhold-issues", "--train-until", "2026-01-26"), StringComparison.Ordinal);
        var all = JsonElement.Parse(await SaysAsync("--withhold-issues", "--train-until", "2026-01-26", "--json"));

        Assert.Empty(all.GetProperty("knownIssues").EnumerateArray());
        Assert.Equal(JsonValueKind.Null, all.GetProperty("intervalsKnown").ValueKind);
        Assert.Equal(100, all.GetProperty("unknownIssues")[0].GetProperty("n").GetInt32());
    }

    [Theory]
    [InlineData("--budget", "0")]
    [InlineData("--budget", "1")]
    [InlineData("--budget", "-0.1")]
    [InlineData("--budget", "NaN")]
    [InlineData("--budget", "much")]
    [InlineData("--reference", "nowhere.csv")]
    public async Task What_cannot_be_is_an_error(string flag, string value) => (await RunAsync(flag, value)).FailsWith(value == "nowhere.csv" ? value : flag);

    [Fact]
    public async Task The_gate_counts()
    {
        var all = JsonElement.Parse(await SaysAsync("--json", "--gate", "0", "--train-until", "2026-01-26"));

        Assert.All(all.GetProperty("reports").EnumerateArray(), r => Assert.Equal(100, r.GetProperty("confusion").GetProperty("truePositives").GetInt32() + r.GetProperty("confusion").GetProperty("falsePositives").GetInt32()));
    }

    private Task<Run> RunAsync(params string[] arguments) => _witan.RunAsync(["evaluate", _file, .. arguments]);

    private async Task<string> SaysAsync(params string[] arguments)
    {
        var run = await RunAsync(arguments);
        run.Succeeds();
        return run.Out;
    }
}
