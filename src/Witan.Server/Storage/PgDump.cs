using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Witan.Server.Storage;

/// <summary>PostgreSQL's own program for backups, run beside Witan.</summary>
internal static class PgDump
{
    private static readonly string Program = OperatingSystem.IsWindows() ? "pg_dump.exe" : "pg_dump";

    // What would lead it to another server than the connection string does.
    private static readonly string[] Misleading = ["PGSERVICE", "PGSERVICEFILE", "PGHOSTADDR", "PGCLUSTER"];

    /// <summary>The program on the search path, or else the newest of those that Debian and its kin keep beside each other.</summary>
    /// <exception cref="StorageFault">There is none.</exception>
    public static string Find(string? searchPath, Version server, string versions = "/usr/lib/postgresql")
    {
        var installed = Directory.Exists(versions) ? Directory.GetDirectories(versions) : [];
        var newest = installed.OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0).Select(folder => Path.Combine(folder, "bin"));
        return (searchPath ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Concat(newest).Select(folder => Path.Combine(folder, Program)).FirstOrDefault(File.Exists)
            ?? throw new StorageFault($"PostgreSQL is backed up by its own pg_dump, and there is none on the PATH. Install the client of PostgreSQL {server.Major} or later (Debian, Ubuntu: apt-get install postgresql-client).", false);
    }

    /// <summary>How it finds the database of an open connection. Everything goes by the environment: a command line is there for everybody to read.</summary>
    public static IReadOnlyDictionary<string, string?> EnvironmentOf(NpgsqlConnection connection, NpgsqlConnectionStringBuilder settings) => new Dictionary<string, string?>
    {
        ["PGHOST"] = connection.Host, // the one of several that answered
        ["PGPORT"] = connection.Port.ToString(CultureInfo.InvariantCulture),
        ["PGUSER"] = connection.UserName,
        ["PGDATABASE"] = connection.Database,
        ["PGPASSWORD"] = settings.Password,
        ["PGPASSFILE"] = settings.Passfile,
        ["PGOPTIONS"] = settings.Options,
        ["PGSSLMODE"] = settings.SslMode switch { SslMode.VerifyCA => "verify-ca", SslMode.VerifyFull => "verify-full", var other => other.ToString().ToLowerInvariant() },
        ["PGSSLROOTCERT"] = settings.RootCertificate,
        ["PGSSLCERT"] = settings.SslCertificate,
        ["PGSSLKEY"] = settings.SslKey,
        ["PGCONNECT_TIMEOUT"] = settings.Timeout.ToString(CultureInfo.InvariantCulture),
        ["PGAPPNAME"] = "witan backup",
        ["LC_ALL"] = "C", // its messages are read here
    };

    /// <summary>Writes a dump in the custom format.</summary>
    /// <param name="environment">How it finds the database; null for what the environment of this process says.</param>
    /// <param name="server">The version of the server.</param>
    /// <param name="file">A file, which is overwritten.</param>
    /// <param name="cancel">Ends the program.</param>
    public static async Task RunAsync(IReadOnlyDictionary<string, string?> environment, Version server, string file, CancellationToken cancel)
    {
        var program = Find(Environment.GetEnvironmentVariable("PATH"), server);
        var start = new ProcessStartInfo(program, ["--format=custom", "--no-owner", "--no-privileges", "--no-password", $"--file={file}"]) { RedirectStandardError = true };
        foreach (var name in Misleading)
            start.Environment.Remove(name);
        foreach (var (name, value) in environment.Where(variable => variable.Value is not null))
            start.Environment[name] = value;
        using var process = Start(start);
        try
        {
            var said = await process.StandardError.ReadToEndAsync(cancel);
            await process.WaitForExitAsync(cancel);
            cancel.ThrowIfCancellationRequested(); // Ctrl-C in a terminal ends the program too
            if (process.ExitCode != 0)
                throw Failure(program, said, server);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None); // or it would write on into what is deleted next
            }
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new StorageFault($"{start.FileName} cannot be run: {e.Message}. Install the client of PostgreSQL anew, or put another pg_dump first on the PATH.", false, e);
        }
    }

    private static StorageFault Failure(string program, string said, Version server)
    {
        var lines = said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var line = (lines.FirstOrDefault(line => line.Contains("error:", StringComparison.Ordinal)) ?? lines.LastOrDefault() ?? "it did not say why").Replace("pg_dump: error: ", "", StringComparison.Ordinal);
        bool Says(string words) => said.Contains(words, StringComparison.OrdinalIgnoreCase);
        return Says("server version mismatch") ? new($"{program} is older than the server, which is PostgreSQL {server}. Install the client of PostgreSQL {server.Major} or later, or put its folder first on the PATH.", false)
            : Says("No space left on device") ? new("The disk of the backup is full.", true)
            : Says("permission denied") ? new($"The backup was refused by the database: {line}. Name a role with --database that may read every table, such as the one that owns them.", false)
            : new($"{program} failed: {line}. Nothing was kept; mend that, and run the backup again.", false);
    }
}
