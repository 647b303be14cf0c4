using System.Globalization;
using System.Text.Json;

namespace Witan.Dashboard.Parts;

/// <summary>Numbers and words as people read them. A share never stands without what it is of.</summary>
public static class Show
{
    public const string Nothing = "–";

    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Percent(double? share, int digits = 1) => share is { } value ? (value * 100).ToString($"F{digits}", CultureInfo.InvariantCulture) + " %" : Nothing;

    public static string Interval(IReadOnlyList<double>? interval) => interval is [var low, var high] ? Interval(low, high) : Nothing;

    public static string Interval(double low, double high) => string.Create(CultureInfo.InvariantCulture, $"{low * 100:F0}–{high * 100:F0} %");

    /// <summary>A difference of two shares, in percentage points.</summary>
    public static string Points(double? difference) => difference is { } value ? (value * 100).ToString("+0.0;−0.0;0.0", CultureInfo.InvariantCulture) + " pp" : Nothing;

    public static string Number(double? value, int digits = 3) => value is { } number ? number.ToString($"F{digits}", CultureInfo.InvariantCulture) : Nothing;

    public static string Duration(double? milliseconds) => milliseconds switch
    {
        null => Nothing,
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:F0} ms"),
        < 60_000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1_000:F1} s"),
        < 3_600_000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 60_000:F1} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 3_600_000:F1} h"),
    };

    public static string Ago(DateTimeOffset time, DateTimeOffset now) => (now - time) switch
    {
        { TotalSeconds: < 60 } => "just now",
        { TotalMinutes: < 60 } span => $"{span.TotalMinutes:F0} min ago",
        { TotalHours: < 48 } span => $"{span.TotalHours:F0} h ago",
        var span => $"{span.TotalDays:F0} days ago",
    };

    /// <summary>A name of the contract, such as auto_apply, as words.</summary>
    public static string Words(string name) => name.Replace('_', ' ');

    /// <summary>A value of an enumeration of the contract, as words.</summary>
    public static string Words(Enum? value) => value is null ? Nothing : Words(JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));

    /// <summary>A value of an enumeration as the contract writes it.</summary>
    public static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>Reads a name of the contract; null when it is none.</summary>
    public static T? Parse<T>(string? name)
        where T : struct, Enum => Enum.GetValues<T>().Cast<T?>().FirstOrDefault(value => Name(value!.Value) == name);
}
