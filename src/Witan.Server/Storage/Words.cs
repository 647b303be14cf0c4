using System.Text.Json;

namespace Witan.Server.Storage;

/// <summary>Enumerations as the words that stand for them in the database, as on the wire.</summary>
internal static class Words
{
    public static string Of<T>(T value)
        where T : struct, Enum => Table<T>.Names[value];

    public static IReadOnlyList<string> All<T>()
        where T : struct, Enum => [.. Table<T>.Values.Keys];

    public static T Parse<T>(string word)
        where T : struct, Enum => Table<T>.Values[word];

    private static class Table<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<string, T> Values = Enum.GetValues<T>().ToDictionary(value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));
        public static readonly Dictionary<T, string> Names = Values.ToDictionary(pair => pair.Value, pair => pair.Key);
    }
}
