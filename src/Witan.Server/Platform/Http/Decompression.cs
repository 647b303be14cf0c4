using System.IO.Compression;

namespace Witan.Server.Platform.Http;

/// <summary>Opens compressed streams such that a truncated one is an <see cref="InvalidDataException"/> and not an early end.</summary>
internal static class Decompression
{
    static Decompression() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);

    public static Stream Gzip(Stream stream) => new GZipStream(stream, CompressionMode.Decompress);

    public static Stream Brotli(Stream stream) => new BrotliStream(stream, CompressionMode.Decompress);
}
