using System.Net;
using System.Text;

namespace Witan.Server.Tests.BadInput;

/// <summary>Good requests with random damage: whatever comes, it is taken or refused, and never breaks anything.</summary>
public sealed class MutationTests(RefusingServer server) : IClassFixture<RefusingServer>
{
    private static readonly string[] Bodies =
    [
        """{"agentId":"claude-code","fixStrategy":"code_patch","issue":"django__django-14017","repository":"django/django","domain":"backend","layers":[1,2],"error":"TypeError: unsupported operand","family":"claude-code","model":"opus","externalId":"pr-4711","changes":{"files":2,"linesAdded":14,"linesDeleted":3,"paths":["django/db/models/query_utils.py"]},"attributes":{"problemChars":1269,"hasTraceback":true},"proposedAt":"2026-01-23T10:00:00Z"}""",
        """{"agentId":"bot","fixStrategy":"dependency_fix","proposedAt":"2026-01-23T10:00:00.123456+01:00","outcome":{"success":true,"durationMs":41000,"errorMessage":null,"rolledBack":false,"completedAt":"2026-01-23T11:00:00Z"}}""",
        """{"success":false,"durationMs":41000,"errorMessage":"3 tests failed","completedAt":"2026-02-23T11:00:00Z"}""",
        """{"status":"applied","by":"me","reason":"looked fine"}""",
        """[{"agentId":"a","fixStrategy":"performance","attributes":{"x":1.5e3}},{"agentId":"b","fixStrategy":"accessibility","layers":[]}]""",
    ];

    private static readonly string[] Queries =
    [
        "limit=50&agentId=bot&fixStrategy=code_patch&success=true", "decision=review&status=decided&since=2026-01-23T10:00:00Z&until=2027-01-01T00:00:00%2B01:00",
        "q=Type%20Error&repository=django%2Fdjango&issue=i&domain=backend", "cursor=mYf3hM9sBmQxNzY5MTY0NDAwMDAwMDAwOjAxOTgwMDAwMDAwMDcwMDA4MDAw&limit=1",
    ];

    private static readonly string[] Splinters =
    [
        "\\u0000", "\\ud800", "1e999", "-1", "null", "true", "{}", "[]", "[[[[[[[[[[[[[[[[[[[[", "\"\"", "99999999999999999999", "NaN", "0.5", "\"", "\\", ",", ":", "}", "{", "\u0000", "\u00ff",
        "agentId", "x", " ", "\n", "9999-12-31T23:59:59.9999999Z", "0001-01-01T00:00:00Z", "é", "😀", "'", "%", "_", "!", "--", "1e-400", "-0", "\u007f",
    ];

    private static readonly string[] QuerySplinters = ["%00", "%ED%A0%80", "%FF", "&", "=", "%", "%2", "limit=", "cursor=", "-1", "'", "!", "_", "%25", "%F0%9F%98%80", "0", "Z", "9999-12-31T23:59:59Z", "+", "%C0%80", ";", "[]", "..", "/"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Damaged_bodies_are_taken_or_refused_and_nothing_breaks(int seed)
    {
        var id = await server.ProposeAsync();
        var routes = new[] { "auto-fixes", "auto-fixes", $"auto-fixes/{id}/outcome", $"auto-fixes/{id}/status", "auto-fixes/batch", "confidence" };
        var requests = Enumerable.Range(0, 1_000).Select(i =>
        {
            var random = new Random((seed * 100_000) + i);
            var body = Damaged(Encoding.UTF8.GetBytes(Pick(random, Bodies)), random, Splinters);
            return Refusals.Post(Pick(random, routes), body, random.Next(8) == 0 ? "application/x-ndjson" : "application/json");
        });
        await AllAreAnsweredAsync(requests);
        await EverythingIsReadableAsync();
    }

    [Fact]
    public async Task Damaged_queries_are_answered_or_refused()
    {
        var requests = Enumerable.Range(0, 1_500).Select(i =>
        {
            var random = new Random(900_000 + i);
            var query = Encoding.Latin1.GetString(Damaged(Encoding.ASCII.GetBytes(Pick(random, Queries)), random, QuerySplinters));
            var sendable = string.Concat(query.Where(c => c is > ' ' and < (char)127 and not '#'));
            return Refusals.Get(server.Server.Url, $"{Pick(random, ["auto-fixes", "auto-fixes", "agents", "models"])}?{sendable}");
        });
        await AllAreAnsweredAsync(requests);
    }

    private async Task AllAreAnsweredAsync(IEnumerable<HttpRequestMessage> requests)
    {
        var failures = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken }, async (request, cancel) =>
        {
            var sent = request.Content is null ? request.RequestUri!.OriginalString : $"{request.RequestUri} {Encoding.Latin1.GetString(await request.Content.ReadAsByteArrayAsync(cancel))}";
            try
            {
                using var response = await server.Http.SendAsync(request, cancel);
                var text = await response.Content.ReadAsStringAsync(cancel);
                Assert.True((int)response.StatusCode < 500, $"{(int)response.StatusCode}: {text}");
                if ((int)response.StatusCode >= 400)
                    Refusals.WellFormed(response, text);
            }
            catch (Exception e) when (e is Xunit.Sdk.XunitException or HttpRequestException or System.Text.Json.JsonException)
            {
                failures.Enqueue($"{sent}\n  -> {e.Message}");
            }
        });
        Assert.True(failures.IsEmpty, $"{failures.Count} failed, among them:\n{string.Join('\n', failures.Take(5))}");
    }

    // Nothing that was let in poisons a later read.
    private async Task EverythingIsReadableAsync()
    {
        string? cursor = null;
        do
        {
            var page = await server.Server.Client.ListFixesAsync(new() { Limit = 200, Cursor = cursor }, TestContext.Current.CancellationToken);
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        do
        {
            var page = await server.Server.Client.ListAgentsAsync(200, cursor, TestContext.Current.CancellationToken);
            cursor = page.NextCursor;
        }
        while (cursor is not null);
    }

    private static byte[] Damaged(byte[] body, Random random, string[] splinters)
    {
        var bytes = body.ToList();
        for (var damage = random.Next(1, 4); damage > 0 && bytes.Count > 1; damage--)
        {
            var at = random.Next(bytes.Count);
            var length = random.Next(1, Math.Min(20, bytes.Count - at) + 1);
            switch (random.Next(6))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes.RemoveRange(at, length); break;
                case 2: bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length)); break;
                case 3: bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pick(random, splinters))); break;
                case 4: Replace(bytes, random, Pick(random, splinters)); break;
                default: bytes.RemoveRange(at, bytes.Count - at); break;
            }
        }
        return [.. bytes];
    }

    // Puts a splinter in the place of a whole value, which hits deeper than a random place does.
    private static void Replace(List<byte> bytes, Random random, string splinter)
    {
        var starts = Enumerable.Range(0, bytes.Count).Where(i => bytes[i] is (byte)':' or (byte)'=').ToList();
        if (starts.Count == 0)
            return;
        var start = Pick(random, starts) + 1;
        var end = start;
        while (end < bytes.Count && bytes[end] is not ((byte)',' or (byte)'}' or (byte)'&'))
            end++;
        bytes.RemoveRange(start, end - start);
        bytes.InsertRange(start, Encoding.UTF8.GetBytes(splinter));
    }

    private static T Pick<T>(Random random, IReadOnlyList<T> from) => from[random.Next(from.Count)];
}
