using System.Text.Json;

namespace Witan.Server.Tests.Verbs;

/// <summary><c>witan importance</c>: what a scorer leans on.</summary>
public sealed class ImportanceTests : IDisposable
{
    private readonly WitanProcess _witan = new();

    public void Dispose() => _witan.Dispose();

    [Theory]
    [InlineData("logistic")]
    [InlineData("boosted")]
    public async Task What_matters_ranks_first_and_what_does_not_is_zero_within_its_spread(string kind)
    {
        var run = await _witan.RunAsync("importance", _witan.Write("history.ndjson", Fleet.History(1_500)), "--kind", kind, "--repeats", "5", "--json");
        run.Succeeds();
        var json = JsonElement.Parse(run.Out);

        Assert.Equal(["scorer", "features", "n"], json.EnumerateObject().Select(p => p.Name));
        Assert.Equal((kind, 301), (json.GetProperty("scorer").GetString(), json.GetProperty("n").GetInt32()));
        var features = json.GetProperty("features").EnumerateArray().Select(f => (Name: f.GetProperty("feature").GetString()!, Mean: f.GetProperty("mean").GetDouble(), Least: f.GetProperty("least").GetDouble(), Most: f.GetProperty("most").GetDouble())).ToList();
        Assert.EndsWith("useful", features[0].Name, StringComparison.Ordinal);
        Assert.True(features[0].Least > 0.05);
        var noise = features.Single(f => f.Name.EndsWith("noise", StringComparison.Ordinal));
        Assert.InRange(noise.Mean, -0.01, 0.01);
        Assert.True(features[0].Mean > 20 * Math.Abs(noise.Mean), run.Out);
        Assert.True(features.IndexOf(noise) > features.FindIndex(f => f.Name == "agent success rate"), run.Out);
        Assert.All(features, f => Assert.InRange(f.Mean, f.Least, f.Most));
        Assert.Equal(features.Select(f => f.Name), features.Select(f => f.Name).Distinct());
    }

    [Fact]
    public async Task As_text_it_is_a_line_for_each_feature_below_who_would_answer()
    {
        var run = await _witan.RunAsync("importance", _witan.Write("history.ndjson", Fleet.History(1_000)), "--repeats", "2");
        run.Succeeds();
        var lines = run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Matches(@"^[a-z0-9-]+, n = 201 fixes; how much the log loss rises when a feature is shuffled \(mean and standard deviation of 2 shuffles\)$", lines[0]);
        Assert.All(lines.Skip(1), line => Assert.Matches(@"^ +-?\d\.\d{5} ± \d\.\d{5}  [a-z]", line));
        Assert.EndsWith("useful", lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("oracle", "--kind", "oracle")]
    [InlineData("--repeats", "--repeats", "1")]
    [InlineData("--repeats", "--repeats", "1001")]
    [InlineData("--repeats", "--repeats", "often")]
    [InlineData("200 with 30")]
    public async Task What_cannot_be_is_an_error(string named, params string[] arguments) =>
        (await _witan.RunAsync(["importance", _witan.Write("small.ndjson", Fleet.History(100)), .. arguments])).FailsWith(named);

    [Fact]
    public async Task A_file_that_is_not_there_is_named() => (await _witan.RunAsync("importance", "nowhere.ndjson")).FailsWith("nowhere.ndjson");
}
