using System.CommandLine;
using Witan.Intelligence.Training;
using Witan.Server.Models;
using Witan.Server.Platform.Http;
using Witan.Server.TrackRecords;

namespace Witan.Server.Verbs;

/// <summary><c>witan demo</c>: real outcomes, a first model and a server, in a database of its own.</summary>
internal static class DemoVerb
{
    private const string DemoDatabase = "witan-data/demo.db";
    private const string DataFile = "data/swebench_verified.ndjson.gz";

    public static Command Command()
    {
        var command = new Command("demo", """
            Import 27,808 real outcomes of coding agents, train on them, show how true the numbers are, and serve.
              witan demo
              witan demo --fresh
            """);
        var options = new DatabaseOptions(command, listens: true);
        var fresh = new Option<bool>("--fresh") { Description = "Start the demo's database over; nothing else is touched" };
        command.Options.Add(fresh);
        command.SetAction(async (parsed, cancel) =>
        {
            if (options.Read(parsed, DemoDatabase) is not { } settings)
                return 1;
            if (parsed.GetValue(fresh) && !TryDelete(settings.Database))
                return 1;
            return await DatabaseOptions.WithRoomsAsync(settings, app => RunAsync(app, settings, cancel), cancel);
        });
        return command;
    }

    private static async Task<int> RunAsync(WebApplication app, Settings settings, CancellationToken cancel)
    {
        var history = await DemoHistory.ReadAsync(Path.Combine(AppContext.BaseDirectory, DataFile), cancel);
        TrainedModel? trained = null;
        if (app.Services.GetRequiredService<ModelRegistry>().Serving.Version == ServingScorers.TrackRecord)
        {
            var imported = await ImportVerb.ImportAsync(app, history.Older(), "older.ndjson", cancel);
            if (imported.Broken is not null || imported.Refused.Count > 0)
                return DatabaseOptions.Fail($"the bundled data cannot be read: {imported.Broken ?? imported.Refused[0].Error}");
            trained = await ProgressLines.RunAsync("training", progress =>
                app.Services.GetRequiredService<ModelTraining>().TrainAsync(TrainingOptions.QuickKinds, progress, cancel));
            if (trained.Version is null)
                return DatabaseOptions.Fail(trained.Message);
        }
        if (Known(app) < history.Count) // also where an earlier run was interrupted
        {
            await ProgressLines.RunAsync("replay", async progress =>
            {
                await history.ReplayAsync(app, progress, cancel);
                return true;
            });
            await new DemoCouncil(app).SeedAsync(cancel);
        }
        Report(trained, settings, Known(app));
        Console.WriteLine();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true); // give back what import and training took
        return await ServeVerb.ServeAsync(app, settings, cancel, () => PrintCommands(app.Urls.First()));
    }

    private static int Known(WebApplication app) => app.Services.GetRequiredService<OutcomeLog>().Read(book => book.Count);

    private static void Report(TrainedModel? trained, Settings settings, int known)
    {
        if (trained is null)
        {
            Console.WriteLine($"{settings.Database} holds {known} outcomes and a trained model from an earlier run; --fresh starts over.");
            return;
        }
        Console.WriteLine();
        Console.WriteLine("Judged on the newer part of these outcomes, each by scorers that were fitted on what was known before it:");
        ReportTable.Print(trained.Result.Reports, Console.Out);
        Console.WriteLine($"{trained.Message} The forests take longer than a demo should: `witan train` fits them too.");
    }

    private static void PrintCommands(string url)
    {
        var fixes = $"{url}{Api.Prefix}/auto-fixes";
        Console.WriteLine($$"""

            Try, in another shell:
              # may I trust this fix? (an agent with a record, an issue that others have tried)
              curl -s {{fixes}} -H 'Content-Type: application/json' -d '{"agentId":"20250514_aime_coder","fixStrategy":"code_patch","issue":"django__django-14017","repository":"django/django"}'
              # report how it ended (put in the id of the answer)
              curl -s {{fixes}}/ID/outcome -H 'Content-Type: application/json' -d '{"success":true,"durationMs":41000}'
              # look back
              curl -s '{{fixes}}?issue=django__django-14017&limit=3'
            """);
    }

    private static bool TryDelete(string database)
    {
        try
        {
            foreach (var file in new[] { database, $"{database}-wal", $"{database}-shm" })
                File.Delete(file);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            DatabaseOptions.Fail($"{database} cannot be deleted: {e.Message}");
            return false;
        }
    }
}
