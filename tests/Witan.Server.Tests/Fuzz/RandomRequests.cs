using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Witan.Server.Tests.Fuzz;

/// <summary>
/// Requests drawn from the OpenAPI document: mostly as its schemas want them, with values that the server knows, and some of them
/// damaged. The same seed and pool draw the same requests.
/// </summary>
internal sealed class RandomRequests(ApiDescription api, Random random, Pool pool)
{
    private static readonly string[] Odd =
    [
        "", " ", "0", "-1", "null", "true", "NaN", "1e999", "\u0001", "\0", "\u007f", "\u200b\u202e", "😀", "é́", "\ud800", "'; DROP TABLE fixes; --", "../../etc/passwd", "%00", "%", "_", "!", "<script>",
        "${jndi:x}", "{{7*7}}", "0198c0de-0000-7000-8000-000000000000", "2026-02-30T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "0001-01-01T00:00:00Z", "2026-01-01T00:00:00+99:00", "２０２６",
    ];

    private static readonly double[] Boundaries = [0, -0.0, 1, -1, 2, 5, 100, 101, 200, 201, 1000, 1001, 0.5, 0.85, 1.7, -0.0001, 1e-300, 5e-324, 1e308, 2147483647, 2147483648, 9007199254740993, -9223372036854775808, 18446744073709551615];

    public HttpRequestMessage Next(ApiOperation operation)
    {
        var damaged = random.Next(3) == 0;
        var request = new HttpRequestMessage(operation.Method, Url(operation, damaged));
        if (operation.Body is { } schema)
            request.Content = Content(operation, schema, damaged && random.Next(4) > 0);
        if (operation.Method == HttpMethod.Post && random.Next(10) == 0)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", random.Next(20) == 0 ? new string('k', 5000) : $"key-{random.Next(40)}");
        if (operation.Method == HttpMethod.Get && random.Next(10) == 0)
            request.Headers.TryAddWithoutValidation("If-None-Match", random.Next(2) == 0 ? "*" : "\"x\", W/\"y\"");
        return request;
    }

    private Uri Url(ApiOperation operation, bool damaged)
    {
        var path = operation.Path;
        foreach (var parameter in operation.Parameters.Where(p => p.InPath))
            path = path.Replace($"{{{parameter.Name}}}", Escaped(damaged && random.Next(4) == 0 ? AnyText() : pool.For(parameter.Name, operation.Path, random), inPath: true), StringComparison.Ordinal);
        var query = operation.Parameters.Where(p => !p.InPath && random.Next(4) == 0).Select(p => $"{p.Name}={Escaped(damaged && random.Next(2) == 0 ? AnyText() : Valid(p, operation))}").ToList();
        if (damaged && random.Next(5) == 0)
            query.Add(Pick(["unknown=1", "limit=1&limit=2", "=", "%FF", "limit", "cursor=" + Escaped(pool.For("cursor", operation.Path, random)), "a%00=1"]));
        return new(query.Count == 0 ? path : $"{path}?{string.Join('&', query)}", UriKind.Relative);
    }

    private string Valid(ApiParameter parameter, ApiOperation operation)
    {
        if (parameter.Schema.TryGetProperty("enum", out var choices))
            return Pick([.. choices.EnumerateArray()]).GetString()!;
        return parameter.Schema.GetProperty("type").GetString() switch
        {
            "boolean" => random.Next(2) == 0 ? "true" : "false",
            "integer" => random.Next(1, 200).ToString(CultureInfo.InvariantCulture),
            "number" => random.NextDouble().ToString("R", CultureInfo.InvariantCulture),
            _ when parameter.Schema.TryGetProperty("format", out var format) && format.GetString() == "date-time" => Time(),
            _ => pool.For(parameter.Name, operation.Path, random),
        };
    }

    private ByteArrayContent Content(ApiOperation operation, JsonElement schema, bool damaged)
    {
        var body = Value(schema, operation.Path, "body", 0);
        if (damaged && random.Next(3) > 0)
            body = Mutated(body, 0);
        var bytes = Encoding.UTF8.GetBytes(body?.ToJsonString() ?? "null");
        if (damaged && random.Next(4) == 0)
            bytes = Torn(bytes);
        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", damaged && random.Next(10) == 0 ? Pick(["text/plain", "application/xml", "application/json; charset=utf-16", "x", "application/x-ndjson"]) : "application/json");
        if (damaged && random.Next(20) == 0)
            content.Headers.TryAddWithoutValidation("Content-Encoding", Pick(["gzip", "br", "deflate", "identity", "x"]));
        return content;
    }

