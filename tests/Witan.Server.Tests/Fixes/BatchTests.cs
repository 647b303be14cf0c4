using System.IO.Compression;
using System.Text;
using Witan.Client;

namespace Witan.Server.Tests.Fixes;

/// <summary>Many fixes at once: a result per line, in order; a bad line fails alone.</summary>
public sealed class BatchTests(OneServer one) : IClassFixture<OneServer>
{
    private const string Batch = "/auto-fixes/batch";
    private readonly WitanServer _server = one.Server;

    [Fact]
    public async Task Every_line_has_a_result_in_order_with_numbers_from_1_that_count_blank_lines()
    {
        var answer = await _server.PostAsync(Batch, Lines(
            Line("lines", "a"), "", "  \t\r", """{"agentId":"lines","fixStrategy":"code_patch","colour":"red"}""", "not json", Line("lines", "b") + "\r", "",
            """{"agentId":"lines"}"""), type: "application/x-ndjson");

        Assert.Equal(200, answer.Status);
        Assert.Equal(["results"], answer.Keys);
        Assert.Equal(["line", "id", "status", "error"], answer["results"][0].EnumerateObject().Select(p => p.Name));
        var results = answer.As<BatchAnswer>().Results;
        Assert.Equal([(1, 201), (4, 400), (5, 400), (6, 201), (8, 400)], results.Select(r => (r.Line, r.Status)));
        Assert.Contains("colour", results[1].Error, StringComparison.Ordinal);
        Assert.Contains("fixStrategy", results[4].Error, StringComparison.Ordinal);
        Assert.All(results, r => Assert.Equal(r.Status < 400, r.Id is not null && r.Error is null));
        Assert.Equal("a", (await _server.FixAsync(results[0].Id)).ExternalId);
        Assert.Equal("b", (await _server.FixAsync(results[3].Id)).ExternalId);
        Assert.Equal(2, (await _server.WalkAsync("/auto-fixes?agentId=lines", "autoFixes")).Count);
    }

    [Fact]
    public async Task An_array_is_the_same_as_lines()
    {
        var answer = await _server.PostAsync(Batch, $"[{Line("array", "a")},\n 5, null, [], {Line("array", "b")}]");

        Assert.Equal([(1, 201), (2, 400), (3, 400), (4, 400), (5, 201)], answer.As<BatchAnswer>().Results.Select(r => (r.Line, r.Status)));
    }

    [Fact]
    public async Task Duplicates_new_fixes_and_contradictions_may_be_mixed()
    {
        var known = await _server.ProposeAsync(Some.Fix("mixes") with { ExternalId = "known" });
        var answer = await _server.PostBatchAsync([
            Some.Fix("mixes") with { ExternalId = "known" },
            Some.Fix("mixes") with { ExternalId = "new" },
            Some.Fix("mixes") with { ExternalId = "new" },
            Some.Success("mixes") with { ExternalId = "known" },
            Some.Failure("mixes") with { ExternalId = "known" },
            Some.Success("mixes"),
        ]);

        var results = answer.As<BatchAnswer>().Results;
        Assert.Equal([200, 201, 200, 200, 409, 201], results.Select(r => r.Status));
        Assert.Equal(known.Id, results[0].Id);
        Assert.Equal(results[1].Id, results[2].Id);
        Assert.Contains("success", results[4].Error, StringComparison.Ordinal);
        Assert.Equal((2, 2), ((await _server.AgentAsync("mixes")).Overall.N, (await _server.AgentAsync("mixes")).Overall.Successes));
    }

