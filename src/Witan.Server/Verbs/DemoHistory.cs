using Witan.Intelligence.Training;
using Witan.Server.Fixes;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;

namespace Witan.Server.Verbs;

/// <summary>
/// The demo's outcomes in two parts. The older ones are imported and trained on. About the newer ones it is asked as their agents
/// would have asked, one after the other, and each outcome is reported before the next question: what is shown of decisions and of
/// what became of them was not known to what decided.
/// </summary>
internal sealed class DemoHistory
{
    private const int Newest = 2_500; // about seven agents' attempts

    private readonly List<ReadOnlyMemory<byte>> _lines;

    private DemoHistory(List<ReadOnlyMemory<byte>> lines) => _lines = lines;

    /// <summary>Reads a file of outcomes in the order of time.</summary>
    public static async Task<DemoHistory> ReadAsync(string file, CancellationToken cancel)
    {
        await using var data = Decompression.Gzip(File.OpenRead(file));
        var lines = new List<ReadOnlyMemory<byte>>();
        await foreach (var line in ImportLines.NdjsonAsync(data, cancel))
            lines.Add(line.Json!.Value);
        return new(lines);
    }

    /// <summary>How many outcomes there are.</summary>
    public int Count => _lines.Count;

    /// <summary>The older part as NDJSON.</summary>
    public Stream Older()
    {
        var older = new MemoryStream();
        foreach (var line in _lines.SkipLast(Newest))
        {
            older.Write(line.Span);
            older.WriteByte((byte)'\n');
        }
        older.Position = 0;
        return older;
    }

    /// <summary>Asks about the newer part, and reports how each ended. What an earlier run that was interrupted got to is known by its id, and stays.</summary>
    public async Task ReplayAsync(WebApplication app, IProgress<TrainingProgress> progress, CancellationToken cancel)
    {
        var (intake, outcomes, writes, clock) = (app.Services.GetRequiredService<FixIntake>(), app.Services.GetRequiredService<FixOutcomes>(),
            app.Services.GetRequiredService<WriteQueue>(), app.Services.GetRequiredService<TimeProvider>());
        var done = 0;
        foreach (var line in _lines.TakeLast(Newest))
        {
            cancel.ThrowIfCancellationRequested();
            var (known, error) = FixBatch.Parse(line.Span, clock.GetUtcNow());
            if (known?.Outcome is not { } outcome)
                throw new InvalidDataException(error ?? "a fix of the demo has no outcome");
            var proposed = await writes.RunAsync(intake.Single, intake.Arrive(known with { Proposal = known.Proposal with { Outcome = null, ExternalId = $"demo-{done + 1}" }, Outcome = null }));
            await writes.RunAsync(outcomes.Report, new(proposed.Id, outcome));
            if (++done % 100 == 0)
                progress.Report(new($"asking about the newest {Newest} as if they were to come", (double)done / Newest));
        }
    }
}