    // A value as its schema wants it.
    private JsonNode? Value(JsonElement schema, string path, string name, int depth)
    {
        schema = api.Resolve(schema);
        if (schema.TryGetProperty("oneOf", out var choices))
            return random.Next(3) == 0 ? null : Value(choices.EnumerateArray().Last(), path, name, depth);
        if (schema.TryGetProperty("enum", out var names))
            return JsonNode.Parse(Pick([.. names.EnumerateArray()]).GetRawText());
        var types = schema.TryGetProperty("type", out var type) ? type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString()!).ToList() : [type.GetString()!] : ["object"];
        if (types.Contains("null") && random.Next(6) == 0)
            return null;
        return types.First(t => t != "null") switch
        {
            "string" => Text(schema, path, name),
            "integer" => name is "quorum" ? random.Next(2, 5) : name is "success" or "progress" ? random.Next(0, 101) : random.Next(0, 500),
            "number" => Math.Round(random.NextDouble(), random.Next(1, 16)),
            "boolean" => random.Next(3) > 0,
            "array" => new JsonArray([.. Enumerable.Range(0, name == "body" ? random.Next(12) : random.Next(1, 4)).Select(_ => Value(schema.GetProperty("items"), path, name, depth + 1))]),
            _ => Object(schema, path, name, depth),
        };
    }

    private JsonObject Object(JsonElement schema, string path, string name, int depth)
    {
        var made = new JsonObject();
        var required = schema.TryGetProperty("required", out var all) ? all.EnumerateArray().Select(r => r.GetString()!).ToHashSet() : [];
        if (schema.TryGetProperty("properties", out var properties))
        {
            foreach (var property in properties.EnumerateObject().Where(p => required.Contains(p.Name) || random.Next(5) < 2))
                made[property.Name] = Value(property.Value, path, property.Name, depth + 1);
        }
        else if (name == "attributes")
        {
            made["size"] = random.Next(100);
            made["traced"] = true;
        }
        return made;
    }

    private string Text(JsonElement schema, string path, string name) =>
        schema.TryGetProperty("format", out var format) && format.GetString() == "date-time" ? Time() : pool.For(name, path, random);

    private string Time() => DateTimeOffset.UnixEpoch.AddSeconds(1_790_000_000 + random.Next(-40_000_000, 40_000_000)).AddMicroseconds(random.Next(1_000_000)).UtcDateTime
        .ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    // The same with one of its values replaced, left out, or joined by another.
    private JsonNode? Mutated(JsonNode? node, int depth)
    {
        if (node is JsonObject { Count: > 0 } there && random.Next(depth == 0 ? 10 : 3) > 0)
        {
            var name = Pick([.. there.Select(p => p.Key)]);
            var value = there[name];
            there.Remove(name);
            switch (random.Next(8))
            {
                case 0:
                    break;
                case 1:
                    there[name] = value;
                    there[Pick(["expertise", "id", "unknown", name.ToUpperInvariant(), "__proto__", "$type"])] = AnyValue();
                    break;
                default:
                    there[name] = Mutated(value, depth + 1);
                    break;
            }
            return there;
        }
        if (node is JsonArray { Count: > 0 } list && random.Next(3) > 0)
        {
            var at = random.Next(list.Count);
            var item = list[at];
            list.RemoveAt(at);
            list.Insert(at, random.Next(3) == 0 ? null : Mutated(item, depth + 1));
            return list;
        }
        return AnyValue();
    }

    private JsonNode? AnyValue() => random.Next(9) switch
    {
        0 => null,
        1 => random.Next(2) == 0,
        2 or 3 => Boundaries[random.Next(Boundaries.Length)],
        4 => new JsonArray([.. Enumerable.Range(0, random.Next(5)).Select(_ => (JsonNode?)JsonValue.Create(AnyText()))]),
        5 => new JsonArray(null, null),
        6 => new JsonObject { ["a"] = new JsonObject { ["b"] = 1 } },
        _ => JsonValue.Create(AnyText()),
    };

    private string AnyText() => random.Next(30) switch
    {
        0 => new string('x', random.Next(190, 25_000)),
        1 => string.Concat(Enumerable.Repeat("語", random.Next(1, 2_000))),
        < 5 => string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => (char)random.Next(1, 0xD800))),
        _ => Pick(Odd),
    };

    private byte[] Torn(byte[] bytes)
    {
        var list = bytes.ToList();
        for (var damage = random.Next(1, 4); damage > 0 && list.Count > 1; damage--)
        {
            var at = random.Next(list.Count);
            if (random.Next(2) == 0)
                list[at] = (byte)random.Next(256);
            else
                list.RemoveRange(at, random.Next(1, Math.Min(9, list.Count - at) + 1));
        }
        return [.. list];
    }

    // What reaches the routes at all: no dots that a client folds away, no line beyond what the HTTP server reads, and in a path no U+0000.
    private static string Escaped(string text, bool inPath = false)
    {
        var escaped = Uri.EscapeDataString(text.Length > 300 ? text[..300] : text);
        return inPath && (escaped is "" or "." or ".." || text.Contains('\0', StringComparison.Ordinal)) ? "%20" : escaped;
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];
}
