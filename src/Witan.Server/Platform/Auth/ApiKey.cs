using System.Buffers;
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
    private const int SecretLength = 2 * SecretBytes;

    /// <summary>How long a secret is.</summary>
    public const int SecretBytes = 32;

    private const int ChecksumLength = 8;
    private const int Length = 6 + IdLength + 1 + SecretLength + ChecksumLength;

    /// <summary>A new key of an id, with 256 bits of secret.</summary>
    public static string Issue(string id)
    {
        var text = $"{Prefix}{id}_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes))}";
        return text + Checksum(text);
    }

    public static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdLength / 2));

    /// <summary>Whether a text looks like a key and its checksum is right.</summary>
    public static bool IsWhole(ReadOnlySpan<char> key)
    {
        if (key.Length != Length || !key.StartsWith(Prefix) || key[Prefix.Length + IdLength] != '_')
            return false;
        Span<byte> bytes = stackalloc byte[Length];
        if (!Encoding.ASCII.TryGetBytes(key, bytes, out _))
            return false;
        Span<char> checksum = stackalloc char[ChecksumLength];
        Write(Crc32.HashToUInt32(bytes[..^ChecksumLength]), checksum);
        return key[^ChecksumLength..].SequenceEqual(checksum);
    }

    /// <summary>The secret in a whole key; false when it is not hexadecimal.</summary>
    public static bool TryReadSecret(ReadOnlySpan<char> key, Span<byte> secret) =>
        Convert.FromHexString(key.Slice(Prefix.Length + IdLength + 1, SecretLength), secret, out _, out _) == OperationStatus.Done;

    /// <summary>The id in a whole key.</summary>
    public static ReadOnlySpan<char> IdIn(ReadOnlySpan<char> key) => key.Slice(Prefix.Length, IdLength);

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
