using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsvHelper;
using Witan.Client;
using Witan.Server.Fixes;

namespace Witan.Server.Verbs;

/// <summary><c>witan export</c>: all fixes in the format that import takes.</summary>
internal static class ExportVerb
{
    private static readonly string[] Columns =
    [
        "agentId", "fixStrategy", "externalId", "issue", "repository", "domain", "layers", "error", "family", "model", "changes.files",
        "changes.linesAdded", "changes.linesDeleted", "changes.paths", "attributes", "proposedAt", "outcome.success", "outcome.durationMs",
        "outcome.errorMessage", "outcome.rolledBack", "outcome.completedAt",
    ];

    private static readonly JsonSerializerOptions WithoutNulls = new(WitanJson.Default.Options)
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    public static Command Command()
    {
        var command = new Command("export", """
            Write all fixes with their outcomes, in the order of their proposals, as import takes them.
              witan export > history.ndjson
              witan export history.csv
            """);
        var file = new Argument<string>("FILE") { Description = "The file, CSV by its ending .csv; - for standard output", DefaultValueFactory = _ => "-" };
        var csv = new Option<bool>("--csv") { Description = "CSV with a header, whatever the name of the file" };
        command.Arguments.Add(file);
        command.Options.Add(csv);
        var options = new DatabaseOptions(command);
        command.SetAction((parsed, cancel) => options.Read(parsed) is { } settings
            ? DatabaseOptions.WithRoomsAsync(settings, app => RunAsync(app, parsed.GetRequiredValue(file), parsed.GetValue(csv), cancel), cancel)
            : Task.FromResult(1));
        return command;
    }

    private static async Task<int> RunAsync(WebApplication app, string file, bool csv, CancellationToken cancel)
    {
        var isGzip = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        var isCsv = csv || (isGzip ? file[..^3] : file).EndsWith(".csv", StringComparison.OrdinalIgnoreCase);
        Stream stream;
        try
        {
            stream = file == "-" ? Console.OpenStandardOutput() : File.Create(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return DatabaseOptions.Fail($"{file} cannot be written: {e.Message}");
        }
        await using var output = new StreamWriter(isGzip ? new System.IO.Compression.GZipStream(stream, System.IO.Compression.CompressionLevel.Optimal) : stream);
        var fixes = app.Services.GetRequiredService<FixStore>().AllAsync(cancel);
        var count = isCsv ? await WriteCsvAsync(fixes, output) : await WriteNdjsonAsync(fixes, output);
        await Console.Error.WriteLineAsync($"{count} fixes exported.");
        return 0;
    }

    private static async Task<int> WriteNdjsonAsync(IAsyncEnumerable<FixRow> fixes, StreamWriter output)
    {
        var count = 0;
        await foreach (var fix in fixes)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(fix.ToProposal(), WithoutNulls));
            count++;
        }
        return count;
    }

    private static async Task<int> WriteCsvAsync(IAsyncEnumerable<FixRow> fixes, StreamWriter output)
    {
        await using var csv = new CsvWriter(output, CultureInfo.InvariantCulture, leaveOpen: true);
        foreach (var column in Columns)
            csv.WriteField(column);
        await csv.NextRecordAsync();
        var count = 0;
        await foreach (var fix in fixes)
        {
            var json = JsonSerializer.SerializeToNode(fix.ToProposal(), WithoutNulls)!;
            foreach (var column in Columns)
                csv.WriteField(CellOf(column.Split('.').Aggregate((JsonNode?)json, (node, name) => node?[name])));
            await csv.NextRecordAsync();
            count++;
        }
        return count;
    }

    private static string CellOf(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : node?.ToJsonString() ?? "";
}
