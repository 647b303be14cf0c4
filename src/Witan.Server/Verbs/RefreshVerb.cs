using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Witan.Client;
using Witan.Server.Stats;
using Witan.Server.Storage;

namespace Witan.Server.Verbs;

/// <summary><c>witan refresh</c>: makes the summaries anew.</summary>
internal static class RefreshVerb
{
    public static Command Command()
    {
        var command = new Command("refresh", """
            Make the summaries behind /stats anew, beside running servers (one of them does it every 15 minutes). On SQLite they
            are always fresh, and there is nothing to do.
              witan refresh --database "Host=db;Database=witan"
            """);
        var options = new DatabaseOptions(command);
        var json = new Option<bool>("--json") { Description = "Print what was done as JSON" };
        command.Options.Add(json);
        command.SetAction(async (parsed, cancel) =>
        {
            if (options.Read(parsed) is not { } settings)
                return 1;
            await using var database = Database.Of(settings.Database);
            return await DatabaseOptions.GuardAsync(async () =>
            {
                database.Migrate();
                await using var duties = new Duties(database);
                using var refresh = new SummaryRefresh(database, duties, TimeProvider.System, NullLogger<SummaryRefresh>.Instance);
                var answer = await refresh.RunAsync(cancel);
                await database.TellAsync(Change.Summaries, cancel);
                if (parsed.GetValue(json))
                    Console.WriteLine(JsonSerializer.Serialize(answer, WitanJson.Default.RefreshAnswer));
                else
                    foreach (var summary in answer.Summaries)
                        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{summary.Summary,-26}{summary.DurationMs,8:0} ms"));
                return 0;
            }, cancel);
        });
        return command;
    }
}
