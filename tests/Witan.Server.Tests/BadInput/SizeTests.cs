using System.IO.Compression;
using System.Net;
using System.Text;

namespace Witan.Server.Tests.BadInput;

public sealed class SizeTests(RefusingServer server) : IClassFixture<RefusingServer>
{
    private const int Megabyte = 1 << 20;
    private static readonly byte[] Good = """{"agentId":"a","fixStrategy":"code_patch"}"""u8.ToArray();

    public static TheoryData<string> Routes => ["auto-fixes", "confidence", "auto-fixes/00000000-0000-0000-0000-000000000000/outcome", "models/train"];

    [Theory]
    [MemberData(nameof(Routes))]
    public Task A_body_over_1_MB_is_413_by_its_announced_length(string route)
    {
        var request = Refusals.Post(route, Padded(Good, Megabyte + 1));
        request.Headers.ExpectContinue = true;
        return server.RefusesAsync(request, 413, "body_too_large");
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public Task A_body_over_1_MB_is_413_when_its_length_is_not_announced(string route)
    {
        var request = Refusals.Post(route, Padded(Good, Megabyte + 1));
        request.Headers.TransferEncodingChunked = true;
        return server.RefusesAsync(request, 413, "body_too_large");
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_small_body_that_unpacks_to_more_than_the_limit_is_413(string encoding)
    {
        var bomb = Packed(new byte[64 * Megabyte], encoding);
        Assert.True(bomb.Length < Megabyte);
        await server.RefusesAsync(Refusals.Post("auto-fixes", bomb, encoding: encoding), 413, "body_too_large");
        await server.RefusesAsync(Refusals.Post("auto-fixes/batch", bomb, "application/x-ndjson", encoding), 413, "body_too_large");
        await server.RefusesAsync(Refusals.Post("auto-fixes/batch", bomb, "application/json", encoding), 413, "body_too_large");
    }

    [Fact]
    public async Task A_body_of_exactly_1_MB_is_taken()
    {
        using var response = await server.Http.SendAsync(Refusals.Post("auto-fixes", Padded(Good, Megabyte)), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    [Fact]
    public async Task A_batch_may_hold_32_MB_and_no_more()
    {
        var line = Encoding.UTF8.GetBytes($$"""{"agentId":"a","fixStrategy":"code_patch","issue":"nothing stored"}""" + "\n");
        var large = Refusals.Post("auto-fixes/batch", Padded(line, (32 * Megabyte) + 1), "application/x-ndjson");
        large.Headers.ExpectContinue = true;
        await server.RefusesAsync(large, 413, "body_too_large");

        using var taken = await server.Http.SendAsync(Refusals.Post("auto-fixes/batch", Padded(line, 32 * Megabyte), "application/x-ndjson"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task What_is_not_what_its_encoding_says_is_refused(string encoding)
    {
        await server.RefusesAsync(Refusals.Post("auto-fixes", Good, encoding: encoding), 400, "malformed_body");
        await server.RefusesAsync(Refusals.Post("auto-fixes", [0x1f, 0x8b, 8, 0, 1, 2, 3], encoding: encoding), 400, "malformed_body");
        await server.RefusesAsync(Refusals.Post("auto-fixes/batch", Good, "application/x-ndjson", encoding), 400, "malformed_body");
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_compressed_body_that_was_cut_off_is_refused_wherever_the_cut_is(string encoding)
    {
        var whole = Packed(Good, encoding);
        for (var length = 1; length < whole.Length; length++)
            await server.RefusesAsync(Refusals.Post("auto-fixes", whole[..length], encoding: encoding), 400, "malformed_body");
        var lines = Packed(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 2_000).Select(i => $$"""{"agentId":"a","fixStrategy":"code_patch","issue":"i{{i * 7919 % 10007}}"}""" + "\n"))), encoding);
        await server.RefusesAsync(Refusals.Post("auto-fixes/batch", lines[..(lines.Length / 2)], "application/x-ndjson", encoding), 400, "malformed_body");
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("deflate")]
    [InlineData("gzip, gzip")]
    [InlineData("nonsense")]
    public async Task An_unknown_encoding_is_415(string encoding)
    {
        await server.RefusesAsync(Refusals.Post("auto-fixes", Good, encoding: encoding), 415, "unsupported_encoding");
        await server.RefusesAsync(Refusals.Post("auto-fixes/batch", Good, "application/x-ndjson", encoding), 415, "unsupported_encoding");
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("GZIP")]
    [InlineData("identity")]
    public async Task Gzip_and_Brotli_bodies_are_taken(string encoding)
    {
        using var response = await server.Http.SendAsync(Refusals.Post("auto-fixes", Packed(Good, encoding), encoding: encoding), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    // Blanks after a JSON value or line do not change what it says.
    private static byte[] Padded(byte[] json, int length)
    {
        var bytes = new byte[length];
        Array.Fill(bytes, (byte)' ');
        json.CopyTo(bytes, 0);
        return bytes;
    }

    private static byte[] Packed(byte[] bytes, string encoding)
    {
        var packed = new MemoryStream();
        using (Stream stream = encoding.ToLowerInvariant() switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true),
            "br" => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => new BufferedStream(packed),
        })
        {
            stream.Write(bytes);
            stream.Flush();
            if (encoding == "identity")
                return packed.ToArray();
        }
        return packed.ToArray();
    }
}
