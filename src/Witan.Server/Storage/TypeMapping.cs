using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;

namespace Witan.Server.Storage;

/// <summary>How Dapper writes and reads the types that the engines keep differently.</summary>
internal static class TypeMapping
{
    static TypeMapping()
    {
        // Without its own map removed, Dapper never asks a handler when it writes.
        SqlMapper.RemoveTypeMap(typeof(Guid));
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
        SqlMapper.RemoveTypeMap(typeof(bool));
        Add(typeof(Guid), NpgsqlDbType.Uuid, value => value is Guid ? value : Guid.Parse((string)value));
        Add(typeof(DateTimeOffset), NpgsqlDbType.TimestampTz, value => value is DateTime time ? new DateTimeOffset(time, TimeSpan.Zero) : FromMicroseconds((long)value));
        Add(typeof(bool), NpgsqlDbType.Boolean, value => value is bool ? value : (long)value != 0);
        Add(typeof(IReadOnlyList<int>), NpgsqlDbType.Array | NpgsqlDbType.Integer, value => value as int[] ?? JsonSerializer.Deserialize<int[]>((string)value)!);
        Add(typeof(IReadOnlyList<string>), NpgsqlDbType.Array | NpgsqlDbType.Text, value => value as string[] ?? JsonSerializer.Deserialize<string[]>((string)value)!);
        Add(typeof(IReadOnlyList<Guid>), NpgsqlDbType.Array | NpgsqlDbType.Uuid, value => value as Guid[] ?? JsonSerializer.Deserialize<Guid[]>((string)value)!);
    }

    /// <summary>Runs the static constructor.</summary>
    public static void Register()
    {
    }

    /// <summary>A value as SQLite keeps it.</summary>
    public static object ToSqlite(object? value) => value switch
    {
        null => DBNull.Value,
        Guid id => id.ToString("D", CultureInfo.InvariantCulture),
        DateTimeOffset time => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond,
        bool flag => flag ? 1L : 0L,
        IReadOnlyList<int> list => JsonSerializer.Serialize(list),
        IReadOnlyList<string> list => JsonSerializer.Serialize(list),
        IReadOnlyList<Guid> list => JsonSerializer.Serialize(list),
        _ => value,
    };

    /// <summary>A value that was read, as one of our types.</summary>
    public static T? FromDb<T>(object? value)
    {
        if (value is null or DBNull)
            return default;
        var type = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
        return value is T typed ? typed
            : type == typeof(Guid) ? (T)(object)Guid.Parse((string)value)
            : type == typeof(bool) ? (T)(object)((long)value != 0)
            : type == typeof(DateTimeOffset) ? (T)(object)(value is DateTime time ? new DateTimeOffset(time, TimeSpan.Zero) : FromMicroseconds((long)value))
            : (T)Convert.ChangeType(value, type, CultureInfo.InvariantCulture);
    }

    /// <summary>A parameter of a command.</summary>
    public static DbParameter Parameter(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, command is SqliteCommand ? ToSqlite(value) : value);
        return parameter;
    }

    public static DateTimeOffset TimeOf(DbDataReader row, int column) =>
        row is SqliteDataReader ? FromMicroseconds(row.GetInt64(column)) : new(row.GetDateTime(column), TimeSpan.Zero);

    public static int[] IntegersOf(DbDataReader row, int column) =>
        row is SqliteDataReader ? JsonSerializer.Deserialize<int[]>(row.GetString(column))! : row.GetFieldValue<int[]>(column);

    public static string[] TextsOf(DbDataReader row, int column) =>
        row is SqliteDataReader ? JsonSerializer.Deserialize<string[]>(row.GetString(column))! : row.GetFieldValue<string[]>(column);

    private static DateTimeOffset FromMicroseconds(long value) =>
        new(DateTimeOffset.UnixEpoch.Ticks + (value * TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    private static void Add(Type type, NpgsqlDbType postgres, Func<object, object> parse) => SqlMapper.AddTypeHandler(type, new Handler(postgres, parse));

    private sealed class Handler(NpgsqlDbType postgres, Func<object, object> parse) : SqlMapper.ITypeHandler
    {
        public void SetValue(IDbDataParameter parameter, object value)
        {
            if (parameter is NpgsqlParameter typed)
                (typed.NpgsqlDbType, typed.Value) = (postgres, value);
            else
                parameter.Value = ToSqlite(value is DBNull ? null : value);
        }

        public object Parse(Type destinationType, object value) => parse(value);
    }
}
