using System.Globalization;
using System.Text.Json;

namespace Witan.Server.Tests.Verbs;

/// <summary><c>witan evaluate</c> and <c>witan train</c>.</summary>
public sealed class TrainingTests : IDisposable
{
    private readonly WitanProcess _witan = new();

    public void Dispose() => _witan.Dispose();

    [Fact]
    public async Task An_evaluation_is_a_table_or_JSON()
    {
        var file = _witan.Write("history.ndjson", History(900));
        var table = await _witan.RunAsync("evaluate", file);
        table.Succeeds();
        Assert.Contains("log loss", table.Out, StringComparison.Ordinal);

        var json = await _witan.RunAsync("evaluate", file, "--json");
        json.Succeeds();
        var reports = JsonDocument.Parse(json.Out).RootElement.GetProperty("reports");
        Assert.Contains(reports.EnumerateArray(), r => r.GetProperty("scorer").GetString() == "logistic");
        Assert.All(reports.EnumerateArray(), r => Assert.InRange(r.GetProperty("n").GetInt32(), 1, 900));
        Assert.False(File.Exists(_witan.Database));
    }

    [Fact]
    public async Task A_split_judges_only_what_was_proposed_after_it()
    {
        var file = _witan.Write("history.ndjson", History(900));
        var run = await _witan.RunAsync("evaluate", file, "--train-from", "2026-01-02", "--train-until", "2026-01-26T00:00:00Z", "--json");
        run.Succeeds();
        // One fix an hour from the first of January on: the first 600 lie before the 26th.
        Assert.All(JsonDocument.Parse(run.Out).RootElement.GetProperty("reports").EnumerateArray(), r => Assert.Equal(300, r.GetProperty("n").GetInt32()));
    }

    [Theory]
    [InlineData("--train-from", "yesterday")]
    [InlineData("--train-until", "2026-02-30")]
    [InlineData("--train-until", "2026-01-26T00:00:00")]
    [InlineData("--train-until", "")]
    public async Task A_bad_day_is_an_error(string flag, string day) =>
        (await _witan.RunAsync("evaluate", _witan.Write("history.ndjson", History(10)), flag, day)).FailsWith(flag, "2024-12-15");

    [Theory]
    [InlineData("2")]
    [InlineData("-0.5")]
    [InlineData("NaN")]
    [InlineData("high")]
    public async Task A_gate_that_is_no_probability_is_an_error(string gate) =>
        (await _witan.RunAsync("evaluate", _witan.Write("history.ndjson", History(900)), "--gate", gate)).FailsWith("gate");

    [Fact]
    public async Task Too_little_to_judge_is_an_error()
    {
        (await _witan.RunAsync("evaluate", _witan.Write("small.ndjson", History(100)))).FailsWith("100 outcomes");
        (await _witan.RunAsync("evaluate", _witan.Write("late.ndjson", History(900)), "--train-until", "2030-01-01")).FailsWith("900 outcomes");
        (await _witan.RunAsync("evaluate", _witan.Write("empty.ndjson", ""))).FailsWith("holds no outcome");
        (await _witan.RunAsync("evaluate", "nowhere.ndjson")).FailsWith("nowhere.ndjson");
        (await _witan.RunAsync("evaluate", _witan.Write("plain.ndjson.gz", History(900)))).FailsWith("gzip");
    }

    [Fact]
    public async Task Bad_lines_are_reported_and_left_out()
    {
        var run = await _witan.RunAsync("evaluate", _witan.Write("history.ndjson", $"nonsense\n{History(900)}"));
        run.Succeeds();
        Assert.Contains("line 1: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("1 of 901 lines", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Training_on_too_little_is_refused_with_the_reason()
    {
        (await _witan.RunAsync("train")).FailsWith("outcomes");
        (await _witan.RunAsync("import", _witan.Write("small.ndjson", History(50)))).Succeeds();
        (await _witan.RunAsync("train")).FailsWith("50", "outcomes");
    }

    [Fact]
    public async Task Training_registers_a_model()
    {
        (await _witan.RunAsync("import", _witan.Write("history.ndjson", History(900)))).Succeeds();
        var run = await _witan.RunAsync("train", "--json");
        run.Succeeds();
        Assert.NotEqual(0, JsonDocument.Parse(run.Out).RootElement.GetArrayLength());
        Assert.Contains("was trained and", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_prints_how_each_kind_did_and_who_is_the_champion()
    {
        (await _witan.RunAsync("import", _witan.Write("history.ndjson", Fleet.History(600)))).Succeeds();
        var run = await _witan.RunAsync("train");
        run.Succeeds();

        Assert.Matches(@"^n = 3[56]\d fixes on \d+ issues", run.Out);
        Assert.All(new[] { "constant", "heuristic", "track-record", "logistic", "boosted", "forest-25", "forest", "ensemble" }, kind => Assert.Matches($"(?m)^{kind} ", run.Out));
        Assert.Matches("(?m)^model-1 was trained and is the champion now: the [a-z0-9-]+ has a lower log loss than the track-record ", run.Error);
        Assert.Matches("(?m)^model-6 was trained and is the champion now: the [a-z0-9-]+ ", (await _witan.RunAsync("train")).Error);
    }

    // A good agent and a bad one, a fix an hour.
    private static string History(int count) => string.Join('\n', Enumerable.Range(0, count).Select(i =>
    {
        var good = i % 2 == 0;
        var success = good ? i % 10 != 0 : i % 7 == 0;
        var at = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddHours(i).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return $$$"""{"agentId":"{{{(good ? "good" : "bad")}}}","fixStrategy":"code_patch","issue":"issue-{{{i / 6}}}","proposedAt":"{{{at}}}","outcome":{"success":{{{(success ? "true" : "false")}}},"durationMs":60000}}""";
    }));
}
