using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CsvHelper;
using Witan.Client;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;

namespace Witan.Server.Fixes;

/// <summary>What became of a file.</summary>
/// <param name="Added">Fixes that are new.</param>
/// <param name="Known">Fixes that were there already.</param>
/// <param name="Refused">Lines that were not taken, with why.</param>
/// <param name="Broken">Why reading ended early, or null.</param>
internal sealed record ImportResult(int Added, int Known, IReadOnlyList<(int Line, string Error)> Refused, string? Broken);

/// <summary>
/// Imports files of fixes. A line without an externalId gets one from its content and how often that content came before in
/// the file, so that the same file twice adds nothing, and an import that was stopped can be started again.
/// </summary>
internal sealed class FixImport(FixIntake intake, WriteQueue writes, TimeProvider clock)
{
    private const int LinesPerCommit = 4_000;

    /// <summary>Imports a file; its kind is told by its name: .csv or NDJSON, and .gz after it.</summary>
    public async Task<ImportResult> RunAsync(Stream input, string name, IProgress<int>? progress, CancellationToken cancel)
    {
        var isGzip = name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        var isCsv = (isGzip ? name[..^3] : name).EndsWith(".csv", StringComparison.OrdinalIgnoreCase);
        await using var plain = isGzip ? Decompression.Gzip(input) : input;
        var state = new State();
        var (chunk, committing) = (new List<(int, FixDraft)>(LinesPerCommit), Task.CompletedTask);
        string? broken = null;
        try
        {
            await foreach (var line in isCsv ? ImportLines.CsvAsync(plain, cancel) : ImportLines.NdjsonAsync(plain, cancel))
            {
                state.Line = line.Number;
                if (Take(line, state) is { } draft)
                    chunk.Add((line.Number, draft));
                if (chunk.Count < LinesPerCommit)
                    continue;
                await committing; // the next lines are parsed while the last ones are committed
                committing = CommitAsync(chunk, state, progress);
                chunk = new(LinesPerCommit);
            }
        }
        catch (Exception e) when (FaultOf(e, state.Line) is { } fault)
        {
            broken = fault;
        }
        await committing;
        if (chunk.Count > 0)
            await CommitAsync(chunk, state, progress);
        return new(state.Added, state.Known, state.Refused, broken ?? (state.Line == 0 ? "the file holds no line" : null));
    }

    private static string? FaultOf(Exception e, int line) => e switch
    {
        InvalidDataException => $"the gzip stream is damaged or truncated after line {line}; the lines before it went in",
        DecoderFallbackException => $"what follows line {line} is not UTF-8; the lines before it went in",
        CsvHelperException => $"what follows line {line} is not CSV; the lines before it went in",
        _ => null,
    };

    private FixDraft? Take(ImportLine line, State state)
    {
        if (line.Json is not { } bytes)
        {
            state.Refused.Add((line.Number, $"longer than {ImportLines.LongestLine >> 20} MB"));
            return null;
        }
        var json = bytes.Span.Trim(" \t\r"u8);
        if (json.IsEmpty)
            return null;
        var (draft, error) = FixBatch.Parse(json, clock.GetUtcNow());
        if (draft is null)
            state.Refused.Add((line.Number, error!));
        else if (draft.Proposal.ExternalId is null)
            draft = draft with { Proposal = draft.Proposal with { ExternalId = state.KeyOf(draft.Proposal) } };
        return draft;
    }

    private async Task CommitAsync(List<(int Line, FixDraft Draft)> chunk, State state, IProgress<int>? progress)
    {
        var results = await writes.RunAsync(intake.Batch, [.. chunk.Select(c => intake.Arrive(c.Draft))]);
        for (var i = 0; i < results.Count; i++)
        {
            if (results[i].Problem is { } problem) state.Refused.Add((chunk[i].Line, problem.Detail));
            else if (results[i].Created) state.Added++;
            else state.Known++;
        }
        progress?.Report(chunk[^1].Line);
    }

    private sealed class State
    {
        private readonly Dictionary<string, int> _occurrences = [];

        public int Line;
        public int Added;
        public int Known;

        public List<(int Line, string Error)> Refused { get; } = [];

        public string KeyOf(FixProposal proposal)
        {
            var content = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(proposal, WitanJson.Default.FixProposal)).AsSpan(0, 12));
            var occurrence = _occurrences[content] = _occurrences.GetValueOrDefault(content) + 1;
            return occurrence == 1 ? $"import-{content}" : $"import-{content}-{occurrence}";
        }
    }
}
