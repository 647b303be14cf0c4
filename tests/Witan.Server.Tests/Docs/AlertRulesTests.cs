using System.Text.RegularExpressions;

namespace Witan.Server.Tests.Docs;

/// <summary>The rules for Prometheus: readable, and each alert comes when it should and not otherwise.</summary>
public sealed partial class AlertRulesTests : IDisposable
{
    private const string Rules = "prometheus/rules.yml";
    private const string Cases = "prometheus/rules.test.yml";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("witan-rules-");

    private static List<string> Alerts => [.. Alert().Matches(Deployment.Read(Rules)).Select(alert => alert.Groups[1].Value)];

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Prometheus_can_read_its_configuration()
    {
        foreach (var file in new[] { "prometheus/prometheus.yml", Rules })
            File.Copy(Deployment.PathOf(file), Path.Combine(_folder.FullName, Path.GetFileName(file)));
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "witan.key"), "a key", TestContext.Current.CancellationToken);
        Passes(await Deployment.RunAsync("promtool", "check", "config", Path.Combine(_folder.FullName, "prometheus.yml")));
        Passes(await Deployment.RunAsync("promtool", "check", "rules", "--lint=all", "--lint-fatal", Path.Combine(_folder.FullName, "rules.yml")));
    }

    [Fact]
    public async Task Each_case_comes_out_as_it_says() => Passes(await Deployment.RunAsync("promtool", "test", "rules", Deployment.PathOf(Cases)));

    [Fact]
    public async Task An_alert_that_never_came_would_be_found_out() => Assert.Equal(Alerts, Failed(await WithAsync("vector(1) > 2"), isExpected: true));

    [Fact]
    public async Task An_alert_that_always_came_would_be_found_out() => Assert.Equal(Alerts, Failed(await WithAsync("vector(1)"), isExpected: false));

    [Fact]
    public void Each_alert_has_a_severity_a_summary_and_says_what_to_do()
    {
        var blocks = Deployment.Read(Rules).Split("      - alert: ")[1..];
        Assert.True(blocks.Length > 15);
        Assert.Equal(Alerts.Count, Alerts.Distinct().Count());
        Assert.All(blocks, block =>
        {
            Assert.Matches(@"severity: (critical|warning) \}", block);
            Assert.Matches(@"summary: "".{15,}""", block);
            Assert.Matches(@"description: >-\n\s+.{60,}", block);
        });
    }

    [Fact]
    public void Rules_speak_of_metrics_that_there_are()
    {
        var known = File.ReadAllLines(Path.Combine(House.Root, "tests/Witan.Server.Tests/Snapshots/metrics.txt")).Select(line => line.Split(' ')[0]).ToHashSet();
        var used = Metric().Matches(Deployment.Read(Rules)).Select(metric => Suffix().Replace(metric.Value, "")).Distinct().ToList();
        Assert.True(used.Count > 10);
        Assert.Empty(used.Except(known));
    }

    // The same cases on rules of which every alert has another condition, and comes at once.
    private async Task<string> WithAsync(string condition)
    {
        var rules = Waiting().Replace(Condition().Replace(Deployment.Read(Rules), $"$1{condition}"), "");
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "rules.yml"), rules, TestContext.Current.CancellationToken);
        File.Copy(Deployment.PathOf(Cases), Path.Combine(_folder.FullName, "rules.test.yml"));
        var (code, said) = await Deployment.RunAsync("promtool", "test", "rules", Path.Combine(_folder.FullName, "rules.test.yml"));
        Assert.NotEqual(0, code);
        return said;
    }

    // The alerts that were expected and did not come, or came and were not.
    private static IEnumerable<string> Failed(string said, bool isExpected) =>
        FailedCase().Matches(said).Where(failed => isExpected == (failed.Groups[2].Value != "nil")).Select(failed => failed.Groups[1].Value).Distinct();

    private static void Passes((int Code, string Said) run) => Assert.True(run.Code == 0, run.Said);

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex Alert();

    [GeneratedRegex(@"(- alert: \w+\n\s+expr: ).+")]
    private static partial Regex Condition();

    [GeneratedRegex(@"\n\s+for: \w+")]
    private static partial Regex Waiting();

    [GeneratedRegex(@"alertname=\\""(\w+)\\"".*\n\s+exp: (.*)")]
    private static partial Regex FailedCase();

    [GeneratedRegex(@"(?<![\w:/.])(?:agent|ml|http|cache|db|ratelimit|circuit|system)_[a-z_]+[a-z](?=[\[{) ]|$)", RegexOptions.Multiline)]
    private static partial Regex Metric();

    [GeneratedRegex("_bucket$")]
    private static partial Regex Suffix();
}
