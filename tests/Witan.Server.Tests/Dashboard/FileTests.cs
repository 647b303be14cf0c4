using System.IO.Compression;
using System.Text.RegularExpressions;

namespace Witan.Server.Tests.Dashboard;

/// <summary>The files of the dashboard: sent as small as the browser takes them, and not sent again while they are the same.</summary>
public sealed partial class FileTests(OneServer one) : IClassFixture<OneServer>
{
    private readonly WitanServer _server = one.Server;

    [Theory]
    [InlineData("/witan.css", "text/css")]
    [InlineData("/witan.js", "text/javascript")]
    [InlineData("/_framework/blazor.webassembly.js", "text/javascript")]
    public async Task A_file_has_its_type_its_tag_and_is_asked_about_each_time(string file, string type)
    {
        var answer = await GetAsync(file);

        Assert.Equal((200, type), (answer.Status, answer.ContentHeaders.ContentType!.MediaType));
        Assert.True(answer.Headers.CacheControl is { NoCache: true });
        Assert.NotNull(answer.ETag);
        var again = await GetAsync(file, tag: answer.ETag);
        Assert.Equal((304, 0), (again.Status, again.Bytes.Length));
        Assert.Equal(200, (await GetAsync(file, tag: "\"another\"")).Status);
    }

    [Fact]
    public async Task Compressed_forms_are_chosen_by_what_is_accepted_and_are_the_same_file()
    {
        var file = Fingerprinted().First(name => name.EndsWith(".wasm", StringComparison.Ordinal));
        var plain = await GetAsync(file);
        Assert.Empty(plain.ContentHeaders.ContentEncoding);
        Assert.Contains("Accept-Encoding", plain.Headers.Vary);

        foreach (var (accepted, coding) in new[] { ("gzip", "gzip"), ("gzip, identity;q=0.5", "gzip"), ("zstd, gzip;q=0.2", "gzip") })
        {
            var answer = await GetAsync(file, accepted);
            Assert.Equal([coding], answer.ContentHeaders.ContentEncoding);
            Assert.Equal(plain.ContentHeaders.ContentType, answer.ContentHeaders.ContentType);
            Assert.NotEqual(plain.ETag, answer.ETag);
            Assert.True(answer.Bytes.Length < plain.Bytes.Length);
            await using var unpacked = new GZipStream(new MemoryStream(answer.Bytes), CompressionMode.Decompress);
            var whole = new MemoryStream();
            await unpacked.CopyToAsync(whole, TestContext.Current.CancellationToken);
            Assert.Equal(plain.Bytes, whole.ToArray());
        }
        Assert.Empty((await GetAsync(file, "gzip;q=0")).ContentHeaders.ContentEncoding);
    }

    [Fact]
    public async Task A_file_with_its_fingerprint_in_its_name_is_kept_for_ever()
    {
        var names = Fingerprinted();
        Assert.True(names.Count > 20);
        foreach (var name in names.Where((_, i) => i % 15 == 0))
        {
            var answer = await GetAsync(name);
            Assert.Equal((200, "max-age=31536000, immutable"), (answer.Status, answer.Headers.GetValues("Cache-Control").Single()));
        }
    }

    [Fact]
    public async Task A_file_of_every_kind_is_open_to_everybody_and_no_page_of_scripts_of_others()
    {
        Assert.All(_server.Files(), file => Assert.Null(file.Metadata.GetMetadata<Witan.Server.Platform.Auth.Access>()!.Scope));
        foreach (var file in new[] { "/witan.css", "/witan.js", "/icon.svg", "/index.html" })
            Assert.Contains("default-src 'self'", (await GetAsync(file)).Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    private Task<Answer> GetAsync(string file, string? accept = null, string? tag = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, file);
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept-Encoding", accept);
        if (tag is not null)
            request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        return _server.SendAsync(request);
    }

    private List<string> Fingerprinted() =>
        [.. _server.Files().Select(file => "/" + file.RoutePattern.RawText!).Where(name => Fingerprint().IsMatch(name)).Distinct().Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"^/_framework/.*\.[a-z0-9]{10}\.(?:wasm|js)$")]
    private static partial Regex Fingerprint();
}
