using System.Text.Json;
using System.Text.RegularExpressions;

namespace Witan.Server.Tests.Docs;

/// <summary>The dashboards as files; <c>Resilience/PrometheusTests</c> asks a real Prometheus for what they show.</summary>
public sealed partial class DashboardTests
{
    [Fact]
    public void There_are_two_and_each_can_be_put_before_any_Prometheus_and_any_nodes()
    {
        Assert.Equal(["operations.json", "overview.json"], Dashboards.All.Select(dashboard => dashboard.Name));
        Assert.Equal(2, Dashboards.All.Select(dashboard => Dashboards.Text(dashboard.Json, "uid")).Distinct().Count());
        Assert.All(Dashboards.All, dashboard =>
        {
            Assert.Equal(39, dashboard.Json.GetProperty("schemaVersion").GetInt32()); // of Grafana 11
            Assert.Equal(["datasource", "instance"], dashboard.Json.GetProperty("templating").GetProperty("list").EnumerateArray().Select(variable => Dashboards.Text(variable, "name")));
            Assert.All(Dashboards.Panels(dashboard.Json), panel => Assert.Equal("${datasource}", Dashboards.Text(panel.GetProperty("datasource"), "uid")));
        });
    }

    [Fact]
    public void Each_panel_has_a_place_a_unit_and_says_what_it_shows()
    {
        foreach (var (_, dashboard) in Dashboards.All)
        {
            var panels = dashboard.GetProperty("panels").EnumerateArray().ToList();
            Assert.Equal(panels.Count, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
            var taken = panels.SelectMany(PlacesOf).ToList();
            Assert.Equal(taken.Count, taken.Distinct().Count());
            Assert.All(Dashboards.Panels(dashboard), panel =>
            {
                Assert.True(Dashboards.Text(panel, "description").Length >= 20, Dashboards.Text(panel, "title"));
                Assert.NotEmpty(Dashboards.Text(panel.GetProperty("fieldConfig").GetProperty("defaults"), "unit"));
            });
        }
    }

    [Fact]
    public void A_share_comes_with_the_number_that_it_is_of() => Assert.All(
        Dashboards.Queries().Where(query => query.Expression.Contains("agent_", StringComparison.Ordinal) && query.Expression.Contains(") / ", StringComparison.Ordinal)),
        query => Assert.Matches(@"\bn\b", query.Description));

    [Fact]
    public void They_show_every_metric_and_no_other()
    {
        var known = File.ReadAllLines(Path.Combine(House.Root, "tests/Witan.Server.Tests/Snapshots/metrics.txt")).Select(line => line.Split(' ')[0]).ToHashSet();
        var shown = Dashboards.Queries().SelectMany(query => Metric().Matches(query.Expression).Select(metric => known.Contains(metric.Value) ? metric.Value : Suffix().Replace(metric.Value, ""))).ToHashSet();
        Assert.Equal(known.Append("up").Order(StringComparer.Ordinal), shown.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<(int X, int Y)> PlacesOf(JsonElement panel)
    {
        var place = panel.GetProperty("gridPos");
        var (x, y, w, h) = (place.GetProperty("x").GetInt32(), place.GetProperty("y").GetInt32(), place.GetProperty("w").GetInt32(), place.GetProperty("h").GetInt32());
        Assert.InRange(x + w, 1, 24);
        return from column in Enumerable.Range(x, w) from row in Enumerable.Range(y, h) select (column, row);
    }

    [GeneratedRegex(@"\b[a-z_]+(?=\{)")]
    private static partial Regex Metric();

    [GeneratedRegex("_(?:bucket|sum|count)$")]
    private static partial Regex Suffix();
}
