using System.Text.Json;

namespace Witan.Server.Tests.Fuzz;

/// <summary>One operation of the OpenAPI document.</summary>
internal sealed record ApiOperation(string Id, HttpMethod Method, string Path, IReadOnlyList<ApiParameter> Parameters, JsonElement? Body)
{
    public bool IsList => Parameters.Any(p => p.Name == "cursor");
}

/// <summary>A parameter of an operation.</summary>
internal sealed record ApiParameter(string Name, bool InPath, JsonElement Schema);

/// <summary>What the OpenAPI document of a running server says can be asked of it.</summary>
internal sealed class ApiDescription
{
    private readonly JsonElement _document;

    public ApiDescription(JsonElement document)
    {
        _document = document;
        Operations =
        [
            .. from path in document.GetProperty("paths").EnumerateObject()
               from operation in path.Value.EnumerateObject()
               // Neither the first key, after which all else would need one, nor what is no JSON of the API, nor the stream, which does not end.
               where path.Name.StartsWith(Conversation.Prefix, StringComparison.Ordinal) || path.Name.StartsWith("/health", StringComparison.Ordinal)
               where !path.Name.EndsWith("/events", StringComparison.Ordinal)
               where operation.Value.ValueKind == JsonValueKind.Object && operation.Value.TryGetProperty("operationId", out _)
               select Read(path.Name, operation),
        ];
    }

    public IReadOnlyList<ApiOperation> Operations { get; }

    /// <summary>A schema with its reference followed.</summary>
    public JsonElement Resolve(JsonElement schema)
    {
        while (schema.TryGetProperty("$ref", out var reference))
            schema = _document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]);
        return schema;
    }

    private ApiOperation Read(string path, JsonProperty operation)
    {
        var parameters = operation.Value.TryGetProperty("parameters", out var all)
            ? all.EnumerateArray().Select(p => new ApiParameter(p.GetProperty("name").GetString()!, p.GetProperty("in").GetString() == "path", Resolve(p.GetProperty("schema"))))
            : [];
        JsonElement? body = operation.Value.TryGetProperty("requestBody", out var request) ? request.GetProperty("content").GetProperty("application/json").GetProperty("schema") : null;
        return new(operation.Value.GetProperty("operationId").GetString()!, HttpMethod.Parse(operation.Name), path, [.. parameters], body);
    }
}
