using System.IO.Compression;
using System.Text.Json;
using Witan.Client;
using Witan.Intelligence.TrackRecords;

namespace Witan.Benchmarks;

/// <summary>The bundled outcomes as entries of a log.</summary>
internal static class BundledOutcomes
{
    public static List<OutcomeEvent> Read()
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "data", "swebench_verified.ndjson.gz"));
        using var lines = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        var events = new List<OutcomeEvent>();
        while (lines.ReadLine() is { } line)
            events.Add(EventOf(JsonSerializer.Deserialize(line, WitanJson.Default.FixProposal)!, events.Count + 1));
        return events;
    }

    private static OutcomeEvent EventOf(FixProposal fix, int number) => new()
    {
        Sequence = number,
        FixId = new(number, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]),
        OccurredAt = fix.Outcome!.CompletedAt!.Value,
        Success = fix.Outcome.Success!.Value,
        Attempt = new()
        {
            AgentId = fix.AgentId,
            Family = fix.Family,
            Model = fix.Model,
            Strategy = fix.FixStrategy,
            Issue = fix.Issue,
            Repository = fix.Repository,
            ProposedAt = fix.ProposedAt!.Value,
            Attributes = fix.Attributes!.ToDictionary(a => a.Key, a => a.Value.ValueKind == JsonValueKind.Number ? a.Value.GetDouble() : a.Value.GetBoolean() ? 1 : 0),
        },
    };
}
