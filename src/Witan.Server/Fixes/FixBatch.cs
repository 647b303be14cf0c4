using System.Security.Cryptography;
using System.Text.Json;
using Witan.Client;
using Witan.Server.Platform.Http;

namespace Witan.Server.Fixes;

/// <summary>The lines of a batch: those that are good as drafts, the others with what is wrong.</summary>
internal sealed class FixBatch
{
    public const int MostLines = 10_000;
    public const int BodyLimit = 32 << 20;

    private readonly List<(int Line, FixDraft? Draft, string? Error, int Status)> _lines = [];

    private FixBatch(string hash) => Hash = hash;

    public string Hash { get; }

    public IReadOnlyList<FixDraft> Drafts => [.. _lines.Select(l => l.Draft).OfType<FixDraft>()];

    /// <summary>Reads NDJSON, or a JSON array by its content type.</summary>
    public static async Task<(FixBatch? Batch, ApiProblem? Problem)> ReadAsync(HttpRequest request, DateTimeOffset now)
    {
        var isArray = request.HasJsonContentType();
        if (!isArray && request.ContentType?.Split(';')[0].Trim() != "application/x-ndjson")
            return (null, new(415, "unsupported_media_type", "Send the batch as application/x-ndjson, a fix on each line, or as a JSON array in application/json."));
        var (bytes, problem) = await RequestBody.ReadAsync(request, BodyLimit);
        if (problem is not null)
            return (null, problem);
        var batch = new FixBatch(Convert.ToHexStringLower(SHA256.HashData(bytes)));
        problem = isArray ? batch.TakeArray(bytes, now) : batch.TakeLines(bytes, now);
        return problem is null ? (batch, null) : (null, problem);
    }

    /// <summary>Has lines fail that are good in themselves.</summary>
    public void Refuse(Func<FixDraft, bool> which, ApiProblem why)
    {
        for (var i = 0; i < _lines.Count; i++)
        {
            if (_lines[i].Draft is { } draft && which(draft))
                _lines[i] = (_lines[i].Line, null, why.Detail, why.Status);
        }
    }

    /// <summary>The results of all lines, given those of the drafts.</summary>
    public BatchAnswer Answer(IReadOnlyList<IntakeResult> results)
    {
        var answers = new List<BatchLine>(_lines.Count);
        var next = 0;
        foreach (var (line, draft, error, status) in _lines)
        {
            var result = draft is null ? null : results[next++];
            answers.Add(result is null
                ? new(line, null, status, error)
                : new(line, result.Id, result.Status, result.Problem?.Detail));
        }
        return new(answers);
    }

    private ApiProblem? TakeLines(ReadOnlySpan<byte> bytes, DateTimeOffset now)
    {
        var number = 0;
        foreach (var range in bytes.Split((byte)'\n'))
        {
            number++;
            var line = bytes[range].Trim(" \t\r"u8);
            if (!line.IsEmpty && Take(number, line, now) is { } problem)
                return problem;
        }
        return Empty();
    }

    private ApiProblem? TakeArray(ReadOnlyMemory<byte> bytes, DateTimeOffset now)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, new() { MaxDepth = 16 });
            if (document.RootElement.ValueKind != JsonValueKind.Array)
                return ApiProblem.Invalid("body", "expected a JSON array of fixes");
            var number = 0;
            foreach (var element in document.RootElement.EnumerateArray())
            {
                if (Take(++number, System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(element), now) is { } problem)
                    return problem;
            }
        }
        catch (JsonException)
        {
            return ApiProblem.Invalid("body", "not a well-formed JSON array, or nested more than 16 levels deep");
        }
        return Empty();
    }

    private ApiProblem? Empty() => _lines.Count == 0 ? ApiProblem.Invalid("body", "holds no fix; send at least one line") : null;

    private ApiProblem? Take(int number, ReadOnlySpan<byte> json, DateTimeOffset now)
    {
        if (_lines.Count == MostLines)
            return new(413, "too_many_lines", $"The batch holds more than {MostLines} fixes; nothing was stored. Send several batches.");
        var (draft, error) = Parse(json, now);
        _lines.Add((number, draft, error, 400));
        return null;
    }

    /// <summary>One line as a draft, or what is wrong with it.</summary>
    public static (FixDraft? Draft, string? Error) Parse(ReadOnlySpan<byte> json, DateTimeOffset now)
    {
        var proposal = StrictJson.Parse(json, WitanJson.Default.FixProposal, out var problems);
        var checks = new FixChecks(now);
        var draft = proposal is null ? null : checks.Draft(proposal);
        return (draft, draft is null ? string.Join("; ", problems.Concat(checks.Errors).Select(e => $"{e.Field}: {e.Message}")) : null);
    }
}
