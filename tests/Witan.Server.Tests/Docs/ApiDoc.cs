using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Witan.Server.Tests.Docs;

/// <summary>A request of the document and the answer that it shows.</summary>
internal sealed record Example(int Line, string Method, string Path, IReadOnlyDictionary<string, string> Headers, string? Body, int Status, IReadOnlyDictionary<string, string> AnswerHeaders, string? Answer);

/// <summary>
/// Reads docs/api.md. An example is a block of <c>http</c> with a request and its answer. A value <c>{name}</c> in an answer
/// names what later requests send; <c>…</c> stands for what differs each time; keys and the ends of lists may be left out.
/// </summary>
internal static partial class ApiDoc
{
    public static string Text { get; } = File.ReadAllText(Path.Combine(House.Root, "docs/api.md")).ReplaceLineEndings("\n");

    public static IReadOnlyList<Example> Examples() =>
        [.. Block().Matches(Text).Select(m => ExampleOf(1 + Text[..m.Index].Count(c => c == '\n'), m.Groups[1].Value, m.Groups[2].Value))];

    /// <summary>The problem codes of the table, each with its status.</summary>
    public static IReadOnlyDictionary<string, int> Codes() => StatusRow().Matches(Text)
        .SelectMany(row => Code().Matches(row.Groups[2].Value).Select(code => (Code: code.Groups[1].Value, Status: int.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture))))
        .ToDictionary(c => c.Code, c => c.Status);

    /// <summary>Everything in a real answer that is not as documented; names in braces are learned on the way.</summary>
    public static IEnumerable<string> Differences(JsonElement shown, JsonElement real, Dictionary<string, string> names, string path = "$")
    {
        if (shown.ValueKind == JsonValueKind.Object && real.ValueKind == JsonValueKind.Object)
            return shown.EnumerateObject().SelectMany(p => real.TryGetProperty(p.Name, out var value)
                ? Differences(p.Value, value, names, $"{path}.{p.Name}")
                : [$"{path}.{p.Name} is not in the answer"]).ToList();
        if (shown.ValueKind == JsonValueKind.Array && real.ValueKind == JsonValueKind.Array)
            return shown.GetArrayLength() > real.GetArrayLength() || (shown.GetArrayLength() == 0 && real.GetArrayLength() > 0)
                ? [$"{path} has {real.GetArrayLength()} items: {real.GetRawText()}"]
                : shown.EnumerateArray().Zip(real.EnumerateArray()).SelectMany((pair, i) => Differences(pair.First, pair.Second, names, $"{path}[{i}]")).ToList();
        return Same(shown, real, names) ? [] : [$"{path} is {real.GetRawText()}, not {shown.GetRawText()}"];
    }

    /// <summary>Whether a text is as shown, but for names and what differs each time.</summary>
    public static bool Same(string shown, string real, Dictionary<string, string> names)
    {
        if (Name().Match(shown) is { Success: true } name && !names.ContainsKey(name.Groups[1].Value))
            names[name.Groups[1].Value] = real;
        return Regex.IsMatch(real, $"^{string.Join(".*", Filled(shown, names).Split('…').Select(Regex.Escape))}$", RegexOptions.Singleline);
    }

    public static string Filled(string text, IReadOnlyDictionary<string, string> names) =>
        names.Aggregate(text, (filled, name) => filled.Replace($"{{{name.Key}}}", name.Value, StringComparison.Ordinal));

    private static bool Same(JsonElement shown, JsonElement real, Dictionary<string, string> names) => (shown.ValueKind, real.ValueKind) switch
    {
        (JsonValueKind.String, JsonValueKind.String) => Same(shown.GetString()!, real.GetString()!, names),
        (JsonValueKind.Number, JsonValueKind.Number) => Math.Abs(shown.GetDouble() - real.GetDouble()) <= 0.5000001 * Math.Pow(10, -Digits(shown.GetRawText())),
        var (a, b) => a == b,
    };

    private static int Digits(string number) => number.Contains('.', StringComparison.Ordinal) ? number.Length - number.IndexOf('.', StringComparison.Ordinal) - 1 : 0;

    private static Example ExampleOf(int line, string request, string answer)
    {
        var (first, headers, body) = Message(request);
        var (status, answerHeaders, answerBody) = Message(answer);
        var words = first.Split(' ');
        return new(line, words[0], words[1], headers, body, int.Parse(status.Split(' ')[1], CultureInfo.InvariantCulture), answerHeaders, answerBody);
    }

    private static (string First, Dictionary<string, string> Headers, string? Body) Message(string http)
    {
        var parts = http.TrimEnd('\n').Split("\n\n", 2);
        var head = parts[0].Split('\n');
        return (head[0], head.Skip(1).Select(h => h.Split(": ", 2)).ToDictionary(h => h[0], h => h[1]), parts.Length > 1 ? parts[1] : null);
    }

    [GeneratedRegex("(?ms)^```http\n([A-Z]+ .*?\n)\n(HTTP/1\\.1 .*?)^```$")]
    private static partial Regex Block();

    [GeneratedRegex(@"(?m)^\| ([0-9]{3}) \|(.*)\|$")]
    private static partial Regex StatusRow();

    [GeneratedRegex("`([a-z_]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("^\"?\\{([a-zA-Z]+)\\}\"?$")]
    private static partial Regex Name();
}
