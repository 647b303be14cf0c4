using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Witan.Server.Platform.Compression;
using Encoding = Witan.Server.Platform.Compression.Encoding;

namespace Witan.Server.Platform.Http;

/// <summary>The answer to a write: made inside its transaction, so that it can be stored with its effect and given again.</summary>
internal sealed class Reply : IResult
{
    private readonly Func<byte[]> _body;
    private readonly ApiProblem? _problem;
    private readonly Func<byte[]>? _kept;
    private byte[]? _bytes;

    private Reply(int status, string? location, Func<byte[]> body, ApiProblem? problem = null, Func<byte[]>? kept = null) =>
        (Status, Location, _body, _problem, _kept) = (status, location, body, problem, kept);

    public int Status { get; }

    public string? Location { get; }

    /// <summary>The id of what was made, where the path does not name it.</summary>
    public string? Made { get; init; }

    /// <summary>The JSON of the answer; made once.</summary>
    public byte[] Bytes => _bytes ??= _body();

    /// <summary>What is stored of it, to be given again.</summary>
    public byte[] Kept => _kept?.Invoke() ?? Bytes;

    public static Reply Of<T>(int status, T value, JsonTypeInfo<T> type, string? location = null, string? made = null) =>
        new(status, location, () => JsonSerializer.SerializeToUtf8Bytes(value, type)) { Made = made };

    /// <summary>An answer that holds what is not to be stored: a repetition gets another one.</summary>
    public static Reply Once<T>(int status, T value, T again, JsonTypeInfo<T> type, string? made = null) =>
        new(status, null, () => JsonSerializer.SerializeToUtf8Bytes(value, type), kept: () => JsonSerializer.SerializeToUtf8Bytes(again, type)) { Made = made };

    public static Reply Of(ApiProblem problem) => new(problem.Status, null, () => problem.ToJson(null), problem);

    public static Reply Stored(int status, string? location, byte[] body) => new(status, location, () => body);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        if (_problem is not null)
        {
            await _problem.ExecuteAsync(httpContext);
            return;
        }
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = Status >= 400 ? "application/problem+json" : "application/json";
        response.Headers.CacheControl = "no-store";
        if (Location is not null)
            response.Headers.Location = Location;
        var body = Bytes;
        if (body.Length > Encodings.Least)
        {
            response.Headers.Vary = "Accept-Encoding";
            if (Encodings.Of(httpContext.Request.Headers) is var encoding and not Encoding.Identity)
            {
                response.Headers.ContentEncoding = Encodings.NameOf(encoding);
                body = Encodings.Encode(encoding, body);
            }
        }
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body);
    }
}
