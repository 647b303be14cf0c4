using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Witan.Client;

namespace Witan.Server.Verbs;

/// <summary><c>witan list WHAT</c>: looks back over what a running server knows.</summary>
internal static class ListVerb
{
    // What is listed, where, under which name, and which fields tell it at a glance.
    private static readonly Dictionary<string, (string Path, string Items, string[] Columns)> Lists = new()
    {
        ["fixes"] = ("auto-fixes", "autoFixes", ["id", "agentId", "fixStrategy", "issue", "decision", "confidence", "status"]),
        ["learnings"] = ("learnings", "learnings", ["pattern", "confidence", "timesApplied", "successes", "agentDomains"]),
        ["collaborations"] = ("collaborations", "collaborations", ["id", "type", "leader", "status", "progress", "outcome", "decision"]),
        ["votes"] = ("votes", "votes", ["collaborationId", "voterId", "vote", "expertise", "votedAt"]),
        ["agents"] = ("agents", "agents", ["id", "family", "overall.n", "overall.rate", "lastSeen"]),
        ["models"] = ("models", "models", ["version", "kind", "status", "outcomes", "createdAt"]),
        ["trainings"] = ("models/trainings", "trainings", ["id", "status", "reason", "version", "startedAt"]),
        ["experiments"] = ("experiments", "experiments", ["name", "mode", "share", "outcomesUsed", "verdict", "better"]),
    };

    public static Command Command()
    {
        var command = new Command("list", """
            List what a running server knows, newest first. Filters are those of the API, as name=value.
              witan list fixes agentId=claude-code success=false
              witan list learnings domain=backend minConfidence=0.7 --limit 10
            """);
        var what = new Argument<string>("WHAT") { Description = string.Join(", ", Lists.Keys) };
        what.AcceptOnlyFromAmong([.. Lists.Keys]);
        var filters = new Argument<string[]>("FILTER") { Description = "name=value", Arity = ArgumentArity.ZeroOrMore };
        var limit = new Option<int>("--limit") { Description = "How many at the most, 1 to 200", DefaultValueFactory = _ => 20 };
        command.Arguments.Add(what);
        command.Arguments.Add(filters);
        command.Options.Add(limit);
        var options = new ClientOptions(command);
        command.SetAction((parsed, cancel) => options.RunAsync(parsed, async client =>
        {
            var (path, items, columns) = Lists[parsed.GetRequiredValue(what)];
            var query = (parsed.GetValue(filters) ?? []).Select(filter => filter.Split('=', 2)).Select(f => (f[0], f.Length > 1 ? f[1] : "")).ToList();
            var page = await client.GetJsonAsync(path, [.. query, ("limit", parsed.GetValue(limit).ToString(System.Globalization.CultureInfo.InvariantCulture))], cancel);
            if (parsed.GetValue(options.Json))
                Console.WriteLine(page.GetRawText());
            else
                Print(JsonNode.Parse(page.GetProperty(items).GetRawText())!.AsArray(), columns);
            return 0;
        }));
        return command;
    }

    private static void Print(JsonArray rows, string[] columns)
    {
        if (rows.Count == 0)
        {
            Console.WriteLine("Nothing matches.");
            return;
        }
        var cells = rows.Select(row => columns.Select(column => Cell(column.Split('.').Aggregate(row, (node, name) => node?[name]))).ToArray()).Prepend(columns).ToList();
        var widths = columns.Select((_, i) => cells.Max(row => row[i].Length)).ToArray();
        foreach (var row in cells)
            Console.WriteLine(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }

    private static string Cell(JsonNode? node) => node switch
    {
        null => "-",
        JsonArray list => string.Join(',', list.Select(item => item?.ToString())),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number && value.ToJsonString().Contains('.') => value.GetValue<double>().ToString("0.000", System.Globalization.CultureInfo.InvariantCulture),
        _ => node.ToString(),
    };
}
