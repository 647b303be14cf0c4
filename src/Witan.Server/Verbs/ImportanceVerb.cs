using System.CommandLine;
using System.Globalization;
using Witan.Intelligence.Models;
using Witan.Intelligence.Training;

namespace Witan.Server.Verbs;

/// <summary><c>witan importance FILE</c>: what the champion of a file of outcomes lives by.</summary>
internal static class ImportanceVerb
{
    private const double TrainedShare = 0.8;

    public static Command Command()
    {
        var command = new Command("importance", """
            Train on the older four fifths of a file of outcomes, then shuffle each feature among the newer fifth and tell how much
            worse the log loss gets. A feature that says nothing is at 0, within its spread.
              witan importance history.ndjson.gz --repeats 20
            """);
        var file = new Argument<string>("FILE") { Description = "NDJSON in the import format, gzip by its ending .gz" };
        var kind = new Option<string?>("--kind") { Description = "The kind of scorer (default: the one that would answer)" };
        var repeats = new Option<int>("--repeats") { Description = "How often each feature is shuffled", DefaultValueFactory = _ => PermutationImportance.DefaultRepeats };
        var json = new Option<bool>("--json") { Description = "Print as JSON" };
        command.Arguments.Add(file);
        foreach (var option in new Option[] { kind, repeats, json })
            command.Options.Add(option);
        kind.AcceptOnlyFromAmong([.. ModelKinds.All]);
        command.SetAction(async (parsed, cancel) =>
        {
            if (parsed.GetValue(repeats) is not (>= 2 and <= 1_000))
                return DatabaseOptions.Fail("--repeats takes a number from 2 to 1000");
            try
            {
                if (await OutcomeFile.ReadAsync(parsed.GetRequiredValue(file), false, cancel) is not { } history)
                    return 1;
                var importance = await ProgressLines.RunAsync("importance", progress => Task.Run(
                    () => ChampionImportance.Of(history, TrainedShare, parsed.GetValue(kind), parsed.GetValue(repeats), progress, cancel), cancel));
                if (importance.N == 0)
                    return DatabaseOptions.Fail("too few outcomes: 200 with 30 of either kind are needed");
                if (parsed.GetValue(json))
                    Console.WriteLine(importance.ToJson());
                else
                    Print(importance);
                return 0;
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return DatabaseOptions.Fail("stopped");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return DatabaseOptions.Fail(e.Message);
            }
        });
        return command;
    }

    private static void Print(ChampionImportance result)
    {
        Console.WriteLine($"{result.Scorer}, n = {result.N} fixes; how much the log loss rises when a feature is shuffled (mean and standard deviation of {result.Features[0].Repeats} shuffles)");
        foreach (var feature in result.Features)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{feature.Mean,9:0.00000} ± {feature.Deviation:0.00000}  {feature.Feature}"));
    }
}
