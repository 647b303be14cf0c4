using System.IO.Hashing;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Witan.Server.Platform.Compression;
using Encoding = Witan.Server.Platform.Compression.Encoding;

namespace Witan.Server.Platform.Http;

/// <summary>The finished answer to a GET: JSON with its ETag, and those of its forms that have been asked for.</summary>
internal sealed class Representation
{
    private static readonly StringValues Json = "application/json";
    private static readonly StringValues Revalidate = "private, no-cache";
    private static readonly StringValues AcceptEncoding = "Accept-Encoding";
    private static readonly StringValues[] Names = ["", Encodings.NameOf(Encoding.Gzip), Encodings.NameOf(Encoding.Brotli)];
    private static readonly string[] Suffixes = ["", "-g", "-b"];

    private readonly byte[]?[] _bodies = new byte[]?[3];
    private readonly StringValues[] _tags;
    private readonly bool _isLong;
    private volatile bool _isAskedPlain;

    private Representation(string digest, string? link, bool isLong)
    {
        (Digest, Link, _isLong) = (digest, link, isLong);
        _tags = [.. Suffixes.Select(suffix => new StringValues($"\"{digest}{suffix}\""))]; // each form is a representation of its own
    }

    /// <summary>The digest of the body.</summary>
    public string Digest { get; }

    /// <summary>The header Link.</summary>
    public string? Link { get; }

    /// <summary>How many bytes it takes, with room for the compressed forms.</summary>
    public int Size => 600 + (_bodies[0]?.Length ?? (6 * _bodies[1]!.Length)) * 3 / 2;

    public static Representation Of(byte[] body, string? link)
    {
        Span<byte> digest = stackalloc byte[16];
        XxHash128.Hash(body, digest);
        var made = new Representation(Convert.ToHexStringLower(digest), link, body.Length > Encodings.Least);
        made._bodies[0] = body;
        return made;
    }

    /// <summary>As it was stored: compressed where it is long.</summary>
    public static Representation Stored(string digest, string? link, Encoding encoding, byte[] body)
    {
        var made = new Representation(digest, link, encoding == Encoding.Gzip);
        made._bodies[(int)encoding] = body;
        return made;
    }

    /// <summary>The form in which it is stored.</summary>
    public (Encoding Encoding, byte[] Body) ToStore() => _isLong ? (Encoding.Gzip, BodyIn(Encoding.Gzip)) : (Encoding.Identity, BodyIn(Encoding.Identity));

    /// <summary>Sends it in the coding that the caller takes, or 304 where the caller has it already.</summary>
    public Task SendAsync(HttpContext context)
    {
        var encoding = _isLong ? Encodings.Of(context.Request.Headers) : Encoding.Identity;
        var response = context.Response;
        var headers = response.Headers;
        headers.ETag = _tags[(int)encoding];
        headers.CacheControl = Revalidate;
        if (_isLong)
            headers.Vary = AcceptEncoding;
        if (Link is not null)
            headers.Link = Link;
        if (IsKnownTo(context.Request.Headers.IfNoneMatch))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }
        var body = BodyIn(encoding);
        headers.ContentType = Json;
        headers.ContentLength = body.Length;
        if (encoding != Encoding.Identity)
            headers.ContentEncoding = Names[(int)encoding];
        var written = response.BodyWriter.WriteAsync(body); // a token would be made for each request, and a broken connection ends it too
        return written.IsCompletedSuccessfully ? Task.CompletedTask : written.AsTask();
    }

    private bool IsKnownTo(StringValues wanted)
    {
        if (wanted.Count == 0)
            return false;
        if (wanted is [{ } one] && (one == _tags[0][0] || one == _tags[1][0] || one == _tags[2][0]))
            return true;
        return EntityTagHeaderValue.TryParseList(wanted, out var known)
            && known.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || _tags.Any(own => tag.Tag == own[0]));
    }

    // Made once: two at the same time make the same bytes. The plain form, by far the largest, is kept where somebody has asked for it, or it is all there is.
    private byte[] BodyIn(Encoding encoding)
    {
        if (encoding == Encoding.Identity)
            _isAskedPlain = true;
        if (Volatile.Read(ref _bodies[(int)encoding]) is { } made)
            return made;
        var body = encoding == Encoding.Identity ? Plain() : Encodings.Encode(encoding, Plain());
        Volatile.Write(ref _bodies[(int)encoding], body);
        if (!_isAskedPlain)
            Volatile.Write(ref _bodies[(int)Encoding.Identity], null);
        return body;
    }

    private byte[] Plain() => Volatile.Read(ref _bodies[(int)Encoding.Identity])
        ?? (Volatile.Read(ref _bodies[(int)Encoding.Gzip]) is { } gzip ? Encodings.Decode(Encoding.Gzip, gzip) : Encodings.Decode(Encoding.Brotli, _bodies[(int)Encoding.Brotli]!));
}
