using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Witan.Server.Storage;

/// <summary>SQLite's online backup: the pages of a database as of one moment, copied while others write to it.</summary>
internal static class SqliteBackup
{
    private const int PagesAtOnce = 256; // 1 MB: after each it can be stopped

    /// <summary>Copies a database into an empty file, which is then a database by itself.</summary>
    public static void Copy(string database, string file, IProgress<double>? progress, CancellationToken cancel)
    {
        using var source = Open(database);
        // Held until the end: pages are read as of now, and however much is written meanwhile the copy does not begin anew.
        using var moment = source.BeginTransaction(deferred: true);
        if (source.ExecuteScalar<long>("SELECT count(*) FROM sqlite_master WHERE name = @Journal", new { Migrations.Journal }) == 0)
            throw Database.Foreign(database);
        CopyPages(source, database, file, progress, cancel);
        Check(file, cancel);
    }

    private static void CopyPages(SqliteConnection source, string database, string file, IProgress<double>? progress, CancellationToken cancel)
    {
        using var target = Open(file);
        target.Execute("PRAGMA journal_mode = OFF"); // there is nothing to go back to
        var backup = raw.sqlite3_backup_init(target.Handle, "main", source.Handle, "main");
        if (backup.IsInvalid)
            throw Failure(raw.sqlite3_errcode(target.Handle), database);
        var result = raw.SQLITE_OK;
        try
        {
            for (progress?.Report(0); result == raw.SQLITE_OK; progress?.Report(1 - (double)raw.sqlite3_backup_remaining(backup) / Math.Max(raw.sqlite3_backup_pagecount(backup), 1)))
            {
                cancel.ThrowIfCancellationRequested();
                result = raw.sqlite3_backup_step(backup, PagesAtOnce);
            }
        }
        finally
        {
            raw.sqlite3_backup_finish(backup);
        }
        if (result != raw.SQLITE_DONE)
            throw Failure(result, database);
    }

    // The copy says of itself that it has a write-ahead log, as the original does; without one it is whole in its one file.
    private static void Check(string file, CancellationToken cancel)
    {
        using var copy = Open(file);
        try
        {
            using var stop = cancel.Register(() => raw.sqlite3_interrupt(copy.Handle));
            var found = copy.ExecuteScalar<string>("PRAGMA quick_check(1)");
            if (found != "ok")
                throw new StorageFault($"The copy is damaged, and so may the database be: {found}. Keep your earlier backups, and look at the database with sqlite3 and PRAGMA integrity_check.", false);
            var mode = copy.ExecuteScalar<string>("PRAGMA journal_mode = DELETE");
            if (mode != "delete")
                throw new StorageFault($"The copy does not become a single file (journal_mode {mode}); name one on another disk.", false);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            throw new OperationCanceledException(null, e, cancel);
        }
    }

    private static SqliteConnection Open(string file)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = 1 }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static StorageFault Failure(int result, string database) => (result & 0xff) switch
    {
        raw.SQLITE_FULL => new("The disk of the backup is full.", true),
        _ => new($"The database {database} cannot be copied: {raw.sqlite3_errstr(result).utf8_to_string()}. Check its disk and that of the backup.", false),
    };
}
