using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using CsvHelper;
using CsvHelper.Configuration;

namespace Witan.Server.Fixes;

/// <summary>One fix of a file: where it stands, and its JSON; null when the line is too long to be a fix.</summary>
internal readonly record struct ImportLine(int Number, ReadOnlyMemory<byte>? Json);

/// <summary>Reads the fixes of a file, NDJSON or CSV, as JSON.</summary>
internal static class ImportLines
{
    public const int LongestLine = 1 << 20;

    public static async IAsyncEnumerable<ImportLine> NdjsonAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancel)
    {
        var reader = PipeReader.Create(stream, new(bufferSize: 1 << 16));
        var (number, skipping) = (0, false);
        while (true)
        {
            var read = await reader.ReadAsync(cancel);
            var buffer = read.Buffer;
            while (NextLine(ref buffer, read.IsCompleted) is { } line)
            {
                number++;
                yield return new(number, skipping || line.Length > LongestLine ? (ReadOnlyMemory<byte>?)null : line.ToArray());
                skipping = false;
            }
            if (buffer.Length > LongestLine) // too long whatever follows: let go of it and wait for its end
            {
                skipping = true;
                buffer = buffer.Slice(buffer.End);
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (!read.IsCompleted)
                continue;
            if (skipping)
                yield return new(number + 1, null);
            yield break;
        }
    }

    /// <summary>
    /// CSV with a header that names the fields as JSON does, a dot before what is inside (<c>changes.files</c>,
    /// <c>outcome.success</c>, <c>attributes.anything</c>). An empty cell is an absent field.
    /// </summary>
    public static async IAsyncEnumerable<ImportLine> CsvAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var text = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
        using var csv = new CsvReader(text, new CsvConfiguration(CultureInfo.InvariantCulture) { BadDataFound = null, MissingFieldFound = null });
        if (!await csv.ReadAsync() || !csv.ReadHeader())
            yield break;
        var header = csv.HeaderRecord!;
        while (await csv.ReadAsync())
        {
            cancel.ThrowIfCancellationRequested();
            // The parser counts lines and stands at the last one of a record.
            yield return new(csv.Parser.RawRow - csv.Parser.RawRecord.Trim('\r', '\n').Count(c => c == '\n'), ToJson(header, csv));
        }
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

    private static byte[] ToJson(string[] header, CsvReader csv)
    {
        var surplus = Enumerable.Range(header.Length + 1, Math.Max(0, csv.Parser.Count - header.Length)).Select(i => $"cell {i}"); // refused as unknown fields
        var cells = header.Concat(surplus).Select((name, i) => (Path: name.Trim().Split('.', 2), Text: csv.GetField(i)))
            .Where(cell => !string.IsNullOrEmpty(cell.Text)).ToList();
        var output = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        foreach (var cell in cells.Where(c => c.Path.Length == 1))
            Write(json, cell.Path[0], cell.Text!, cell.Path[0] is "layers" or "attributes");
        foreach (var group in cells.Where(c => c.Path.Length == 2).GroupBy(c => c.Path[0]))
        {
            json.WriteStartObject(group.Key);
            foreach (var cell in group)
                Write(json, cell.Path[1], cell.Text!, cell.Path[1] is not ("completedAt" or "errorMessage"));
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.Flush();
        return output.WrittenSpan.ToArray();
    }

    // A cell whose field is no text is written as the JSON that it is; what is no JSON stays text, and the parser says so.
    private static void Write(Utf8JsonWriter json, string name, string text, bool isJson)
    {
        if (isJson && IsJson(text))
        {
            json.WritePropertyName(name);
            json.WriteRawValue(text);
        }
        else
        {
            json.WriteString(name, text);
        }
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
