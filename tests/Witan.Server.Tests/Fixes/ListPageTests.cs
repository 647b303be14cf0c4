using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Tests.Fixes;

/// <summary>The list page by page.</summary>
public sealed class ListPageTests(ListedFixes listed) : IClassFixture<ListedFixes>
{
    private readonly WitanServer _server = listed.Server;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(79)]
    [InlineData(80)]
    [InlineData(200)]
    public async Task Walking_the_pages_shows_every_fix_once_and_in_order(int limit)
    {
        var walked = await _server.WalkAsync("/auto-fixes", "autoFixes", limit);

        Assert.Equal(listed.All.Select(fix => fix.Id), walked.Select(IdOf));
    }

    [Fact]
    public async Task Fifty_is_the_limit_where_none_is_given()
    {
        var page = await _server.GetAsync("/auto-fixes");

        Assert.Equal(50, page["autoFixes"].GetArrayLength());
        Assert.Equal(listed.All.Skip(50).Select(fix => fix.Id),
            (await _server.GetAsync($"/auto-fixes?cursor={page["nextCursor"]}")).As<AutoFixPage>().AutoFixes.Select(fix => fix.Id));
    }

    [Fact]
    public async Task The_link_header_leads_to_the_end_with_the_same_filters()
    {
        const string query = "/auto-fixes?limit=4&since=2026-11-18T10:03:00.000001Z&q=e&domain=front%20end&fixStrategy=own%20way%2F1";
        var expected = listed.All.Where(fix => fix.Domain == "front end" && fix.FixStrategy == "own way/1"
            && fix.ProposedAt >= ListedFixes.First.AddMinutes(3).AddMicroseconds(1)
            && new[] { fix.Issue, fix.Repository, fix.Error }.Any(t => t?.Contains('e', StringComparison.OrdinalIgnoreCase) == true)).Select(fix => fix.Id).ToList();
        Assert.True(expected.Count > 4);

        var ids = new List<Guid>();
        for (var path = query; path is not null;)
        {
            var page = await _server.GetAsync(path);
            Assert.True(page.Status == 200, page.Text);
            ids.AddRange(page["autoFixes"].EnumerateArray().Select(IdOf));
            var link = page.Headers.TryGetValues("Link", out var values) ? values.Single() : null;
            Assert.Equal(link is null, page["nextCursor"].ValueKind == JsonValueKind.Null);
            Assert.True(link is null || link.EndsWith(">; rel=\"next\"", StringComparison.Ordinal));
            path = link?[1..link.IndexOf('>', StringComparison.Ordinal)];
        }
        Assert.Equal(expected, ids);
    }

    [Fact]
    public async Task Rows_added_while_walking_neither_hide_nor_repeat_one()
    {
        await using var server = await WitanServer.StartAsync();
        var start = OneServer.Start.AddYears(-1);
        await server.TeachAsync(Enumerable.Range(0, 40).Select(i => Some.Success("walked") with { ProposedAt = start.AddSeconds(i / 4) }));
        var before = (await server.WalkAsync("/auto-fixes", "autoFixes")).Select(IdOf).ToHashSet();

        var seen = new List<Guid>();
        string? cursor = null;
        do
        {
            var page = (await server.GetAsync($"/auto-fixes?limit=3{(cursor is null ? "" : "&cursor=" + cursor)}")).As<AutoFixPage>();
            seen.AddRange(page.AutoFixes.Select(fix => fix.Id));
            cursor = page.NextCursor;
            await server.TeachAsync(new[] { -1, 5, 20 }.Select(seconds => Some.Success("added") with { ProposedAt = start.AddSeconds(seconds) }));
        }
        while (cursor is not null && seen.Count < 200);

        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Superset(before, seen.ToHashSet());
    }

    [Theory]
    [InlineData("limit=3&agentId=bad")]
    [InlineData("limit=3&since=2020-01-01T00:00:00.5Z")]
    [InlineData("limit=3&issue=issue-1")]
    public async Task A_cursor_of_another_query_is_refused(string other)
    {
        var mine = (await _server.GetAsync("/auto-fixes?limit=3&since=2020-01-01T00:00:00.25Z"))["nextCursor"].GetString();

        var answer = await _server.GetAsync($"/auto-fixes?{other}&cursor={mine}");

        Assert.Equal(400, answer.Status);
        Assert.Equal("cursor", answer["errors"][0].GetProperty("field").GetString());
        Assert.Equal(200, (await _server.GetAsync($"/auto-fixes?limit=9&since=2020-01-01T00:00:00.25Z&cursor={mine}")).Status);
    }

    [Fact]
    public async Task Filters_that_only_look_alike_are_another_query()
    {
        await using var server = await WitanServer.StartAsync();
        await server.TeachAsync(Enumerable.Range(0, 5).Select(_ => Some.Success("x", "a&repository=b")));
        var mine = (await server.GetAsync("/auto-fixes?limit=3&issue=a%26repository%3Db"))["nextCursor"].GetString();

        Assert.NotNull(mine);
        Assert.Equal(400, (await server.GetAsync($"/auto-fixes?issue=a&repository=b&cursor={mine}")).Status);
    }

    [Fact]
    public async Task A_cursor_of_another_list_or_of_no_list_is_refused()
    {
        var models = (await _server.GetAsync("/models?limit=1"))["nextCursor"].GetString();
        var mine = (await _server.GetAsync("/auto-fixes?limit=3"))["nextCursor"].GetString()!;

        foreach (var cursor in new[] { models, "", "x", "AAAA", mine[..^1], mine + "A", mine[1..], "%00", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA" })
            Assert.Equal(400, (await _server.GetAsync($"/auto-fixes?cursor={cursor}")).Status);
        Assert.Equal(400, (await _server.GetAsync($"/agents?cursor={mine}")).Status);
        Assert.Equal(400, (await _server.GetAsync($"/models?cursor={mine}")).Status);
    }

    private static Guid IdOf(JsonElement fix) => fix.GetProperty("id").GetGuid();
}
