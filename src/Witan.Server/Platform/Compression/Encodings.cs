using System.Collections.Concurrent;
using System.IO.Compression;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Witan.Server.Platform.Compression;

/// <summary>How a body is coded on its way.</summary>
internal enum Encoding
{
    Identity,
    Gzip,
    Brotli,
}

/// <summary>Which coding a caller takes, and the codings themselves.</summary>
internal static class Encodings
{
    /// <summary>Smaller bodies are not worth it.</summary>
    public const int Least = 1_024;

    /// <summary>Opts out, whatever Accept-Encoding says.</summary>
    public const string OptOut = "X-No-Compression";

    private const int MostKnown = 256;
    private static readonly ConcurrentDictionary<string, Encoding> Known = new();

    /// <summary>The coding of an answer: the one with the highest weight, and Brotli before gzip where they are equal.</summary>
    public static Encoding Of(IHeaderDictionary headers)
    {
        var accepted = headers.AcceptEncoding;
        if (accepted.Count == 0 || headers.ContainsKey(OptOut))
            return Encoding.Identity;
        if (accepted is not [{ } text])
            return Parse(accepted);
        if (Known.TryGetValue(text, out var known))
            return known;
        var parsed = Parse(accepted);
        if (Known.Count < MostKnown) // callers do not fill the memory with what they make up
            Known[text] = parsed;
        return parsed;
    }

    public static string NameOf(Encoding encoding) => encoding == Encoding.Gzip ? "gzip" : "br";

    /// <summary>Gzip at level 6, Brotli at 4: hardly larger than their best, and fast enough for an answer that nobody has asked for before.</summary>
    public static byte[] Encode(Encoding encoding, ReadOnlySpan<byte> body)
    {
        using var output = new MemoryStream(body.Length / 4);
        using (Stream stream = encoding == Encoding.Gzip
            ? new GZipStream(output, new ZLibCompressionOptions { CompressionLevel = 6 })
            : new BrotliStream(output, new BrotliCompressionOptions { Quality = 4 }))
            stream.Write(body);
        return output.ToArray();
    }

    public static byte[] Decode(Encoding encoding, byte[] body)
    {
        using var output = new MemoryStream(body.Length * 8);
        using (Stream stream = encoding == Encoding.Gzip
            ? new GZipStream(new MemoryStream(body), CompressionMode.Decompress)
            : new BrotliStream(new MemoryStream(body), CompressionMode.Decompress))
            stream.CopyTo(output);
        return output.ToArray();
    }

    private static Encoding Parse(StringValues accepted)
    {
        if (!StringWithQualityHeaderValue.TryParseList(accepted, out var values))
            return Encoding.Identity;
        double Weight(string name) => (values.FirstOrDefault(v => v.Value.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? values.FirstOrDefault(v => v.Value == "*")) is { } value ? value.Quality ?? 1 : 0;
        var (brotli, gzip) = (Weight("br"), Weight("gzip"));
        // Identity is always acceptable, but only what is wished for more than compression comes before it.
        var identity = values.FirstOrDefault(v => v.Value.Equals("identity", StringComparison.OrdinalIgnoreCase)) is { } named ? named.Quality ?? 1 : 0;
        return Math.Max(brotli, gzip) <= 0 || identity > Math.Max(brotli, gzip) ? Encoding.Identity : brotli >= gzip ? Encoding.Brotli : Encoding.Gzip;
    }
}
