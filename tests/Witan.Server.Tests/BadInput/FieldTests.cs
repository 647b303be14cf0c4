using System.Text.Json;

namespace Witan.Server.Tests.BadInput;

/// <summary>Well-formed bodies with a value that its field does not take.</summary>
public sealed class FieldTests(RefusingServer server) : IClassFixture<RefusingServer>
{
    [Theory]
    [InlineData("agentId", "5")]
    [InlineData("agentId", "true")]
    [InlineData("agentId", "{}")]
    [InlineData("agentId", "[\"a\"]")]
    [InlineData("issue", "4711")]
    [InlineData("externalId", "4711")]
    [InlineData("changes", "5")]
    [InlineData("changes", "\"two files\"")]
    [InlineData("changes", "[]")]
    [InlineData("changes.files", "\"2\"")]
    [InlineData("changes.files", "2.5")]
    [InlineData("changes.files", "2.0")]
    [InlineData("changes.files", "1e999")]
    [InlineData("changes.files", "2147483648")]
    [InlineData("changes.files", "99999999999999999999999999")]
    [InlineData("changes.files", "true")]
    [InlineData("changes.linesAdded", "\"\"")]
    [InlineData("changes.paths", "\"a.cs\"")]
    [InlineData("changes.paths", "[null]")]
    [InlineData("layers", "1")]
    [InlineData("layers", "{}")]
    [InlineData("attributes", "5")]
    [InlineData("attributes", "[]")]
    [InlineData("attributes.x", "null")]
    [InlineData("attributes.x", "\"1\"")]
    [InlineData("attributes.x", "\"NaN\"")]
    [InlineData("attributes.x", "[1]")]
    [InlineData("attributes.x", "{\"y\":1}")]
    [InlineData("attributes.x", "1e999")]
    [InlineData("attributes.x", "-1e999")]
    [InlineData("outcome", "true")]
    [InlineData("outcome.success", "\"true\"")]
    [InlineData("outcome.success", "1")]
    [InlineData("outcome.rolledBack", "0")]
    [InlineData("outcome.durationMs", "\"41000\"")]
    [InlineData("outcome.durationMs", "41000.5")]
    [InlineData("outcome.durationMs", "1e999")]
    [InlineData("outcome.durationMs", "9223372036854775808")]
    [InlineData("outcome.errorMessage", "404")]
    [InlineData("proposedAt", "1763892000")]
    [InlineData("proposedAt", "true")]
    public Task A_value_of_the_wrong_kind_is_refused(string field, string value) => RefusesAsync(field, value);

    [Theory]
    [InlineData("changes.paths", "[5]", "changes.paths[0]")]
    [InlineData("changes.paths", "[\"a\",true]", "changes.paths[1]")]
    [InlineData("layers", "[\"1\"]", "layers[0]")]
    [InlineData("layers", "[1,2.5]", "layers[1]")]
    [InlineData("layers", "[null]", "layers[0]")]
    public Task The_place_in_a_list_is_named(string field, string value, string place) => RefusesAsync(field, value, place);

    [Theory]
    [InlineData("agentId")]
    [InlineData("fixStrategy")]
    [InlineData("issue")]
    [InlineData("repository")]
    [InlineData("domain")]
    [InlineData("family")]
    [InlineData("model")]
    [InlineData("externalId")]
    public async Task Empty_and_blank_keys_are_refused(string field)
    {
        await RefusesAsync(field, "\"\"");
        await RefusesAsync(field, "\"  \"");
        await RefusesAsync(field, "\"\\t\"");
        await RefusesAsync(field, "\"a\\u0007b\"");
    }

    [Theory]
    [InlineData("agentId", 200)]
    [InlineData("fixStrategy", 100)]
    [InlineData("issue", 500)]
    [InlineData("repository", 500)]
    [InlineData("domain", 100)]
    [InlineData("family", 500)]
    [InlineData("model", 500)]
    [InlineData("externalId", 500)]
    [InlineData("error", 20_000)]
    [InlineData("outcome.errorMessage", 20_000)]
    public async Task Over_long_texts_are_refused_and_the_longest_are_taken(string field, int longest)
    {
        await RefusesAsync(field, JsonSerializer.Serialize(new string('x', longest + 1)));
        using var taken = await server.Http.SendAsync(Refusals.Post("auto-fixes", Body(field, JsonSerializer.Serialize(new string('x', longest)))), TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.Created, taken.StatusCode);
    }

    [Theory]
    [InlineData("agentId")]
    [InlineData("fixStrategy")]
    [InlineData("issue")]
    [InlineData("repository")]
    [InlineData("domain")]
    [InlineData("family")]
    [InlineData("model")]
    [InlineData("externalId")]
    [InlineData("error")]
    [InlineData("outcome.errorMessage")]
    public async Task What_a_database_cannot_hold_is_refused_in_every_text(string field)
    {
        await RefusesAsync(field, "\"a\\u0000b\"");
        await RefusesAsync(field, "\"a\\ud800b\"");
        await RefusesAsync(field, "\"a\\udc00b\"");
        await RefusesAsync(field, "\"a\\udc00\\ud800b\"");
    }

