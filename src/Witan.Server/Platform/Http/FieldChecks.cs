using Witan.Client;

namespace Witan.Server.Platform.Http;

/// <summary>The checks that every room makes of the fields of a body; each error names its field and the remedy.</summary>
internal class FieldChecks
{
    public const int LongestKey = 500;
    private const int LongestText = 20_000;

    private readonly List<FieldProblem> _errors = [];

    public IReadOnlyList<FieldProblem> Errors => _errors;

    public ApiProblem? Problem => _errors.Count == 0 ? null : ApiProblem.Invalid(_errors);

    /// <summary>A name or key: printable, not blank, not too long; may be absent.</summary>
    public void Key(string field, string? text, int longest = LongestKey)
    {
        if (text is null)
            return;
        if (string.IsNullOrWhiteSpace(text))
            Fail(field, "is empty; give a value or leave it out");
        else if (text.Length > longest)
            Fail(field, $"is longer than {longest} characters");
        else if (text.Any(char.IsControl))
            Fail(field, "holds a control character; leave it out");
    }

    public void Keys(string field, IReadOnlyList<string> texts, int least, int most, int longest)
    {
        if (texts.Count < least)
            Fail(field, $"is empty; give at least {least}");
        else if (texts.Count > most)
            Fail(field, $"holds more than {most}");
        for (var i = 0; i < texts.Count; i++)
            Key($"{field}[{i}]", texts[i] ?? "", longest);
    }

    /// <summary>Free text; may be absent or empty.</summary>
    public void Text(string field, string? text)
    {
        if (text?.Length > LongestText)
            Fail(field, $"is longer than {LongestText} characters; send its most telling part");
    }

    public void RequiredText(string field, string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            Fail(field, "is empty; say it in words");
        else
            Text(field, text);
    }

    public void Layers(string field, IReadOnlyList<int>? layers)
    {
        if (layers?.Count > 100 || layers?.Any(layer => layer is < 0 or > 1000) == true)
            Fail(field, "expected at most 100 numbers from 0 to 1000");
    }

    public void Share(string field, double? value)
    {
        if (value is < 0 or > 1)
            Fail(field, "expected a number from 0 to 1");
    }

    public void Range(string field, int? value, int least, int most)
    {
        if (value < least || value > most)
            Fail(field, $"expected a whole number from {least} to {most}");
    }

    public void Fail(string field, string message) => _errors.Add(new(field, message));
}
