using System.Data.Common;
using System.Text;
using Dapper;

namespace Witan.Server.Storage;

/// <summary>
/// A WHERE clause of fixed pieces: only the conditions whose value was given, so that the database can use its indexes.
/// </summary>
internal sealed class Where
{
    private readonly StringBuilder _sql = new();
    private readonly List<(string Name, object Value)> _values = [];

    /// <summary>The values, for Dapper.</summary>
    public DynamicParameters Parameters
    {
        get
        {
            var parameters = new DynamicParameters();
            foreach (var (name, value) in _values)
                parameters.Add(name, value);
            return parameters;
        }
    }

    /// <summary>Adds a condition on @name when there is a value.</summary>
    public Where And(string condition, string name, object? value)
    {
        if (value is null)
            return this;
        With(name, value);
        return And(condition);
    }

    /// <summary>Adds a condition without a value of its own.</summary>
    public Where And(string condition)
    {
        _sql.Append(_sql.Length == 0 ? "WHERE " : " AND ").Append(condition);
        return this;
    }

    /// <summary>
    /// Adds an equality with one of a few words of ours, in the text itself: how rare it is decides how it is best found, and a
    /// prepared statement would not know.
    /// </summary>
    /// <exception cref="ArgumentException">It is no such word.</exception>
    public Where AndWord(string column, string? word)
    {
        if (word is null)
            return this;
        return word.All(c => char.IsAsciiLetterLower(c) || c == '_') ? And($"{column} = '{word}'") : throw new ArgumentException($"\"{word}\" is no word of ours.", nameof(word));
    }

    /// <summary>The same with a flag.</summary>
    public Where AndFlag(string column, bool? flag) => flag is null ? this : And(flag == true ? column : $"NOT {column}");

    /// <summary>Adds a value for the conditions; null is none.</summary>
    public Where With(string name, object? value)
    {
        if (value is not null)
            _values.Add((name, value));
        return this;
    }

    /// <summary>Adds: any of the columns holds the text, in any case.</summary>
    public Where AndContains(Dialect dialect, string? text, params IReadOnlyList<string> columns) => text is null
        ? this
        : And($"({string.Join(" OR ", columns.Select(column => $"{dialect.Folded(column)} LIKE @q ESCAPE '!'"))})", "q", Pattern(text));

    /// <summary>A command with these values.</summary>
    public DbCommand Command(DbConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in _values)
            command.Parameters.Add(TypeMapping.Parameter(command, name, value));
        return command;
    }

    public override string ToString() => _sql.ToString();

    private static string Pattern(string text) =>
        $"%{text.ToLowerInvariant().Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal)}%";
}
