using System.IO.Compression;
using Microsoft.Extensions.Time.Testing;
using Witan.Client;
using Witan.Server.Tests.Platform.Caching;

namespace Witan.Server.Tests.Platform.Compression;

/// <summary>Answers come in the coding that the caller takes, each with a tag of its own.</summary>
public sealed class CompressedAnswerTests : IAsyncLifetime
{
    private const string List = "/auto-fixes?agentId=ada&limit=50";

    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WitanServer.StartAsync(_clock);
        await _server.TeachAsync("ada", successes: 50, failures: 20, issue: "leak");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("br", "br")]
    [InlineData("gzip, br", "br")]
    [InlineData("gzip;q=0.9, br;q=0.1", "gzip")]
    [InlineData("*", "br")]
    public async Task A_long_answer_comes_compressed_and_is_the_same_bytes(string accepted, string coding)
    {
        var plain = await AskAsync(List, "identity");
        foreach (var list in (string[])[List, List, $"{List}&status=succeeded"]) // twice a hit, and once a miss
        {
            var answer = await AskAsync(list, accepted);
            Assert.Equal((coding, "Accept-Encoding", list == List), (Coding(answer), Vary(answer), answer.IsHit()));
            Assert.True(answer.Bytes.Length < plain.Bytes.Length / 4);
            Assert.Equal((list == List ? plain : await AskAsync(list, "identity")).Bytes, Decoded(answer));
            Assert.NotEqual(plain.ETag, answer.ETag);
        }
        Assert.Equal((null, "Accept-Encoding"), (Coding(plain), Vary(plain)));
    }

    [Fact]
    public async Task Each_coding_has_a_tag_and_whoever_has_any_of_them_has_the_answer()
    {
        string[] codings = ["identity", "gzip", "br"];
        var answers = await Task.WhenAll(codings.Select(coding => AskAsync(List, coding)));
        Assert.Equal(3, answers.Select(answer => answer.ETag).Distinct().Count());

        foreach (var known in answers)
        {
            foreach (var (i, coding) in codings.Index())
            {
                var second = await AskAsync(List, coding, known.ETag);
                Assert.Equal((304, 0, answers[i].ETag, "Accept-Encoding", null), (second.Status, second.Bytes.Length, second.ETag, Vary(second), Coding(second)));
            }
        }
        _clock.Advance(TimeSpan.FromMilliseconds(1)); // the newest, and so on the page
        await _server.TeachAsync("ada", successes: 1);
        Assert.All(await Task.WhenAll(answers.Select((known, i) => AskAsync(List, codings[i], known.ETag))), answer => Assert.Equal(200, answer.Status));
    }

    [Fact]
    public async Task Whoever_opts_out_gets_it_plain()
    {
        var answer = await _server.SendAsync(Request(List, "gzip, br", optOut: true));

        Assert.Equal((200, null), (answer.Status, Coding(answer)));
        Assert.Equal((await AskAsync(List, "identity")).Text, answer.Text);
    }

    [Theory]
    [InlineData("/api/agent-intelligence/agents/ada")]
    [InlineData("/API/Agent-Intelligence/Agents/ada")]
    [InlineData("/api/agent-intelligence/votes")]
    [InlineData("/API/agent-intelligence/votes")]
    [InlineData("/health/live")]
    public async Task A_short_answer_is_not_worth_it(string path)
    {
        var answer = await AskAsync(path, "gzip, br");

        Assert.InRange(answer.Bytes.Length, 1, 1_024);
        Assert.Equal((200, null, ""), (answer.Status, Coding(answer), Vary(answer)));
    }

    [Theory]
    [InlineData("/openapi/v1.json")]
    [InlineData("/metrics")]
    [InlineData("/scalar")]
    public async Task Pages_and_documents_are_compressed_too(string path)
    {
        foreach (var coding in (string[])["gzip", "br"])
        {
            var answer = await AskAsync(path, coding);
            Assert.Equal((200, coding), (answer.Status, Coding(answer)));
            Assert.Contains("Accept-Encoding", Vary(answer), StringComparison.Ordinal);
            Assert.InRange(Decoded(answer).Length, answer.Bytes.Length + 1, int.MaxValue);
        }
        Assert.Null(Coding(await _server.SendAsync(Request(path, "gzip, br", optOut: true))));
    }

    [Fact]
    public async Task An_answer_to_a_write_is_compressed_where_it_is_long()
    {
        var request = Conversation.Post("/auto-fixes/batch", new StringContent(string.Join('\n', Enumerable.Repeat("""{"agentId":"ada","fixStrategy":"code_patch"}""", 60))), type: "application/x-ndjson");
        request.Headers.Add("Accept-Encoding", "gzip");
        var answer = await _server.SendAsync(request);

        Assert.Equal((200, "gzip"), (answer.Status, Coding(answer)));
        Assert.Contains("\"results\"", System.Text.Encoding.UTF8.GetString(Decoded(answer)), StringComparison.Ordinal);
    }

    /// <summary>Fifty real fixes, as a page lists them.</summary>
    [Fact]
    public async Task A_page_of_real_fixes_takes_a_sixth_of_the_bandwidth_with_gzip_and_less_with_Brotli()
    {
        await using var file = new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "data/swebench_verified.ndjson.gz")), CompressionMode.Decompress);
        using var lines = new StreamReader(file);
        var batch = new List<string>();
        for (var i = 0; i < 20_000 && await lines.ReadLineAsync(TestContext.Current.CancellationToken) is { } line; i++)
        {
            if (i % 100 == 0) // of many agents
                batch.Add(line);
        }
        var taken = await _server.PostBatchAsync(batch);
        Assert.All(taken.As<BatchAnswer>().Results, line => Assert.Equal(201, line.Status));
        const string page = "/auto-fixes?limit=50&until=2026-01-01T00:00:00Z";

        var (plain, gzip, brotli) = (await AskAsync(page, "identity"), await AskAsync(page, "gzip"), await AskAsync(page, "br"));

        Assert.Equal(50, plain["autoFixes"].GetArrayLength());
        TestContext.Current.TestOutputHelper?.WriteLine($"{plain.Bytes.Length} bytes, gzip {gzip.Bytes.Length}, br {brotli.Bytes.Length}");
        Assert.InRange(gzip.Bytes.Length, 1, plain.Bytes.Length * 0.16);
        Assert.InRange(brotli.Bytes.Length, 1, gzip.Bytes.Length - 1);
    }

    private Task<Answer> AskAsync(string path, string accepted, string? known = null)
    {
        var request = Request(path, accepted);
        if (known is not null)
            request.Headers.Add("If-None-Match", known);
        return _server.SendAsync(request);
    }

    private static HttpRequestMessage Request(string path, string accepted, bool optOut = false)
    {
        var isWhole = path.StartsWith("/api", StringComparison.OrdinalIgnoreCase) || path is "/health/live" or "/openapi/v1.json" or "/metrics" or "/scalar";
        var request = new HttpRequestMessage(HttpMethod.Get, isWhole ? path : Conversation.Prefix + path);
        request.Headers.Add("Accept-Encoding", accepted);
        if (optOut)
            request.Headers.Add("X-No-Compression", "1");
        return request;
    }

    private static string? Coding(Answer answer) => answer.ContentHeaders.ContentEncoding.SingleOrDefault();

    private static string Vary(Answer answer) => string.Join(", ", answer.Headers.Vary);

    private static byte[] Decoded(Answer answer)
    {
        using var output = new MemoryStream();
        using (Stream stream = Coding(answer) == "gzip" ? new GZipStream(new MemoryStream(answer.Bytes), CompressionMode.Decompress) : new BrotliStream(new MemoryStream(answer.Bytes), CompressionMode.Decompress))
            stream.CopyTo(output);
        return output.ToArray();
    }
}
