using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Witan.Server.Storage;

/// <summary>
/// What differs between database engines; the SQL of the rooms does not. Here: SQLite, where ids are lower-case text,
/// times are microseconds since 1970, flags are 0 and 1 and lists are JSON text.
/// </summary>
internal static class Dialect
{
    static Dialect()
    {
        SqlMapper.RemoveTypeMap(typeof(Guid)); // or Dapper never asks the handler when it writes
        SqlMapper.AddTypeHandler(typeof(Guid), new Handler(value => Guid.Parse((string)value)));
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
        SqlMapper.AddTypeHandler(typeof(DateTimeOffset), new Handler(value => FromMicroseconds((long)value)));
        SqlMapper.RemoveTypeMap(typeof(bool));
        SqlMapper.AddTypeHandler(typeof(bool), new Handler(value => (long)value != 0));
        SqlMapper.AddTypeHandler(typeof(IReadOnlyList<int>), new Handler(value => JsonSerializer.Deserialize<int[]>((string)value)!));
        SqlMapper.AddTypeHandler(typeof(IReadOnlyList<string>), new Handler(value => JsonSerializer.Deserialize<string[]>((string)value)!));
    }

    /// <summary>Runs the static constructor.</summary>
    public static void Register()
    {
    }

    /// <summary>The elements of a list column as rows with the column <c>value</c>.</summary>
    public static string Elements(string column) => $"json_each({column})";

    /// <summary>The beginning of the stretch of time that a time column falls in; stretches are counted from a Monday.</summary>
    public static string BucketStart(string column, TimeSpan bucket)
    {
        var (length, monday) = ((long)bucket.TotalMicroseconds, (long)TimeSpan.FromDays(4).TotalMicroseconds); // 1970-01-05
        return $"{column} - ((({column} - {monday}) % {length} + {length}) % {length})";
    }

    /// <summary>A value as a parameter.</summary>
    public static object ToDb(object? value) => value switch
    {
        null => DBNull.Value,
        Guid id => id.ToString("D", CultureInfo.InvariantCulture),
        DateTimeOffset time => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond,
        bool flag => flag ? 1L : 0L,
        IReadOnlyList<int> list => JsonSerializer.Serialize(list),
        IReadOnlyList<string> list => JsonSerializer.Serialize(list),
        _ => value,
    };

    /// <summary>What a failure of the database means to a caller, or null when it is a bug.</summary>
    public static StorageFault? FaultOf(DbException exception) => (exception as SqliteException)?.SqliteErrorCode switch
    {
        5 or 6 => new("The database is locked by another process. Try again shortly; if it stays so, stop the process that holds it.", false, exception),
        8 => new("The database is read-only. Make its file and folder writable, or name another with --database.", false, exception),
        10 or 14 => new("The database file cannot be read or written. Check its disk and permissions.", false, exception),
        13 => new("The disk of the database is full.", true, exception),
        _ => null,
    };

    private static DateTimeOffset FromMicroseconds(long value) =>
        new(DateTimeOffset.UnixEpoch.Ticks + (value * TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    private sealed class Handler(Func<object, object> parse) : SqlMapper.ITypeHandler
    {
        public void SetValue(IDbDataParameter parameter, object value) => parameter.Value = ToDb(value is DBNull ? null : value);

        public object Parse(Type destinationType, object value) => parse(value);
    }
}
