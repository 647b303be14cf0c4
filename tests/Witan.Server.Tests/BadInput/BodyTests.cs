using System.Text;

namespace Witan.Server.Tests.BadInput;

public sealed class BodyTests(RefusingServer server) : IClassFixture<RefusingServer>
{
    [Theory]
    [InlineData("")]
    [InlineData("   \r\n ")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("[1]")]
    [InlineData("\"text\"")]
    [InlineData("5")]
    [InlineData("true")]
    [InlineData("{")]
    [InlineData("}")]
    [InlineData("nonsense")]
    [InlineData("""{"agentId":"a","fixStrategy":"code_patch" """)]
    [InlineData("""{"agentId":"a","fixStrategy":"code_pat""")]
    [InlineData("""{"agentId":"a","fixStrategy":"code_patch","issue":tru""")]
    [InlineData("""{"agentId":"a","fixStrategy":"code_patch"}{}""")]
    [InlineData("""{"agentId":"a","fixStrategy":"code_patch",}""")]
    [InlineData("""{'agentId':'a','fixStrategy':'code_patch'}""")]
    [InlineData("""{agentId:"a","fixStrategy":"code_patch"}""")]
    [InlineData("""{"agentId":"a",/* a comment */"fixStrategy":"code_patch"}""")]
    [InlineData("""{"agentId":"a","fixStrategy":"code_patch","issue":"\x41"}""")]
    [InlineData("{\"agentId\":\"a\nb\",\"fixStrategy\":\"code_patch\"}")]
    [InlineData("""{"agentId":"a","fixStrategy":"code_patch","changes":{"files":01}}""")]
    [InlineData("""{"agentId":"a","fixStrategy":"code_patch","changes":{"files":+1}}""")]
    [InlineData("""{"agentId":"a","fixStrategy":"code_patch","attributes":{"x":NaN}}""")]
    [InlineData("""{"agentId":"a","fixStrategy":"code_patch","attributes":{"x":Infinity}}""")]
    [InlineData("""{"agentId":"a","fixStrategy":"code_patch","attributes":{"x":-Infinity}}""")]
    [InlineData("""{"agentId":"a","fixStrategy":"code_patch","outcome":{"success":true,"durationMs":NaN}}""")]
    public Task A_body_that_is_not_a_JSON_object_is_refused(string body) =>
        server.RefusesAsync(Refusals.Post("auto-fixes", body), 400, "validation_failed", "body");

    [Theory]
    [InlineData("auto-fixes", "{}", "agentId fixStrategy")]
    [InlineData("auto-fixes", """{"agentId":"a"}""", "fixStrategy")]
    [InlineData("auto-fixes", """{"fixStrategy":"code_patch"}""", "agentId")]
    [InlineData("auto-fixes", """{"agentId":"a","fixStrategy":"code_patch","outcome":{}}""", "outcome.success")]
    [InlineData("auto-fixes", """{"agentId":"a","fixStrategy":"code_patch","outcome":{"success":null}}""", "outcome.success")]
    [InlineData("auto-fixes", """{"agentId":null,"fixStrategy":"code_patch"}""", "agentId")]
    [InlineData("auto-fixes", """{"agentId":"a","fixStrategy":null}""", "fixStrategy")]
    [InlineData("confidence", "{}", "agentId fixStrategy")]
    [InlineData("auto-fixes/{id}/outcome", "{}", "success")]
    [InlineData("auto-fixes/{id}/outcome", """{"rolledBack":false}""", "success")]
    [InlineData("auto-fixes/{id}/status", "{}", "status by")]
    [InlineData("auto-fixes/{id}/status", """{"status":"applied"}""", "by")]
    [InlineData("auto-fixes/{id}/status", """{"by":"me"}""", "status")]
    [InlineData("auto-fixes/{id}/status", """{"status":null,"by":"me"}""", "status")]
    public async Task Missing_fields_are_each_named(string path, string body, string fields) =>
        await server.RefusesAsync(Refusals.Post(await AddressAsync(path), body), 400, "validation_failed", fields.Split(' '));

    [Theory]
    [InlineData("auto-fixes", """{"agentId":"a","fixStrategy":"code_patch","sucess":true}""", "sucess")]
    [InlineData("auto-fixes", """{"agentId":"a","fixStrategy":"code_patch","agentID":"b"}""", "agentID")]
    [InlineData("auto-fixes", """{"agentId":"a","fixStrategy":"code_patch","":1}""", "")]
    [InlineData("auto-fixes", """{"agentId":"a","fixStrategy":"code_patch","it's":1}""", "it's")]
    [InlineData("auto-fixes", """{"agentId":"a","fixStrategy":"code_patch","confidence":0.99}""", "confidence")]
    [InlineData("auto-fixes", """{"agentId":"a","fixStrategy":"code_patch","changes":{"filez":1}}""", "changes.filez")]
    [InlineData("auto-fixes", """{"agentId":"a","fixStrategy":"code_patch","outcome":{"success":true,"why":"x"}}""", "outcome.why")]
    [InlineData("confidence", """{"agentId":"a","fixStrategy":"code_patch","id":1}""", "id")]
    [InlineData("auto-fixes/{id}/outcome", """{"success":true,"duration":5}""", "duration")]
    [InlineData("auto-fixes/{id}/status", """{"status":"applied","by":"me","when":5}""", "when")]
    [InlineData("models/train", """{"fast":true}""", "fast")]
    public async Task Unknown_fields_are_named(string path, string body, string field) =>
        await server.RefusesAsync(Refusals.Post(await AddressAsync(path), body), 400, "validation_failed", field);

