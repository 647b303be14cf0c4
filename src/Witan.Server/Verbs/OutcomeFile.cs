using System.Text;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;
using Witan.Server.Fixes;
using Witan.Server.Platform.Http;

namespace Witan.Server.Verbs;

/// <summary>Reads a file of fixes with outcomes as a log; the number of an entry is that of its line.</summary>
internal static class OutcomeFile
{
    private const int MostTold = 20;

    /// <summary>The history of a file, or null after the problem was printed.</summary>
    /// <param name="path">NDJSON in the import format, gzip by its ending .gz.</param>
    /// <param name="withholdIssues">Reads it as if no fix had told its issue.</param>
    /// <param name="cancel">Stops reading.</param>
    public static async Task<OutcomeHistory?> ReadAsync(string path, bool withholdIssues, CancellationToken cancel)
    {
        if (!File.Exists(path))
            return Fail($"there is no file {path}");
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
                var (draft, error) = FixBatch.Parse(Encoding.UTF8.GetBytes(line), DateTimeOffset.MaxValue - TimeSpan.FromDays(1));
                if (draft is null && refused++ < MostTold)
                    await Console.Error.WriteLineAsync($"line {number}: {error}");
                if (draft?.Outcome is not null)
                    events.Add(ToEvent(draft, number, withholdIssues));
            }
        }
        catch (InvalidDataException)
        {
            return Fail($"{path}: the gzip stream is damaged or truncated after line {number}");
        }
        if (refused > 0)
            await Console.Error.WriteLineAsync($"{refused} of {number} lines were refused and left out");
        return events.Count == 0 ? Fail($"{path} holds no outcome") : new(events);
    }

    private static OutcomeEvent ToEvent(FixDraft draft, int number, bool withholdIssue)
    {
        var id = new Guid(number, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);
        var row = FixOutcomes.Completed(FixRow.Of(id, draft), draft.Outcome!, draft.Outcome!.CompletedAt!.Value);
        var entry = FixOutcomes.EventOf(row, draft.Attempt) with { Sequence = number };
        return withholdIssue ? entry with { Attempt = entry.Attempt with { Issue = null } } : entry;
    }

    private static OutcomeHistory? Fail(string message)
    {
        DatabaseOptions.Fail(message);
        return null;
    }
}
