using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Witan.Client;

namespace Witan.Server.Platform.Http;

/// <summary>Parses JSON strictly and says what is wrong in terms of the caller's fields.</summary>
internal static partial class StrictJson
{
    private const string GivenTwice = "given more than once; give it once";

    /// <summary>The value, or null with what is wrong.</summary>
    public static T? Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, out IReadOnlyList<FieldProblem> problems)
        where T : class
    {
        problems = [];
        try
        {
            if (JsonSerializer.Deserialize(json, type) is { } value)
                return value;
            problems = [new("body", "expected a JSON object, not null")];
        }
        catch (JsonException e)
        {
            var field = FieldOf(e.Path);
            problems = Missing().Match(e.Message) is { Success: true } missing
                ? [.. Quoted().Matches(missing.Value).Select(m => new FieldProblem(Join(field, m.Groups[1].Value), "required"))]
                : [Describe(e, field, type)];
        }
        return null;
    }

    private static FieldProblem Describe(JsonException e, string field, JsonTypeInfo type)
    {
        if (Unmapped().Match(e.Message) is { Success: true } unknown)
            return new(Join(field, unknown.Groups[1].Value), "unknown field; check its spelling or leave it out");
        if (Duplicate().Match(e.Message) is { Success: true } twice)
            return new(Join(field, twice.Groups[1].Value), GivenTwice);
        if (e.Message.StartsWith("Duplicate properties", StringComparison.Ordinal))
            return new(field, GivenTwice);
        if (e.Message.Contains("null values", StringComparison.Ordinal))
            return new(field, "must not be null");
        if (e.Message.Contains("maximum configured depth", StringComparison.Ordinal))
            return new("body", "nested more than 16 levels deep");
        if (e.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal))
            return new(field, $"expected {Expected(TypeAt(type, e.Path))}");
        return e.Message.StartsWith("expected", StringComparison.Ordinal) || e.Message.StartsWith("holds", StringComparison.Ordinal)
            ? new(field, e.Message)
            : new("body", $"not well-formed JSON near line {e.LineNumber + 1 ?? 1}, byte {e.BytePositionInLine + 1 ?? 1}");
    }

    private static string Expected(Type? type) => type switch
    {
        null => "a JSON object",
        _ when type == typeof(int) || type == typeof(long) => "a whole number in range",
        _ when type == typeof(bool) => "true or false",
        { IsEnum: true } => $"one of {string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName))}",
        _ when type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) => "a list",
        _ => "a JSON object",
    };

    // The message names the object around the value, so the type is looked up along the path.
    private static Type? TypeAt(JsonTypeInfo root, string? path)
    {
        var type = root;
        foreach (var name in (path ?? "$").Split('.').Skip(1))
        {
            var property = type.Properties.FirstOrDefault(p => p.Name == name);
            if (property is null)
                return name.Contains('[', StringComparison.Ordinal) ? typeof(int) : null;
            type = root.Options.GetTypeInfo(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);
        }
        return type.Type;
    }

    // A name that is no identifier stands in the path as ['name'].
    private static string FieldOf(string? path) => path is null or "$" or ""
        ? "body"
        : path.TrimStart('$').Replace("['", ".", StringComparison.Ordinal).Replace("']", "", StringComparison.Ordinal).TrimStart('.');

    private static string Join(string parent, string name) => parent == "body" ? name : parent == name || parent.EndsWith("." + name, StringComparison.Ordinal) ? parent : $"{parent}.{name}";

    [GeneratedRegex("^The JSON property '(.*)' could not be mapped")]
    private static partial Regex Unmapped();

    [GeneratedRegex("^Duplicate property '(.*)' encountered")]
    private static partial Regex Duplicate();

    [GeneratedRegex("missing required properties including: .*")]
    private static partial Regex Missing();

    [GeneratedRegex("'([A-Za-z]+)'")]
    private static partial Regex Quoted();
}
