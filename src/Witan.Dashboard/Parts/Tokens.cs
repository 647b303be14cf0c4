using System.Text.RegularExpressions;

namespace Witan.Dashboard.Parts;

/// <summary>Parts of a piece of code in whatever language: enough to read it by, and no parser.</summary>
public static partial class Tokens
{
    public static IEnumerable<(string Text, string? Kind)> Of(string code)
    {
        var at = 0;
        foreach (Match match in Part().Matches(code))
        {
            if (match.Index > at)
                yield return (code[at..match.Index], null);
            yield return (match.Value, match.Groups["comment"].Success ? "comment" : match.Groups["text"].Success ? "text" : match.Groups["number"].Success ? "number" : "word");
            at = match.Index + match.Length;
        }
        if (at < code.Length)
            yield return (code[at..], null);
    }

    [GeneratedRegex("""
        (?<comment>//[^\n]*|\#[^\n]*|/\*.*?\*/)
        |(?<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
        |(?<number>\b\d[\d_.]*\b)
        |(?<word>\b(?:abstract|as|async|await|bool|break|case|catch|class|const|continue|def|default|delete|do|elif|else|enum|except|export|extends|false|finally|fn|for|foreach|from|func|function|if|impl|import|in|int|interface|is|lambda|let|match|namespace|new|nil|None|not|null|or|package|pass|private|protected|public|raise|readonly|return|self|static|string|struct|switch|this|throw|true|True|False|try|type|using|var|void|while|with|yield)\b)
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Part();
}
