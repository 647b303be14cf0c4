using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;

namespace Witan.Server.Platform.Auth;

/// <summary>
/// A key as callers hold it: <c>witan_&lt;id&gt;_&lt;secret&gt;&lt;crc32&gt;</c> in lower-case hexadecimal. The checksum tells a mistyped key, and most
/// guesses, before anything is looked up.
/// </summary>
internal static class ApiKey
{
    private const string Prefix = "witan_";
    private const int IdLength = 12;
    private const int SecretLength = 64;
    private const int ChecksumLength = 8;
    private const int Length = 6 + IdLength + 1 + SecretLength + ChecksumLength;

    /// <summary>A new key of an id, with 256 bits of secret.</summary>
    public static string Issue(string id)
    {
        var text = $"{Prefix}{id}_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretLength / 2))}";
        return text + Checksum(text);
    }

    public static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdLength / 2));

    /// <summary>The id of a key that is whole, or null.</summary>
    public static string? IdOf(ReadOnlySpan<char> key)
    {
        if (key.Length != Length || !key.StartsWith(Prefix) || key[Prefix.Length + IdLength] != '_')
            return null;
        Span<byte> bytes = stackalloc byte[Length];
        if (!Encoding.ASCII.TryGetBytes(key, bytes, out _))
            return null;
        Span<char> checksum = stackalloc char[ChecksumLength];
        Write(Crc32.HashToUInt32(bytes[..^ChecksumLength]), checksum);
        return key[^ChecksumLength..].SequenceEqual(checksum) ? key.Slice(Prefix.Length, IdLength).ToString() : null;
    }

    /// <summary>What is kept of a key: HMAC-SHA-256 with the pepper. A secret of 256 random bits needs no stretching.</summary>
    public static void Hash(ReadOnlySpan<char> key, ReadOnlySpan<byte> pepper, Span<byte> hash)
    {
        Span<byte> bytes = stackalloc byte[Length];
        var length = Encoding.ASCII.GetBytes(key, bytes);
        HMACSHA256.HashData(pepper, bytes[..length], hash);
    }

    public static string Hash(string key, ReadOnlySpan<byte> pepper)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Hash(key, pepper, hash);
        return Convert.ToHexStringLower(hash);
    }

    private static string Checksum(string text)
    {
        Span<char> checksum = stackalloc char[ChecksumLength];
        Write(Crc32.HashToUInt32(Encoding.ASCII.GetBytes(text)), checksum);
        return checksum.ToString();
    }

    private static void Write(uint value, Span<char> text) => value.TryFormat(text, out _, "x8", System.Globalization.CultureInfo.InvariantCulture);
}
