using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Witan.Server.Platform.Http;

namespace Witan.Server.Tests.Platform.Compression;

/// <summary>A finished answer is compressed once: what is sent later is the very array that was sent first.</summary>
public sealed class RepresentationTests
{
    private static readonly byte[] Body = Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Range(0, 900))}]");

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("identity")]
    public async Task What_is_sent_again_is_the_same_array(string coding)
    {
        var answer = Representation.Of(Body, null);

        var (first, second) = (await SentAsync(answer, coding), await SentAsync(answer, coding));

        Assert.Same(first, second);
        Assert.NotSame(first, await SentAsync(Representation.Of(Body, null), coding == "identity" ? "gzip" : coding)); // the control: another answer makes its own
    }

    [Fact]
    public async Task What_was_stored_is_what_was_made()
    {
        var made = Representation.Of(Body, "</next>; rel=\"next\"");
        var (encoding, bytes) = made.ToStore();
        var stored = Representation.Stored(made.Digest, made.Link, encoding, bytes);

        Assert.Same(bytes, await SentAsync(stored, "gzip"));
        Assert.Equal(Body, await SentAsync(stored, "identity"));
        Assert.InRange(bytes.Length, 1, Body.Length / 2);
    }

    [Theory]
    [InlineData("gzip", "br")]
    [InlineData("br", "gzip")]
    public async Task The_plain_form_is_not_kept_beside_a_compressed_one_until_somebody_asks_for_it(string first, string second)
    {
        var body = Body.ToArray();
        var answer = Representation.Of(body, null);
        var compressed = await SentAsync(answer, first);

        Assert.InRange((await SentAsync(answer, second)).Length, 1, body.Length / 2);
        var plain = await SentAsync(answer, "identity");

        Assert.Equal(body, plain);
        Assert.NotSame(body, plain);
        Assert.Same(plain, await SentAsync(answer, "identity"));
        Assert.Same(compressed, await SentAsync(answer, first));
        var asked = Representation.Of(body, null); // the control: who has asked keeps it
        Assert.Same(body, await SentAsync(asked, "identity"));
        await SentAsync(asked, first);
        Assert.Same(body, await SentAsync(asked, "identity"));
    }

    private static async Task<byte[]> SentAsync(Representation answer, string coding)
    {
        var context = new DefaultHttpContext();
        var writer = new Witness();
        context.Features.Set<IHttpResponseBodyFeature>(new Sink(writer));
        context.Request.Headers.AcceptEncoding = coding;
        await answer.SendAsync(context);
        return writer.Sent!;
    }

    /// <summary>Notes which array is written.</summary>
    private sealed class Witness : PipeWriter
    {
        public byte[]? Sent { get; private set; }

        public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
        {
            Assert.True(MemoryMarshal.TryGetArray(source, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length);
            Sent = segment.Array;
            return default;
        }

        public override void Advance(int bytes) => throw new NotSupportedException();

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;

        public override Memory<byte> GetMemory(int sizeHint = 0) => throw new NotSupportedException();

        public override Span<byte> GetSpan(int sizeHint = 0) => throw new NotSupportedException();
    }

    private sealed class Sink(PipeWriter writer) : IHttpResponseBodyFeature
    {
        public Stream Stream => Stream.Null;

        public PipeWriter Writer => writer;

        public Task CompleteAsync() => Task.CompletedTask;

        public void DisableBuffering()
        {
        }

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }
}
