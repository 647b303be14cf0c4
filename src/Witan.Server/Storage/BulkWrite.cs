using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Witan.Server.Storage;

/// <summary>
/// Many rows of a table of PostgreSQL at once: some as one statement over arrays, more by binary COPY. Where rows may meet others that are
/// there already, COPY goes into a staging table and one merge follows; elsewhere the lock of the writer has ruled that out.
/// </summary>
internal static class BulkWrite
{
    private const int LeastForCopy = 64;
    private const int LeastForStaging = 1_000; // two statements and an empty table's new file more

    private static readonly ConcurrentDictionary<Table, string> Inserts = [];
    private static readonly ConcurrentDictionary<Table, string> Updates = [];

    /// <summary>New rows as one statement: an array for each column, unnested side by side.</summary>
    public static NpgsqlBatchCommand Insert(Table table, List<object?[]> rows) => Command(Inserts.GetOrAdd(table, InsertOf), table, rows);

    /// <summary>Changes of rows, each of another, as one statement.</summary>
    public static NpgsqlBatchCommand Update(Table table, List<object?[]> rows) => Command(Updates.GetOrAdd(table, UpdateOf), table, rows);

    private static NpgsqlBatchCommand Command(string sql, Table table, List<object?[]> rows)
    {
        var command = new NpgsqlBatchCommand(sql);
        for (var i = 0; i < table.Columns.Count; i++)
            command.Parameters.Add(ArrayOf(table.Columns[i].Type, rows, i));
        return command;
    }

    /// <summary>Whether so many rows are worth the round trips of a COPY.</summary>
    public static bool IsForCopy(Table table, int rows) => rows >= (table.OnConflict.Length == 0 ? LeastForCopy : LeastForStaging);

    /// <summary>COPY into the table; or, where rows may be there already, into one of this session that looks like it, and then one merge.</summary>
    public static void Copy(NpgsqlConnection connection, Table table, List<object?[]> rows)
    {
        if (table.OnConflict.Length == 0)
        {
            Copy(connection, table.Name, table, rows);
            return;
        }
        Execute(connection, $"CREATE TEMP TABLE IF NOT EXISTS staging_{table.Name} (LIKE {table.Name} INCLUDING DEFAULTS)");
        Copy(connection, $"staging_{table.Name}", table, rows);
        Execute(connection, $"INSERT INTO {table.Name} ({table.ColumnList}) SELECT {table.ColumnList} FROM staging_{table.Name} {table.OnConflict}");
        Execute(connection, $"TRUNCATE staging_{table.Name}");
    }

    private static void Copy(NpgsqlConnection connection, string into, Table table, List<object?[]> rows)
    {
        using var copy = connection.BeginBinaryImport($"COPY {into} ({table.ColumnList}) FROM STDIN (FORMAT BINARY)");
        foreach (var row in rows)
        {
            copy.StartRow();
            for (var i = 0; i < row.Length; i++)
                Write(copy, table.Columns[i].Type, row[i]);
        }
        copy.Complete();
    }

    private static void Execute(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private static string InsertOf(Table table) =>
        $"INSERT INTO {table.Name} ({table.ColumnList}) SELECT {string.Join(", ", table.Columns.Select(Unnested))} FROM {Rows(table)} {table.OnConflict}";

    private static string UpdateOf(Table table) =>
        $"UPDATE {table.Name} SET {string.Join(", ", table.Columns.Select((column, i) => $"{column.Name} = {Unnested(column, i)}").Skip(1))} " +
        $"FROM {Rows(table)} WHERE {table.Name}.{table.Columns[0].Name} = u.c0";

    private static string Rows(Table table) =>
        $"unnest({string.Join(", ", table.Columns.Select((_, i) => $"${i + 1}"))}) AS u ({string.Join(", ", table.Columns.Select((_, i) => $"c{i}"))})";

    // Arrays cannot hold arrays of different lengths: list columns travel as their literals.
    private static string Unnested(Column column, int i) => column.Type switch
    {
        ColumnType.Integers => $"u.c{i}::integer[]",
        ColumnType.Texts => $"u.c{i}::text[]",
        ColumnType.Json => $"u.c{i}::jsonb",
        _ => $"u.c{i}",
    };

    private static NpgsqlParameter ArrayOf(ColumnType type, List<object?[]> rows, int column) => type switch
    {
        ColumnType.Id => Typed(NpgsqlDbType.Uuid, rows, column, value => (Guid?)value),
        ColumnType.Time => Typed(NpgsqlDbType.TimestampTz, rows, column, value => ((DateTimeOffset?)value)?.UtcDateTime),
        ColumnType.Flag => Typed(NpgsqlDbType.Boolean, rows, column, value => (bool?)value),
        ColumnType.Integer => Typed(NpgsqlDbType.Integer, rows, column, ToInteger),
        ColumnType.Long => Typed(NpgsqlDbType.Bigint, rows, column, ToLong),
        ColumnType.Number => Typed(NpgsqlDbType.Double, rows, column, value => (double?)value),
        ColumnType.Integers => Typed(NpgsqlDbType.Text, rows, column, value => Literal((IReadOnlyList<int>?)value)),
        ColumnType.Texts => Typed(NpgsqlDbType.Text, rows, column, value => Literal((IReadOnlyList<string>?)value)),
        _ => Typed(NpgsqlDbType.Text, rows, column, value => (string?)value),
    };

    private static NpgsqlParameter<T[]> Typed<T>(NpgsqlDbType type, List<object?[]> rows, int column, Func<object?, T> convert)
    {
        var values = new T[rows.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = convert(rows[i][column]);
        return new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };
    }

    private static void Write(NpgsqlBinaryImporter copy, ColumnType type, object? value)
    {
        switch (type, value)
        {
            case (_, null): copy.WriteNull(); break;
            case (ColumnType.Id, Guid id): copy.Write(id, NpgsqlDbType.Uuid); break;
            case (ColumnType.Time, DateTimeOffset time): copy.Write(time.UtcDateTime, NpgsqlDbType.TimestampTz); break;
            case (ColumnType.Flag, bool flag): copy.Write(flag, NpgsqlDbType.Boolean); break;
            case (ColumnType.Integer, _): copy.Write(ToInteger(value)!.Value, NpgsqlDbType.Integer); break;
            case (ColumnType.Long, _): copy.Write(ToLong(value)!.Value, NpgsqlDbType.Bigint); break;
            case (ColumnType.Number, double number): copy.Write(number, NpgsqlDbType.Double); break;
            case (ColumnType.Integers, IReadOnlyList<int> list): copy.Write(list.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer); break;
            case (ColumnType.Texts, IReadOnlyList<string> list): copy.Write(list.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text); break;
            case (ColumnType.Json, string json): copy.Write(json, NpgsqlDbType.Jsonb); break;
            case (_, string text): copy.Write(text, NpgsqlDbType.Text); break;
            default: throw new ArgumentException($"A {value.GetType()} is no {type}.", nameof(value));
        }
    }

    private static int? ToInteger(object? value) => value is null ? null : Convert.ToInt32(value, CultureInfo.InvariantCulture);

    private static long? ToLong(object? value) => value is null ? null : Convert.ToInt64(value, CultureInfo.InvariantCulture);

    private static string? Literal(IReadOnlyList<int>? list) => list is null ? null : $"{{{string.Join(',', list)}}}";

    private static string? Literal(IReadOnlyList<string>? list)
    {
        if (list is null)
            return null;
        var text = new StringBuilder("{");
        foreach (var item in list)
            text.Append(text.Length == 1 ? "\"" : ",\"").Append(item.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
        return text.Append('}').ToString();
    }
}
