using System.Buffers;
using System.Data.Common;
using System.Text.Json;

namespace Witan.Server.Platform.Http;

/// <summary>The answer of a list whose rows are written as JSON while they are read.</summary>
internal sealed class JsonPage : IResult, IDisposable
{
    private const int Usual = 32 << 10;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _spare;

    private readonly ArrayBufferWriter<byte> _body;

    private JsonPage(ArrayBufferWriter<byte> body) => _body = body;

    /// <summary>Reads a page of one row more than was asked for.</summary>
    /// <param name="reader">The rows.</param>
    /// <param name="items">The name of the list.</param>
    /// <param name="query">What was asked for.</param>
    /// <param name="write">Writes a row and tells where it stands.</param>
    /// <param name="response">Gets the Link to the next page.</param>
    /// <param name="cancel">Gives up waiting.</param>
    public static async Task<JsonPage> ReadAsync(
        DbDataReader reader, JsonEncodedText items, QueryValues query, Func<Utf8JsonWriter, DbDataReader, Cursor> write, HttpResponse response, CancellationToken cancel)
    {
        var body = Interlocked.Exchange(ref _spare, null) ?? new(Usual);
        body.ResetWrittenCount();
        await using var json = new Utf8JsonWriter(body, new() { SkipValidation = true });
        json.WriteStartObject();
        json.WriteStartArray(items);
        Cursor? last = null;
        string? next = null;
        for (var count = 0; await reader.ReadAsync(cancel); count++)
        {
            if (count == query.Limit)
            {
                next = query.Next(last!, response);
                break;
            }
            last = write(json, reader);
        }
        json.WriteEndArray();
        json.WriteString("nextCursor"u8, next);
        json.WriteEndObject();
        await json.FlushAsync(cancel);
        return new(body);
    }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        await EntityTags.SendAsync(httpContext, _body.WrittenSpan.ToArray());
        Dispose();
    }

    // The buffer is used again, by whichever request comes next on this thread.
    public void Dispose()
    {
        if (_body.Capacity <= 8 * Usual)
            _spare = _body;
    }
}
