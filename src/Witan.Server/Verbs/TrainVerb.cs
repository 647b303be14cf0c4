using System.CommandLine;
using Witan.Server.Models;

namespace Witan.Server.Verbs;

/// <summary><c>witan train</c>: trains on the outcomes in the database and registers the result.</summary>
internal static class TrainVerb
{
    public static Command Command()
    {
        var command = new Command("train", """
            Train on all outcomes in the database. Each kind of scorer is judged on the newer 60 % of them, in blocks, by what was
            known before; the best becomes champion when a paired bootstrap over issues says that it is better, the others score
            in shadow. A running server takes the new models within seconds.
              witan train --database witan-data/demo.db
            """);
        var options = new DatabaseOptions(command);
        var json = new Option<bool>("--json") { Description = "Print the reports as JSON" };
        command.Options.Add(json);
        command.SetAction((parsed, cancel) => options.Read(parsed) is { } settings
            ? DatabaseOptions.WithRoomsAsync(settings, async app =>
            {
                var trained = await ProgressLines.RunAsync("training", progress => app.Services.GetRequiredService<ModelTraining>().TrainAsync(null, progress, cancel));
                if (trained.Version is null)
                    return DatabaseOptions.Fail(trained.Message);
                if (parsed.GetValue(json))
                    Console.WriteLine(trained.Result.ReportsJson());
                else
                    ReportTable.Print(trained.Result.Reports, Console.Out);
                Console.Error.WriteLine(trained.Message);
                return 0;
            }, cancel)
            : Task.FromResult(1));
        return command;
    }
}
