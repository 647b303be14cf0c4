using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text.Json;
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
/// Imports NDJSON files of fixes. A line without an externalId gets one from its content and how often that content came
/// before in the file, so that the same file twice adds nothing, and an import that was stopped can be started again.
/// </summary>
internal sealed class FixImport(FixIntake intake, WriteQueue writes, TimeProvider clock)
{
    private const int LinesPerCommit = 4_000;
    private const int LongestLine = 1 << 20;

    public async Task<ImportResult> RunAsync(Stream input, bool isGzip, IProgress<int>? progress, CancellationToken cancel)
    {
        var state = new State();
        string? broken = null;
        try
        {
            await using var plain = isGzip ? Decompression.Gzip(input) : input;
            var pending = Task.CompletedTask;
            await foreach (var chunk in ChunksAsync(plain, state, cancel))
            {
                await pending; // the next lines are parsed while the last ones are committed
                pending = CommitAsync(chunk, state, progress);
            }
            await pending;
        }
        catch (InvalidDataException)
        {
            broken = $"the gzip stream is damaged or truncated after line {state.Line}; the lines before it went in";
        }
        catch (LineTooLong)
        {
            broken = $"line {state.Line + 1} is longer than {LongestLine >> 20} MB; the lines before it went in";
        }
        if (broken is null && state.Line == 0)
            broken = "the file holds no line";
        return new(state.Added, state.Known, state.Refused, broken);
    }

    private async IAsyncEnumerable<List<(int Line, FixDraft Draft)>> ChunksAsync(
        Stream stream, State state, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var reader = PipeReader.Create(stream, new(bufferSize: 1 << 16));
        var chunk = new List<(int, FixDraft)>(LinesPerCommit);
        while (true)
        {
            ReadResult read;
            try
            {
                read = await reader.ReadAsync(cancel);
            }
            catch (InvalidDataException) when (chunk.Count > 0)
            {
                break; // what is whole goes in; the next read says again that the rest is not
            }
            var buffer = read.Buffer;
            while (NextLine(ref buffer, read.IsCompleted) is { } line)
            {
                if (Take(line, state) is { } draft)
                    chunk.Add((state.Line, draft));
                if (chunk.Count < LinesPerCommit)
                    continue;
                yield return chunk;
                chunk = new(LinesPerCommit);
            }
            if (buffer.Length > LongestLine)
                throw new LineTooLong();
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
                break;
        }
        if (chunk.Count > 0)
            yield return chunk;
    }

    private static ReadOnlySequence<byte>? NextLine(ref ReadOnlySequence<byte> buffer, bool isCompleted)
    {
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            var line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return line;
        }
        if (!isCompleted || buffer.IsEmpty)
            return null;
        var last = buffer;
        buffer = buffer.Slice(buffer.End);
        return last;
    }

    private FixDraft? Take(ReadOnlySequence<byte> line, State state)
    {
        state.Line++;
        var bytes = line.IsSingleSegment ? line.FirstSpan : line.ToArray();
        bytes = bytes.Trim(" \t\r"u8);
        if (bytes.IsEmpty)
            return null;
        var (draft, error) = FixBatch.Parse(bytes, clock.GetUtcNow());
        if (draft is null)
            state.Refused.Add((state.Line, error!));
        else if (draft.Proposal.ExternalId is null)
            draft = draft with { Proposal = draft.Proposal with { ExternalId = state.KeyOf(draft.Proposal) } };
        return draft;
    }

    private async Task CommitAsync(List<(int Line, FixDraft Draft)> chunk, State state, IProgress<int>? progress)
    {
        var results = await writes.RunAsync(intake.Batch, [.. chunk.Select(c => c.Draft)]);
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

    private sealed class LineTooLong : Exception;
}
