using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Witan.Server.Storage;

/// <summary>
/// Many rows into a table of PostgreSQL: some as one statement over arrays, more by binary COPY. Where rows may meet others that are
/// there already, COPY goes into a staging table and one merge follows; elsewhere the lock of the writer has ruled that out.
/// </summary>
internal static class BulkInsert
{
    private const int LeastForCopy = 16;
    private const int LeastForStaging = 256;

    private static readonly ConcurrentDictionary<Table, string> Inserts = [];

    /// <summary>One statement: an array for each column, unnested side by side.</summary>
    public static NpgsqlBatchCommand Command(Table table, List<object?[]> rows)
    {
        var command = new NpgsqlBatchCommand(Inserts.GetOrAdd(table, Sql));
        for (var i = 0; i < table.Columns.Count; i++)
            command.Parameters.Add(ArrayOf(table.Columns[i].Type, rows, i));
        return command;
    }

    /// <summary>Whether so many rows are worth the round trips of a COPY.</summary>
    public static bool IsForCopy(Table table, int rows) => rows >= (table.OnConflict.Length == 0 ? LeastForCopy : LeastForStaging);

    /// <summary>COPY into the table; or, where rows may be there already, into one of this session that looks like it, and then one merge.</summary>
    public static async Task CopyAsync(NpgsqlConnection connection, Table table, List<object?[]> rows)
    {
        if (table.OnConflict.Length == 0)
        {
            await CopyAsync(connection, table.Name, table, rows);
            return;
        }
        await ExecuteAsync(connection, $"CREATE TEMP TABLE IF NOT EXISTS staging_{table.Name} (LIKE {table.Name} INCLUDING DEFAULTS)");
        await CopyAsync(connection, $"staging_{table.Name}", table, rows);
        await ExecuteAsync(connection, $"INSERT INTO {table.Name} ({table.ColumnList}) SELECT {table.ColumnList} FROM staging_{table.Name} {table.OnConflict}");
        await ExecuteAsync(connection, $"TRUNCATE staging_{table.Name}");
    }

    private static async Task CopyAsync(NpgsqlConnection connection, string into, Table table, List<object?[]> rows)
    {
        await using var copy = await connection.BeginBinaryImportAsync($"COPY {into} ({table.ColumnList}) FROM STDIN (FORMAT BINARY)");
        foreach (var row in rows)
        {
            await copy.StartRowAsync();
            for (var i = 0; i < row.Length; i++)
                await WriteAsync(copy, table.Columns[i].Type, row[i]);
        }
        await copy.CompleteAsync();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    // Arrays cannot hold arrays of different lengths: list columns travel as their literals.
    private static string Sql(Table table)
    {
        var columns = table.Columns.Select((column, i) => column.Type switch
        {
            ColumnType.Integers => $"u.c{i}::integer[]",
            ColumnType.Texts => $"u.c{i}::text[]",
            ColumnType.Json => $"u.c{i}::jsonb",
            _ => $"u.c{i}",
        });
        return $"INSERT INTO {table.Name} ({table.ColumnList}) SELECT {string.Join(", ", columns)} " +
            $"FROM unnest({string.Join(", ", table.Columns.Select((_, i) => $"${i + 1}"))}) AS u ({string.Join(", ", table.Columns.Select((_, i) => $"c{i}"))}) {table.OnConflict}";
    }

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

    private static Task WriteAsync(NpgsqlBinaryImporter copy, ColumnType type, object? value) => (type, value) switch
    {
        (_, null) => copy.WriteNullAsync(),
        (ColumnType.Id, Guid id) => copy.WriteAsync(id, NpgsqlDbType.Uuid),
        (ColumnType.Time, DateTimeOffset time) => copy.WriteAsync(time.UtcDateTime, NpgsqlDbType.TimestampTz),
        (ColumnType.Flag, bool flag) => copy.WriteAsync(flag, NpgsqlDbType.Boolean),
        (ColumnType.Integer, _) => copy.WriteAsync(ToInteger(value)!.Value, NpgsqlDbType.Integer),
        (ColumnType.Long, _) => copy.WriteAsync(ToLong(value)!.Value, NpgsqlDbType.Bigint),
        (ColumnType.Number, double number) => copy.WriteAsync(number, NpgsqlDbType.Double),
        (ColumnType.Integers, IReadOnlyList<int> list) => copy.WriteAsync(list.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer),
        (ColumnType.Texts, IReadOnlyList<string> list) => copy.WriteAsync(list.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
        (ColumnType.Json, string json) => copy.WriteAsync(json, NpgsqlDbType.Jsonb),
        (_, string text) => copy.WriteAsync(text, NpgsqlDbType.Text),
        _ => throw new ArgumentException($"A {value.GetType()} is no {type}.", nameof(value)),
    };

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
