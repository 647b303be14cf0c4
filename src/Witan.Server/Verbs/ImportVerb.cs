using System.CommandLine;
using Witan.Server.Fixes;

namespace Witan.Server.Verbs;

/// <summary><c>witan import FILE</c>: takes a history of fixes into the database.</summary>
internal static class ImportVerb
{
    private const int MostErrorsShown = 20;

    public static Command Command()
    {
        var command = new Command("import", """
            Import fixes with their outcomes from NDJSON, a fix on each line as POST /auto-fixes takes it, or from CSV with a
            header that names the same fields (agentId, fixStrategy, outcome.success, attributes.anything).
            The same file twice adds nothing; a bad line is reported with its number and the rest goes in.
              witan import history.ndjson
              witan import history.csv.gz
              zcat history.ndjson.gz | witan import -
            """);
        var file = new Argument<string>("FILE") { Description = "The file, CSV by its ending .csv, gzip by .gz after it, or - for NDJSON from standard input" };
        command.Arguments.Add(file);
        var options = new DatabaseOptions(command);
        command.SetAction((parsed, cancel) => options.Read(parsed) is { } settings
            ? DatabaseOptions.WithRoomsAsync(settings, app => RunAsync(app, parsed.GetRequiredValue(file), cancel), cancel)
            : Task.FromResult(1));
        return command;
    }

    private static async Task<int> RunAsync(WebApplication app, string file, CancellationToken cancel)
    {
        if (file != "-" && !File.Exists(file))
            return DatabaseOptions.Fail($"there is no file {file}");
        await using var input = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
        var result = await ImportAsync(app, input, file, cancel);
        foreach (var (line, error) in result.Refused.OrderBy(r => r.Line).Take(MostErrorsShown))
            Console.Error.WriteLine($"line {line}: {error}");
        if (result.Refused.Count > MostErrorsShown)
            Console.Error.WriteLine($"… and {result.Refused.Count - MostErrorsShown} more lines");
        Console.WriteLine($"{result.Added} added, {result.Known} known already, {result.Refused.Count} refused.");
        if (result.Broken is not null)
            return DatabaseOptions.Fail(result.Broken);
        return result.Refused.Count == 0 ? 0 : 1;
    }

    /// <summary>Imports with progress: the share of the file that was read, or lines where its length is not known.</summary>
    public static Task<ImportResult> ImportAsync(WebApplication app, Stream input, string name, CancellationToken cancel)
    {
        var import = app.Services.GetRequiredService<FixImport>();
        return ProgressLines.RunAsync("importing", progress => import.RunAsync(
            input, name, new Lines(lines => progress.Report(new($"{lines} lines", input.CanSeek && input.CanRead ? (double)input.Position / input.Length : 0))), cancel));
    }

    private sealed class Lines(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