    [Fact]
    public async Task A_fix_may_be_reported_and_rolled_back_in_one_batch()
    {
        await using var server = await WitanServer.StartAsync();
        var answer = await server.PostBatchAsync([
            Some.Success("hasty") with { ExternalId = "x" },
            Some.Fix("hasty") with { ExternalId = "x", Outcome = new() { RolledBack = true } },
        ]);

        Assert.True(answer.Status == 200, answer.Text);
        Assert.Equal([201, 200], answer.As<BatchAnswer>().Results.Select(r => r.Status));
        Assert.Equal("outcome,rollback", await server.QueryAsync<string>("SELECT string_agg(kind, ',') FROM (SELECT kind FROM outcomes ORDER BY seq) AS entries"));
        Assert.Equal((1, 0), ((await server.AgentAsync("hasty")).Overall.N, (await server.AgentAsync("hasty")).Overall.Successes));
        Assert.Equal(1, (await server.ProposeAsync(Some.Fix("hasty"))).Evidence!.AgentFixes);
        await using var restarted = await WitanServer.StartAsync(change: settings => settings with { Database = server.Database });
        Assert.Equal(1, (await restarted.ProposeAsync(Some.Fix("hasty"))).Evidence!.AgentFixes);
    }

    [Fact]
    public async Task Ten_thousand_lines_are_taken_and_one_more_stores_nothing()
    {
        await using var server = await WitanServer.StartAsync();
        var lines = Enumerable.Range(0, 10_000).Select(i => Some.Success("many") with { ExternalId = $"{i}" }).ToList();

        var tooMany = await server.PostBatchAsync([.. lines, Some.Success("many")]);
        Assert.Equal(413, tooMany.Status);
        Assert.Equal("too_many_lines", tooMany.Code);
        Assert.Equal(0, await server.QueryAsync<long>("SELECT count(*) FROM fixes"));
        Assert.Equal(404, (await server.GetAsync("/agents/many")).Status);

        var taken = await server.PostBatchAsync(lines);
        Assert.Equal(10_000, taken.As<BatchAnswer>().Results.Count(r => r.Status == 201));
        Assert.Equal(10_000, (await server.AgentAsync("many")).Overall.N);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Compressed_bodies_are_taken(string encoding)
    {
        var body = new MemoryStream();
        await using (Stream stream = encoding == "gzip" ? new GZipStream(body, CompressionLevel.Fastest, true) : new BrotliStream(body, CompressionLevel.Fastest, true))
            await stream.WriteAsync(Encoding.UTF8.GetBytes(Lines(Line("packs", $"{encoding}-1"), Line("packs", $"{encoding}-2"))), TestContext.Current.CancellationToken);
        var request = Conversation.Post(Batch, new ByteArrayContent(body.ToArray()), type: "application/x-ndjson");
        request.Content!.Headers.ContentEncoding.Add(encoding);

        var answer = await _server.SendAsync(request);

        Assert.Equal([201, 201], answer.As<BatchAnswer>().Results.Select(r => r.Status));
    }

    [Theory]
    [InlineData("", "application/x-ndjson", 400)]
    [InlineData("\n \n", "application/x-ndjson", 400)]
    [InlineData("[]", "application/json", 400)]
    [InlineData("{}", "application/json", 400)]
    [InlineData("[{", "application/json", 400)]
    [InlineData("{}", "text/plain", 415)]
    public async Task Only_a_batch_that_cannot_be_read_fails_as_a_whole(string body, string type, int status)
    {
        var answer = await _server.PostAsync(Batch, body, type: type);

        Assert.Equal(status, answer.Status);
        Assert.Equal("application/problem+json", answer.ContentHeaders.ContentType!.MediaType);
    }

    [Fact]
    public async Task Proposals_in_a_batch_are_decided_as_if_alone()
    {
        await _server.TeachAsync("decided", successes: 40);
        var answer = await _server.PostBatchAsync([Some.Fix("decided", "x"), Some.Fix("decided", "y")]);

        foreach (var line in answer.As<BatchAnswer>().Results)
            Assert.Equal((await _server.AskAsync(Some.Fix("decided", "z"))).Confidence, (await _server.FixAsync(line.Id)).Confidence);
    }

    private static string Line(string agent, string externalId) => $$"""{"agentId":"{{agent}}","fixStrategy":"code_patch","externalId":"{{externalId}}"}""";

    private static string Lines(params string[] lines) => string.Join('\n', lines);
}
