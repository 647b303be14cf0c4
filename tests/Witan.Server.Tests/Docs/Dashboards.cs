using System.Text.Json;

namespace Witan.Server.Tests.Docs;

/// <summary>A query of a panel, and what the panel says of it.</summary>
internal sealed record PanelQuery(string Dashboard, string Panel, string Description, string Expression)
{
    /// <summary>As Grafana would send it, over all nodes and a short time.</summary>
    public string Filled => Expression.Replace("$instance", ".*", StringComparison.Ordinal).Replace("$__rate_interval", "20s", StringComparison.Ordinal).Replace("$__range", "5m", StringComparison.Ordinal);
}

/// <summary>The dashboards in deploy/grafana.</summary>
internal static class Dashboards
{
    public static IReadOnlyList<(string Name, JsonElement Json)> All { get; } =
        [.. Directory.EnumerateFiles(Deployment.PathOf("grafana"), "*.json").Order(StringComparer.Ordinal).Select(file => (Path.GetFileName(file), JsonElement.Parse(File.ReadAllText(file))))];

    /// <summary>The panels of a dashboard that show something.</summary>
    public static IEnumerable<JsonElement> Panels(JsonElement dashboard) => dashboard.GetProperty("panels").EnumerateArray().Where(panel => Text(panel, "type") != "row");

    public static IEnumerable<PanelQuery> Queries() =>
        from dashboard in All
        from panel in Panels(dashboard.Json)
        from target in panel.GetProperty("targets").EnumerateArray()
        select new PanelQuery(dashboard.Name, Text(panel, "title"), Text(panel, "description"), Text(target, "expr"));

    public static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
