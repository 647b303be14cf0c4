using System.CommandLine;
using Witan.Client;
using Witan.Fixes;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;
using Witan.Server.Fixes;
using Witan.Server.Platform.Http;

namespace Witan.Server.Verbs;

/// <summary><c>witan evaluate FILE</c>: judges every scorer on a file of outcomes, each fix before its outcome counted.</summary>
internal static class EvaluateVerb
{
    public static Command Command()
    {
        var command = new Command("evaluate", """
            Replay a file of outcomes in time order and report how each scorer would have done; no database is touched.
            Without --train-until it is prequential: predict, reveal, and refit whenever a quarter more outcomes have come.
              witan evaluate history.ndjson.gz
              witan evaluate history.ndjson --train-from 2024-04-01 --train-until 2024-12-15
            """);
        var file = new Argument<string>("FILE") { Description = "NDJSON in the import format, gzip by its ending .gz" };
        var from = new Option<string?>("--train-from") { Description = "Proposals before this day or time only feed the track records" };
        var until = new Option<string?>("--train-until") { Description = "Train once on what was known by then, judge what was proposed from then on" };
        var gate = new Option<double>("--gate") { Description = "The confidence from which a fix is applied without a human", DefaultValueFactory = _ => new Policy().AutoApply };
        var json = new Option<bool>("--json") { Description = "Print the reports as JSON" };
        command.Arguments.Add(file);
        foreach (var option in new Option[] { from, until, gate, json })
            command.Options.Add(option);
        command.SetAction(async (parsed, cancel) =>
        {
            var path = parsed.GetRequiredValue(file);
            if (!File.Exists(path))
                return DatabaseOptions.Fail($"there is no file {path}");
            if (parsed.GetValue(gate) is not (>= 0 and <= 1))
                return DatabaseOptions.Fail("--gate takes a probability from 0 to 1");
            if (!TryTime(parsed.GetValue(from), out var trainFrom) || !TryTime(parsed.GetValue(until), out var trainUntil))
                return DatabaseOptions.Fail("--train-from and --train-until take a day like 2024-12-15 or an RFC 3339 time");
            try
            {
                return await RunAsync(path, trainFrom, trainUntil, parsed.GetValue(gate), parsed.GetValue(json), cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return DatabaseOptions.Fail("stopped");
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(string path, DateTimeOffset? from, DateTimeOffset? until, double gate, bool json, CancellationToken cancel)
    {
        var (events, problem) = await ReadAsync(path, cancel);
        if (problem is not null)
            return DatabaseOptions.Fail(problem);
        var history = new OutcomeHistory(events);
        var plan = until is null ? EvaluationPlan.Prequential(history, from) : new(from, [until.Value]);
        var reports = await ProgressLines.RunAsync("evaluating", progress => Task.Run(() => Evaluation.Run(history, plan, gate, progress, cancel), cancel));
        if (reports.Count == 0)
            return DatabaseOptions.Fail($"nothing can be judged: of {history.Attempts.Count} outcomes too few lie before or after the split (200 are needed before the first fit)");
        if (json)
            Console.WriteLine(new TrainingResult(null, reports, null).ReportsJson());
        else
            ReportTable.Print(reports, Console.Out);
        return 0;
    }

    private static async Task<(List<OutcomeEvent> Events, string? Problem)> ReadAsync(string path, CancellationToken cancel)
    {
        await using var file = File.OpenRead(path);
        await using var plain = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? Decompression.Gzip(file) : file;
        using var reader = new StreamReader(plain);
        var events = new List<OutcomeEvent>();
        var (number, refused) = (0, 0);
        try
        {
            while (await reader.ReadLineAsync(cancel) is { } line)
            {
                number++;
                if (string.IsNullOrWhiteSpace(line))
                    continue;
                var (draft, error) = FixBatch.Parse(System.Text.Encoding.UTF8.GetBytes(line), DateTimeOffset.MaxValue - TimeSpan.FromDays(1));
                if (draft is null && refused++ < 20)
                    await Console.Error.WriteLineAsync($"line {number}: {error}");
                if (draft?.Outcome is not null)
                    AddEvents(events, draft, number);
            }
        }
        catch (InvalidDataException)
        {
            return (events, $"{path}: the gzip stream is damaged or truncated after line {number}");
        }
        if (refused > 0)
            await Console.Error.WriteLineAsync($"{refused} of {number} lines were refused and left out");
        return (events, events.Count == 0 ? $"{path} holds no outcome" : null);
    }

    private static void AddEvents(List<OutcomeEvent> events, FixDraft draft, int number)
    {
        var id = new Guid(number, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);
        var row = FixOutcomes.Completed(FixRow.Of(id, draft), draft.Outcome!, draft.Outcome!.CompletedAt!.Value);
        events.Add(FixOutcomes.EventOf(row, draft.Attempt) with { Sequence = number });
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
