using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Witan.Server.Platform.Http;

/// <summary>
/// The last row of a page (keyset pagination). The text that clients see also holds a digest of the list and its filters,
/// so that a cursor of another query is refused instead of silently skipping rows.
/// </summary>
internal sealed record Cursor(DateTimeOffset Time, Guid Id, string Key)
{
    private const int DigestLength = 8;
    private const long MostMicroseconds = 250_000_000_000_000_000; // in the year 7923

    public static Cursor Of(DateTimeOffset time, Guid id) => new(time, id, "");

    public static Cursor Of(DateTimeOffset time, string key) => new(time, default, key);

    public static Cursor Of(string key) => new(default, default, key);

    public string Encode(QuerySpec spec, string filters)
    {
        var microseconds = Time.UtcTicks / TimeSpan.TicksPerMicrosecond;
        var payload = Encoding.UTF8.GetBytes(spec.Cursor switch
        {
            CursorKind.Text => Key,
            CursorKind.TimeAndText => string.Create(CultureInfo.InvariantCulture, $"{microseconds}:{Key}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{microseconds}:{Id:N}"),
        });
        return Base64Url.EncodeToString([.. Digest(spec, filters, payload), .. payload]);
    }

    public static Cursor? TryDecode(string text, QuerySpec spec, string filters)
    {
        if (!Base64Url.IsValid(text))
            return null;
        var bytes = Base64Url.DecodeFromChars(text);
        if (bytes.Length <= DigestLength)
            return null;
        var payload = bytes[DigestLength..];
        if (!Digest(spec, filters, payload).SequenceEqual(bytes[..DigestLength]))
            return null;
        var key = Encoding.UTF8.GetString(payload);
        if (spec.Cursor == CursorKind.Text)
            return Of(key);
        var colon = key.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || !long.TryParse(key.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) || microseconds >= MostMicroseconds)
            return null;
        var time = new DateTimeOffset(microseconds * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
        if (spec.Cursor == CursorKind.TimeAndText)
            return Of(time, key[(colon + 1)..]);
        return Guid.TryParseExact(key.AsSpan(colon + 1), "N", out var id) ? Of(time, id) : null;
    }

    private static byte[] Digest(QuerySpec spec, string filters, byte[] payload) =>
        SHA256.HashData([.. Encoding.UTF8.GetBytes($"{spec.List}\n{filters}\n"), .. payload])[..DigestLength];
}