    [Theory]
    [InlineData("auto-fixes", """{"agentId":"a","agentId":"b","fixStrategy":"code_patch"}""", "agentId")]
    [InlineData("auto-fixes", """{"agentId":"a","fixStrategy":"code_patch","changes":{"files":1,"files":2}}""", "changes.files")]
    [InlineData("auto-fixes", """{"agentId":"a","fixStrategy":"code_patch","changes":{"files":1},"changes":{"files":1}}""", "changes")]
    [InlineData("auto-fixes", """{"agentId":"a","fixStrategy":"code_patch","attributes":{"x":1,"x":2}}""", "attributes.x")]
    [InlineData("auto-fixes", """{"agentId":"a","fixStrategy":"code_patch","outcome":{"success":true,"success":false}}""", "outcome.success")]
    [InlineData("auto-fixes/{id}/outcome", """{"success":true,"success":true}""", "success")]
    public async Task A_field_that_is_given_twice_is_named(string path, string body, string field) =>
        await server.RefusesAsync(Refusals.Post(await AddressAsync(path), body), 400, "validation_failed", field);

    [Theory]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(2_000)]
    [InlineData(100_000)]
    public async Task Nesting_over_16_levels_is_refused(int depth)
    {
        // The body and its attributes are the first two levels.
        var value = new string('[', depth - 2) + new string(']', depth - 2);
        var body = $$$"""{"agentId":"a","fixStrategy":"code_patch","attributes":{"x":{{{value}}}}}""";
        await server.RefusesAsync(Refusals.Post("auto-fixes", body), 400, "validation_failed", depth > 16 ? "body" : "attributes.x");
    }

    [Theory]
    [InlineData("agentId")]
    [InlineData("issue")]
    [InlineData("error")]
    public Task Bytes_that_are_not_UTF_8_are_refused(string field)
    {
        var other = field == "agentId" ? "issue" : "agentId";
        byte[] body = [.. Encoding.UTF8.GetBytes($"{{\"{field}\":\"a"), 0xC3, 0x28, 0xFF, .. Encoding.UTF8.GetBytes($"\",\"{other}\":\"b\",\"fixStrategy\":\"code_patch\"}}")];
        return server.RefusesAsync(Refusals.Post("auto-fixes", body), 400, "validation_failed", field);
    }

    [Fact]
    public Task UTF_16_is_refused() =>
        server.RefusesAsync(Refusals.Post("auto-fixes", Encoding.Unicode.GetBytes("""{"agentId":"a","fixStrategy":"code_patch"}""")), 400, "validation_failed", "body");

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/x-ndjson")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("nonsense")]
    [InlineData("")]
    public Task A_body_of_another_type_is_415(string type) =>
        server.RefusesAsync(Refusals.Post("auto-fixes", """{"agentId":"a","fixStrategy":"code_patch"}"""u8.ToArray(), type), 415, "unsupported_media_type");

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    public Task A_batch_of_another_type_is_415(string type) =>
        server.RefusesAsync(Refusals.Post("auto-fixes/batch", """{"agentId":"a","fixStrategy":"code_patch"}"""u8.ToArray(), type), 415, "unsupported_media_type");

    [Theory]
    [InlineData("application/json", "")]
    [InlineData("application/json", "[]")]
    [InlineData("application/json", "{}")]
    [InlineData("application/json", "null")]
    [InlineData("application/json", """[{"agentId":"a","fixStrategy":"code_patch"}""")]
    [InlineData("application/json", """[{"agentId":"a","fixStrategy":"code_patch"},]""")]
    [InlineData("application/x-ndjson", "")]
    [InlineData("application/x-ndjson", "\n\r\n  \n")]
    public Task A_batch_without_a_fix_or_unreadable_as_a_whole_is_refused(string type, string body) =>
        server.RefusesAsync(Refusals.Post("auto-fixes/batch", Encoding.UTF8.GetBytes(body), type), 400, "validation_failed", "body");

    [Fact]
    public Task A_batch_of_more_than_10000_lines_is_refused_as_a_whole() =>
        server.RefusesAsync(Refusals.Post("auto-fixes/batch", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"agentId\":\"a\",\"fixStrategy\":\"s\"}\n", 10_001))), "application/x-ndjson"), 413, "too_many_lines");

    private async Task<string> AddressAsync(string path) => path.Contains("{id}", StringComparison.Ordinal)
        ? path.Replace("{id}", (await server.ProposeAsync()).ToString(), StringComparison.Ordinal)
        : path;
}
