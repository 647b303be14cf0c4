using System.Text.Json;
using System.Text.Json.Nodes;
using Witan.Client;
using Witan.Server.Storage;

namespace Witan.Server.Tests.Fixes;

/// <summary>Lists are written straight from their rows: they say of each fix what the fix itself does.</summary>
public sealed class ListJsonTests(OneServer witan) : IClassFixture<OneServer>
{
    private readonly WitanServer _server = witan.Server;

    public static TheoryData<string> Proposals => new()
    {
        """{"agentId":"listed","fixStrategy":"code_patch"}""",
        """{"agentId":"listed","fixStrategy":"own \"strategy\" <é>","changes":{}}""",
        """{"agentId":"listed","fixStrategy":"performance","issue":"i\\ \"q\" 日本 \ud83d\ude00","error":"line 1\nline 2\t<&>'","repository":"o/r","domain":"d","layers":[3,1],"family":"f","model":"m","externalId":"x-1","changes":{"files":1,"linesAdded":2,"linesDeleted":3,"paths":["a \"b\"","c\\d"]},"attributes":{"b":1.5,"a":true,"big":1e300,"small":-2e-7},"proposedAt":"2026-11-23T09:59:59.123456Z"}""",
        """{"agentId":"listed","fixStrategy":"performance","proposedAt":"2020-02-29T23:59:59.100000Z","outcome":{"success":false,"durationMs":0,"errorMessage":"no"}}""",
        """{"agentId":"listed","fixStrategy":"performance","changes":{"paths":[]},"outcome":{"success":true,"rolledBack":true,"completedAt":"2026-11-23T10:00:00.000001Z"}}""",
    };

    [Theory]
    [MemberData(nameof(Proposals))]
    public async Task A_list_tells_a_fix_as_the_fix_itself_does(string proposal)
    {
        await _server.TeachAsync("teacher", successes: 40);
        var id = (await _server.PostAsync("/auto-fixes", proposal)).Id;
        if (!proposal.Contains("outcome", StringComparison.Ordinal))
            await _server.SetStatusAsync(id, new { status = "applied", by = "me", reason = "because" });

        var listed = (await _server.GetAsync("/auto-fixes?agentId=listed&limit=200"))["autoFixes"].EnumerateArray().Single(fix => fix.GetProperty("id").GetGuid() == id);
        var alone = JsonNode.Parse((await _server.GetAsync($"/auto-fixes/{id}")).Text)!.AsObject();
        alone["receipt"] = null;

        Assert.True(JsonNode.DeepEquals(alone, JsonNode.Parse(listed.GetRawText())), $"{alone.ToJsonString()}\n{listed.GetRawText()}");
        Assert.Equal(alone.Select(p => p.Key), listed.EnumerateObject().Select(p => p.Name));
        Assert.Equal(alone["proposedAt"]!.GetValue<string>(), listed.GetProperty("proposedAt").GetString());
    }

    [Fact]
    public void Times_are_written_as_everywhere_else()
    {
        var random = new Random(5);
        Span<byte> text = stackalloc byte[27];
        for (var i = 0; i < 10_000; i++)
        {
            var microseconds = random.NextInt64(4_000_000_000_000_000);
            var time = DateTime.UnixEpoch.AddMicroseconds(i % 3 == 0 ? microseconds / 1_000_000 * 1_000_000 : i % 3 == 1 ? microseconds / 1000 * 1000 : microseconds);
            Assert.Equal(WitanTime.Format(new(time)), System.Text.Encoding.ASCII.GetString(text[..RowFields.Format(time, text)]));
        }
    }

    [Fact]
    public async Task A_page_ends_where_it_was_asked_to_and_names_the_next()
    {
        for (var i = 0; i < 3; i++)
            await _server.ProposeAsync(Some.Fix("paged"));
        var first = await _server.GetAsync("/auto-fixes?agentId=paged&limit=2");
        var second = await _server.GetAsync($"/auto-fixes?agentId=paged&limit=2&cursor={first["nextCursor"].GetString()}");
        Assert.Equal((2, 1), (first["autoFixes"].GetArrayLength(), second["autoFixes"].GetArrayLength()));
        Assert.Equal(JsonValueKind.Null, second["nextCursor"].ValueKind);
        Assert.Equal(304, (await _server.GetAsync("/auto-fixes?agentId=paged&limit=2", first.ETag)).Status);
    }
}
