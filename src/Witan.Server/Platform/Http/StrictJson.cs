using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Witan.Client;

namespace Witan.Server.Platform.Http;

/// <summary>Parses JSON strictly and says what is wrong in terms of the caller's fields.</summary>
internal static partial class StrictJson
{
    public static T? Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, out FieldProblem? problem)
        where T : class
    {
        problem = null;
        try
        {
            if (JsonSerializer.Deserialize(json, type) is { } value)
                return value;
            problem = new("body", "expected a JSON object, not null");
        }
        catch (JsonException e)
        {
            problem = Describe(e);
        }
        return null;
    }

    private static FieldProblem Describe(JsonException e)
    {
        var field = FieldOf(e.Path);
        if (Unmapped().Match(e.Message) is { Success: true } unknown)
            return new(Join(field, unknown.Groups[1].Value), "unknown field; check its spelling or leave it out");
        if (Duplicate().Match(e.Message) is { Success: true } twice)
            return new(Join(field, twice.Groups[1].Value), "given more than once; give it once");
        if (Missing().Match(e.Message) is { Success: true } missing)
            return new(string.Join(", ", Quoted().Matches(missing.Value).Select(m => Join(field, m.Groups[1].Value))), "required");
        if (e.Message.Contains("maximum configured depth", StringComparison.Ordinal))
            return new("body", "nested more than 16 levels deep");
        if (Conversion().Match(e.Message) is { Success: true } conversion)
            return new(field, $"expected {Expected(conversion.Groups[1].Value)}");
        return e.Message.StartsWith("expected", StringComparison.Ordinal) || e.Message.StartsWith("holds", StringComparison.Ordinal)
            ? new(field, e.Message)
            : new("body", $"not well-formed JSON near line {e.LineNumber + 1 ?? 1}, byte {e.BytePositionInLine + 1 ?? 1}");
    }

    private static string Expected(string type) => type switch
    {
        _ when type.Contains("Int32", StringComparison.Ordinal) || type.Contains("Int64", StringComparison.Ordinal) => "a whole number in range",
        _ when type.Contains("Boolean", StringComparison.Ordinal) => "true or false",
        _ when type.Contains("Double", StringComparison.Ordinal) => "a finite number",
        _ when type.Contains("String", StringComparison.Ordinal) && !type.Contains("Generic", StringComparison.Ordinal) => "a text",
        _ when type.Contains("FixState", StringComparison.Ordinal) => "\"applied\" or \"rejected\"",
        _ when type.Contains("List", StringComparison.Ordinal) => "a list",
        _ => "an object",
    };

    private static string FieldOf(string? path) => path is null or "$" or "" ? "body" : path.TrimStart('$').TrimStart('.');

    private static string Join(string parent, string name) => parent == "body" ? name : parent == name || parent.EndsWith("." + name, StringComparison.Ordinal) ? parent : $"{parent}.{name}";

    [GeneratedRegex("^The JSON property '(.*)' could not be mapped")]
    private static partial Regex Unmapped();

    [GeneratedRegex("^Duplicate property '(.*)' encountered")]
    private static partial Regex Duplicate();

    [GeneratedRegex("missing required properties including: .*")]
    private static partial Regex Missing();

    [GeneratedRegex("'([A-Za-z]+)'")]
    private static partial Regex Quoted();

    [GeneratedRegex("^The JSON value could not be converted to ([^ ]+)\\.")]
    private static partial Regex Conversion();
}
