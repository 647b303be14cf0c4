using System.Text.RegularExpressions;

namespace Witan.Server.Tests.Docs;

/// <summary>docs/metrics.md names every metric that there is, with its type and labels, and no other.</summary>
public sealed partial class MetricsDocTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(House.Root, "docs/metrics.md")).ReplaceLineEndings("\n");

    // What a server was seen to say; a test of its own holds it to that.
    private static readonly string[] Exposed = File.ReadAllLines(Path.Combine(House.Root, "tests/Witan.Server.Tests/Snapshots/metrics.txt"));

    [Fact]
    public void The_table_is_what_a_server_says() =>
        Assert.Equal(Exposed.Order(StringComparer.Ordinal), Rows().Select(row => $"{row.Name} {row.Type} {row.Labels}".TrimEnd()).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_metric_of_the_code_is_among_them()
    {
        var inCode = House.Sources().Where(source => source.Path.StartsWith("src/Witan.Server/", StringComparison.Ordinal))
            .SelectMany(source => Made().Matches(source.Text).Select(made => made.Groups[1].Value)).ToList();

        Assert.True(inCode.Count > 25);
        Assert.Equal(inCode.Order(StringComparer.Ordinal), Rows().Select(row => row.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Each_has_a_meaning_and_says_when_it_moves() => Assert.All(Rows(), row => Assert.True(row.Meaning.Length > 4 && row.Moves.Length > 4, row.Name));

    private static IReadOnlyList<(string Name, string Type, string Labels, string Meaning, string Moves)> Rows() =>
        [.. Row().Matches(Text).Select(row => (row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value, row.Groups[4].Value, row.Groups[5].Value))];

    [GeneratedRegex(@"^\| `(\w+)` \| (\w+) \| (?:`([\w ]+)` )?\| (.+?) \| (.+?) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("""\b(?:Counter|Histogram|Cells|Gauges?)\("([a-z_]+)", """)]
    private static partial Regex Made();
}
