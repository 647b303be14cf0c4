using Microsoft.AspNetCore.Http.Features;

namespace Witan.Server.Platform.Http;

/// <summary>Reads whole request bodies: plain, gzip or Brotli, up to a limit that counts what comes out.</summary>
internal static class RequestBody
{
    public const int DefaultLimit = 1 << 20;

    public static async Task<(ArraySegment<byte> Bytes, ApiProblem? Problem)> ReadAsync(HttpRequest request, int limit)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = limit;
        Stream? stream = request.Headers.ContentEncoding.ToString().ToLowerInvariant() switch
        {
            "" or "identity" => request.Body,
            "gzip" => Decompression.Gzip(request.Body),
            "br" => Decompression.Brotli(request.Body),
            _ => null,
        };
        if (stream is null)
            return (default, new(415, "unsupported_encoding", "The Content-Encoding is not known: send the body plain, as gzip or as br."));
        try
        {
            return await ReadAsync(stream, limit, request.HttpContext.RequestAborted);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException) // the latter: not Brotli at all
        {
            return (default, new(400, "malformed_body", "The body is not whole or not what its Content-Encoding says."));
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (default, TooLarge(limit));
        }
    }

    private static async Task<(ArraySegment<byte>, ApiProblem?)> ReadAsync(Stream stream, int limit, CancellationToken cancel)
    {
        var buffer = new byte[4096];
        var length = 0;
        int read;
        while ((read = await stream.ReadAsync(buffer.AsMemory(length), cancel)) > 0)
        {
            length += read;
            if (length > limit)
                return (default, TooLarge(limit));
            if (length == buffer.Length)
                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, limit + 1));
        }
        return (new(buffer, 0, length), null);
    }

    private static ApiProblem TooLarge(int limit) =>
        new(413, "body_too_large", $"The body is larger than {limit >> 20} MB (uncompressed). Send less, or several requests.");
}
