using System.Text;
using Dapper;

namespace Witan.Server.Storage;

/// <summary>
/// A WHERE clause of fixed pieces: only the conditions whose value was given, so that the database can use its indexes.
/// </summary>
internal sealed class Where
{
    private readonly StringBuilder _sql = new();

    public DynamicParameters Parameters { get; } = new();

    /// <summary>Adds a condition on @name when there is a value.</summary>
    public Where And(string condition, string name, object? value)
    {
        if (value is null)
            return this;
        Parameters.Add(name, value);
        return And(condition);
    }

    /// <summary>Adds a condition without a value of its own.</summary>
    public Where And(string condition)
    {
        _sql.Append(_sql.Length == 0 ? "WHERE " : " AND ").Append(condition);
        return this;
    }

    /// <summary>Adds: any of the columns holds the text, in any case.</summary>
    public Where AndContains(Dialect dialect, string? text, params IReadOnlyList<string> columns) => text is null
        ? this
        : And($"({string.Join(" OR ", columns.Select(column => $"{dialect.Folded(column)} LIKE @q ESCAPE '!'"))})", "q", Pattern(text));

    public override string ToString() => _sql.ToString();

    private static string Pattern(string text) =>
        $"%{text.ToLowerInvariant().Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal)}%";
}
