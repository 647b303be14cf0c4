using System.Text;
using System.Text.RegularExpressions;

namespace Witan.Intelligence.TrackRecords;

/// <summary>
/// What an error text says once everything that differs between two occurrences is masked: numbers, hexadecimal ids,
/// paths and quoted texts. Two failures are similar when their signatures are equal.
/// </summary>
public static partial class ErrorSignature
{
    private const int LongestLine = 1_000;
    private const int LongestSignature = 200;

    /// <summary>The signature of an error text, or null when there is no text.</summary>
    /// <param name="error">What the failure said. Only the line that names the error counts: the last one of a Python traceback, else the first.</param>
    public static string? Of(string? error)
    {
        if (string.IsNullOrWhiteSpace(error))
            return null;
        var telling = TellingLine(error);
        var line = QuotedText().Replace(telling[..Math.Min(telling.Length, LongestLine)].ToString(), "<text>").AsSpan();
        var signature = new StringBuilder(Math.Min(line.Length, LongestSignature));
        foreach (var range in line.SplitAny(" \t,;()[]{}='\"`"))
        {
            var word = line[range];
            if (word.IsEmpty)
                continue;
            if (signature.Length > 0)
                signature.Append(' ');
            Append(signature, word);
            if (signature.Length >= LongestSignature)
                break;
        }
        return signature.ToString(0, Math.Min(signature.Length, LongestSignature));
    }

    private static ReadOnlySpan<char> TellingLine(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        var lineBreak = text.StartsWith("Traceback", StringComparison.Ordinal) ? text.LastIndexOfAny('\r', '\n') : -1;
        if (lineBreak >= 0)
            return text[(lineBreak + 1)..];
        var end = text.IndexOfAny('\r', '\n');
        return end < 0 ? text : text[..end];
    }

    // An apostrophe inside a word opens no quotation.
    [GeneratedRegex("""(?<![A-Za-z])'[^']*'|"[^"]*"|`[^`]*`""")]
    private static partial Regex QuotedText();

    private static void Append(StringBuilder signature, ReadOnlySpan<char> word)
    {
        if (word.ContainsAny('/', '\\'))
            signature.Append("<path>");
        else if (word.ContainsAnyInRange('0', '9'))
            signature.Append("<number>");
        else
            signature.Append(word);
    }
}
