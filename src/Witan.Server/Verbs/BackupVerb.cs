using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Witan.Server.Storage;

namespace Witan.Server.Verbs;

/// <summary><c>witan backup FILE</c>: a consistent copy of the database, while servers write to it.</summary>
internal static class BackupVerb
{
    public static Command Command()
    {
        var command = new Command("backup", """
            Copy the database into a file, as of one moment, while servers go on writing. Everything that was acknowledged before
            it began is in it. The file is there once it is complete, and not before.
              witan backup /backups/witan-monday.db
              witan backup /backups/witan.dump --force --database "Host=db;Database=witan;Username=witan"
            SQLite: the file is a database. To restore it, stop Witan, put it in place of the database and delete what is left of
            the old one, or SQLite would take that for a part of the new one:
                rm -f witan-data/witan.db-wal witan-data/witan.db-shm
                cp /backups/witan-monday.db witan-data/witan.db
            PostgreSQL: the file is made by pg_dump, which must be there in the server's version or a later one. To restore it,
            stop Witan everywhere, and then, in a database that is empty:
                createdb witan && pg_restore --no-owner --exit-on-error --dbname witan /backups/witan.dump
                witan migrate --database "Host=db;Database=witan;Username=witan"
            """);
        var file = new Argument<string>("FILE") { Description = "The file to write, on another disk if possible" };
        var force = new Option<bool>("--force") { Description = "Replace the file if it exists, once the new one is complete" };
        var json = new Option<bool>("--json") { Description = "Print what was done as JSON: file, bytes, durationMs" };
        command.Arguments.Add(file);
        command.Options.Add(force);
        command.Options.Add(json);
        var options = new DatabaseOptions(command);
        command.SetAction((parsed, cancel) => options.Read(parsed) is { } settings
            ? DatabaseOptions.GuardAsync(() => RunAsync(settings.Database, parsed.GetRequiredValue(file), parsed.GetValue(force), parsed.GetValue(json), cancel), cancel)
            : Task.FromResult(1));
        return command;
    }

    private static async Task<int> RunAsync(string setting, string file, bool force, bool json, CancellationToken cancel)
    {
        if (File.Exists(file) && !force)
            return DatabaseOptions.Fail($"{file} exists; name another file, or replace it with --force");
        await using var database = Database.Of(setting);
        var began = Stopwatch.GetTimestamp();
        try
        {
            // For cron, which sends whatever is told, silence means that it went well.
            await (Console.IsErrorRedirected ? database.BackupAsync(file, null, cancel) : WithBarAsync(database, file, cancel));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return DatabaseOptions.Fail($"stopped; no backup was made{(File.Exists(file) ? $", and {file} is as it was" : "")}");
        }
        var (bytes, duration) = (new FileInfo(file).Length, Stopwatch.GetElapsedTime(began));
        Console.WriteLine(json
            ? new JsonObject { ["file"] = Path.GetFullPath(file), ["bytes"] = bytes, ["durationMs"] = Math.Round(duration.TotalMilliseconds) }.ToJsonString()
            : string.Create(CultureInfo.InvariantCulture, $"{database.Name} is backed up in {file} ({bytes / 1e6:0.0} MB, {duration.TotalSeconds:0.0} s)."));
        return 0;
    }

    private static Task WithBarAsync(Database database, string file, CancellationToken cancel) => ProgressLines.RunAsync("backing up", async progress =>
    {
        await database.BackupAsync(file, new Shares(progress), cancel);
        return true;
    });

    private sealed class Shares(IProgress<Intelligence.Training.TrainingProgress> progress) : IProgress<double>
    {
        public void Report(double value) => progress.Report(new("", value));
    }
}
