using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Witan.Server.Storage;

/// <summary>The database cannot serve now: busy, away, read-only or full. The message says what to do.</summary>
internal sealed class StorageFault(string message, bool isFull, Exception? inner = null) : Exception(message, inner)
{
    public bool IsFull => isFull;

    /// <summary>What a failure of the database means to a caller, or null when it is a bug.</summary>
    public static StorageFault? Of(DbException exception) => exception switch
    {
        SqliteException sqlite => Of(sqlite),
        PostgresException refused => Of(refused),
        NpgsqlException => Away(exception),
        _ => null,
    };

    /// <summary>The database does not answer.</summary>
    public static StorageFault Away(Exception inner) => new("The database does not answer. Witan goes on by itself when it does; try again shortly.", false, inner);

    private static StorageFault? Of(SqliteException exception) => exception.SqliteErrorCode switch
    {
        5 or 6 => new("The database is locked by another process. Try again shortly; if it stays so, stop the process that holds it.", false, exception),
        8 => new("The database is read-only. Make its file and folder writable, or name another with --database.", false, exception),
        10 or 14 => new("The database file cannot be read or written. Check its disk and permissions.", false, exception),
        13 => new("The disk of the database is full.", true, exception),
        _ => null,
    };

    // The classes of https://www.postgresql.org/docs/current/errcodes-appendix.html
    private static StorageFault? Of(PostgresException exception) => exception.SqlState switch
    {
        "53100" => new("The disk of the database is full.", true, exception),
        "25006" => new("The database is read-only; it may be a replica. Name its primary with --database.", false, exception),
        "42501" => new($"The database does not permit this to its user: {exception.MessageText}.", false, exception),
        "3D000" => new($"The {exception.MessageText.Replace("\"", "", StringComparison.Ordinal)}. Create it, or name another with --database.", false, exception),
        "28000" or "28P01" => new($"The database refuses its user: {exception.MessageText}.", false, exception),
        "40001" or "40P01" or "55P03" or "57014" or "25P03" => new("The database is busy. Try again shortly.", false, exception),
        "53300" => new("The database takes no more connections. Try again shortly, or raise its max_connections.", false, exception),
        ['5', '3' or '7' or '8', ..] or ['0', '8', ..] or ['X', 'X', ..] => Away(exception),
        _ => null,
    };
}
