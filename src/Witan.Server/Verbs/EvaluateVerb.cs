using System.CommandLine;
using Witan.Client;
using Witan.Fixes;
using Witan.Intelligence.Models;
using Witan.Intelligence.Training;

namespace Witan.Server.Verbs;

/// <summary><c>witan evaluate FILE</c>: judges every scorer on a file of outcomes, each fix before its outcome counted.</summary>
internal static class EvaluateVerb
{
    private sealed record Request(
        string File, DateTimeOffset? From, DateTimeOffset? Until, double Gate, double Budget, bool WithholdIssues, string? Reference, string? Plot, bool Json);

    public static Command Command()
    {
        var command = new Command("evaluate", """
            Replay a file of outcomes in time order and report how each scorer would have done; no database is touched.
            Without --train-until it is prequential: predict, reveal, and refit whenever a quarter more outcomes have come.
              witan evaluate history.ndjson.gz
              witan evaluate history.ndjson --train-from 2024-04-01 --train-until 2024-12-15 --plot curves.svg
              witan evaluate history.ndjson --train-until 2024-12-15 --reference others.csv
            """);
        var file = new Argument<string>("FILE") { Description = "NDJSON in the import format, gzip by its ending .gz" };
        var from = new Option<string?>("--train-from") { Description = "Proposals before this day or time only feed the track records" };
        var until = new Option<string?>("--train-until") { Description = "Train once on what was known by then, judge what was proposed from then on" };
        var gate = new Option<double>("--gate") { Description = "The confidence from which a fix is applied without a human", DefaultValueFactory = _ => new Policy().AutoApply };
        var budget = new Option<double>("--budget") { Description = "The share of what is applied that may fail, for a gate chosen on what came before", DefaultValueFactory = _ => 0.05 };
        var withhold = new Option<bool>("--withhold-issues") { Description = "Judge as if no fix had told its issue" };
        var reference = new Option<string?>("--reference") { Description = "A CSV with the header line,p: other predictions of the same lines, compared pair by pair" };
        var plot = new Option<string?>("--plot") { Description = "Draw reliability and risk against coverage into this SVG file" };
        var json = new Option<bool>("--json") { Description = "Print everything as JSON" };
        command.Arguments.Add(file);
        foreach (var option in new Option[] { from, until, gate, budget, withhold, reference, plot, json })
            command.Options.Add(option);
        command.SetAction(async (parsed, cancel) =>
        {
            if (parsed.GetValue(gate) is not (>= 0 and <= 1))
                return DatabaseOptions.Fail("--gate takes a probability from 0 to 1");
            if (parsed.GetValue(budget) is not (> 0 and < 1))
                return DatabaseOptions.Fail("--budget takes a share between 0 and 1, for example 0.05");
            if (!TryTime(parsed.GetValue(from), out var trainFrom) || !TryTime(parsed.GetValue(until), out var trainUntil))
                return DatabaseOptions.Fail("--train-from and --train-until take a day like 2024-12-15 or an RFC 3339 time");
            try
            {
                return await RunAsync(new(parsed.GetRequiredValue(file), trainFrom, trainUntil, parsed.GetValue(gate), parsed.GetValue(budget),
                    parsed.GetValue(withhold), parsed.GetValue(reference), parsed.GetValue(plot), parsed.GetValue(json)), cancel);
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

    private static async Task<int> RunAsync(Request request, CancellationToken cancel)
    {
        IReadOnlyDictionary<int, double>? predictions = null;
        if (request.Reference is { } path)
        {
            (predictions, var problem) = ReferencePredictions.Read(path);
            if (problem is not null)
                return DatabaseOptions.Fail(problem);
        }
        if (await OutcomeFile.ReadAsync(request.File, request.WithholdIssues, cancel) is not { } history)
            return 1;
        var plan = request.Until is null ? EvaluationPlan.Prequential(history, request.From) : new(request.From, [request.Until.Value]);
        var options = new TrainingOptions { From = request.From, Gate = request.Gate };
        var (run, summary) = await ProgressLines.RunAsync("evaluating", progress => Task.Run(
            () =>
            {
                var judged = Evaluation.Run(history, plan, options, request.Budget, progress, cancel);
                var reference = predictions is null ? ((string, IReadOnlyDictionary<int, double>)?)null : (Path.GetFileName(request.Reference!), predictions);
                return (judged, judged.Fixes.Count == 0 ? null : EvaluationSummary.Of(judged, reference, progress, cancel));
            },
            cancel));
        if (summary is null)
            return DatabaseOptions.Fail($"nothing can be judged: of {history.Attempts.Count} outcomes too few lie before or after the split (200 are needed before the first fit)");
        if (predictions is not null && summary.Against.Count == 0)
            return DatabaseOptions.Fail($"{request.Reference} predicts none of the lines that were judged");
        if (request.Json)
            Console.WriteLine(summary.ToJson());
        else
            ReportTable.Print(summary, Console.Out);
        if (request.Plot is { } plot)
            EvaluationPlot.Write(plot, $"{Path.GetFileName(request.File)}, n = {run.Fixes.Count}", [.. Plotted(run, summary)]);
        return 0;
    }

    // The one that would have answered first, the others by their log loss.
    private static IEnumerable<PlottedScorer> Plotted(EvaluationRun run, EvaluationSummary summary)
    {
        var losses = summary.Reports.ToDictionary(report => report.Scorer, report => report.LogLoss.Value ?? double.NaN);
        return run.Scores.OrderBy(s => s.Kind == Evaluation.Champion ? 0 : 1).ThenBy(s => losses[s.Kind])
            .Select(s => new PlottedScorer(s.Kind, ScoreCurves.Of(s.Scores, run.Labels), losses[s.Kind]));
    }

    private static bool TryTime(string? text, out DateTimeOffset? time)
    {
        time = null;
        if (text is null)
            return true;
        if (!WitanTime.TryParse(text.Length == 10 ? $"{text}T00:00:00Z" : text, out var parsed))
            return false;
        time = parsed;
        return true;
    }
}