    [Theory]
    [InlineData("a\\u0000b")]
    [InlineData("\\ud800")]
    public async Task What_a_database_cannot_hold_is_refused_in_lists_and_names(string text)
    {
        await RefusesAsync("changes.paths", $"[\"src/a.cs\",\"{text}\"]", "changes.paths[1]");
        var problem = await server.RefusesAsync(Refusals.Post("auto-fixes", Body("attributes", $$"""{"{{text}}":1}""")), 400, "validation_failed");
        Assert.All(problem.GetProperty("errors").EnumerateArray(), e => Assert.StartsWith("attributes", e.GetProperty("field").GetString(), StringComparison.Ordinal));
        await RefusesAsync("proposedAt", $"\"{text}\"");
    }

    [Theory]
    [InlineData("changes.files", "-1")]
    [InlineData("changes.linesAdded", "-1")]
    [InlineData("changes.linesDeleted", "-2147483648")]
    [InlineData("outcome.durationMs", "-1")]
    [InlineData("layers", "[-1]")]
    [InlineData("layers", "[1001]")]
    public Task Numbers_out_of_range_are_refused(string field, string value) => RefusesAsync(field, value);

    [Fact]
    public async Task Lists_have_their_limits()
    {
        await RefusesAsync("layers", Json(Enumerable.Repeat(1, 101)));
        await RefusesAsync("changes.paths", Json(Enumerable.Range(0, 1001).Select(i => $"src/{i}.cs")));
        await RefusesAsync("changes.paths", Json<string[]>([new string('x', 1001)]));
        await RefusesAsync("changes.paths", Json<string[]>([""]));
        await RefusesAsync("attributes", Json(Enumerable.Range(0, 101).ToDictionary(i => $"a{i}", i => i)));
        await RefusesAsync("attributes", """{"":1}""");
        await RefusesAsync("attributes", $$"""{"{{new string('x', 101)}}":1}""");
    }

    [Fact]
    public async Task All_bad_fields_are_named_at_once()
    {
        const string body = """{"agentId":" ","fixStrategy":"","changes":{"files":-1,"paths":[""]},"attributes":{"x":"1"},"layers":[-1],"outcome":{"success":true,"durationMs":-5}}""";
        await server.RefusesAsync(Refusals.Post("auto-fixes", body), 400, "validation_failed",
            "agentId", "fixStrategy", "changes.files", "changes.paths", "attributes.x", "layers", "outcome.durationMs");
    }

    [Theory]
    [InlineData("\"succeeded\"")]
    [InlineData("\"decided\"")]
    [InlineData("\"Applied\"")]
    [InlineData("\"APPLIED\"")]
    [InlineData("\"applied,rejected\"")]
    [InlineData("\"\"")]
    [InlineData("1")]
    [InlineData("\"1\"")]
    [InlineData("true")]
    public async Task A_status_other_than_applied_and_rejected_is_refused(string status)
    {
        var id = await server.ProposeAsync();
        await server.RefusesAsync(Refusals.Post($"auto-fixes/{id}/status", $$"""{"status":{{status}},"by":"me"}"""), 400, "validation_failed", "status");
    }

    [Fact]
    public async Task Who_applied_a_fix_must_be_said()
    {
        var id = await server.ProposeAsync();
        await server.RefusesAsync(Refusals.Post($"auto-fixes/{id}/status", """{"status":"applied","by":""}"""), 400, "validation_failed", "by");
        await server.RefusesAsync(Refusals.Post($"auto-fixes/{id}/status", $$"""{"status":"applied","by":"me","reason":"{{new string('x', 20_001)}}"}"""), 400, "validation_failed", "reason");
    }

    [Theory]
    [InlineData("confidence")]
    [InlineData("auto-fixes")]
    public Task A_question_is_checked_like_a_proposal(string path) =>
        server.RefusesAsync(Refusals.Post(path, Body("attributes.x", "1e999")), 400, "validation_failed", "attributes.x");

    [Theory]
    [InlineData("")]
    [InlineData("a\tb")]
    [InlineData("256")]
    public Task An_idempotency_key_that_is_none_is_refused(string key)
    {
        var request = Refusals.Post("auto-fixes", Body("issue", "\"i\""));
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key == "256" ? new string('k', 256) : key);
        return server.RefusesAsync(request, 400, "validation_failed", "Idempotency-Key");
    }

    private Task RefusesAsync(string field, string value, string? named = null) =>
        server.RefusesAsync(Refusals.Post("auto-fixes", Body(field, value)), 400, "validation_failed", named ?? field);

    private static string Json<T>(T value) => JsonSerializer.Serialize(value);

    // A body that is good but for one field, which may lie one level down.
    private static string Body(string field, string value)
    {
        var parts = field.Split('.');
        var inner = parts.Length == 1 ? value : parts[0] == "outcome" && parts[1] != "success" ? $$"""{"success":true,"{{parts[1]}}":{{value}}}""" : $$"""{"{{parts[1]}}":{{value}}}""";
        var agent = parts[0] == "agentId" ? "" : """ "agentId":"a", """;
        var strategy = parts[0] == "fixStrategy" ? "" : """ "fixStrategy":"code_patch", """;
        return $$"""{{{agent}}{{strategy}}"{{parts[0]}}":{{inner}}}""";
    }
}
