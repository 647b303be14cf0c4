using System.CommandLine;
using System.Data.Common;
using Spectre.Console;
using Witan.Server.Storage;

namespace Witan.Server.Verbs;

/// <summary>The flags of every verb that opens the database itself.</summary>
internal sealed class DatabaseOptions
{
    private readonly Option<string?> _config = new("--config") { Description = $"A JSON file of settings (default: {Settings.DefaultFile} if there is one)" };
    private readonly Option<string?> _database = new("--database") { Description = $"A SQLite file, or a PostgreSQL connection string like \"Host=db;Database=witan;Username=witan\" (WITAN_DATABASE; default: {Settings.DefaultDatabase})" };
    private readonly Option<string?> _redis = new("--redis") { Description = "host:port[,options] (WITAN_REDIS; default: none, everything in memory)" };
    private readonly Option<string?>? _urls;

    public DatabaseOptions(Command command, bool listens = false)
    {
        command.Options.Add(_config);
        command.Options.Add(_database);
        command.Options.Add(_redis);
        if (listens)
            command.Options.Add(_urls = new("--urls") { Description = $"Where to listen (WITAN_URLS; default: {Settings.DefaultUrls})" });
    }

    /// <summary>The settings, or null after the errors were printed.</summary>
    public Settings? Read(ParseResult parsed, string? otherDatabase = null)
    {
        var flags = new Dictionary<string, string?>
        {
            ["urls"] = _urls is null ? null : parsed.GetValue(_urls),
            ["database"] = parsed.GetValue(_database) ?? (Environment.GetEnvironmentVariable("WITAN_DATABASE") is null ? otherDatabase : null),
            ["redis"] = parsed.GetValue(_redis),
        };
        var (settings, errors) = Settings.Load(parsed.GetValue(_config), flags);
        foreach (var error in errors)
            Console.Error.WriteLine($"witan: {error}");
        return settings;
    }

    /// <summary>Opens the rooms on the database, does the work, and closes them; failures that a user can mend become one line.</summary>
    public static async Task<int> WithRoomsAsync(Settings settings, Func<WebApplication, Task<int>> work, CancellationToken cancel)
    {
        await using var app = WitanHost.Build(settings);
        return await GuardAsync(async () =>
        {
            await app.OpenAsync(cancel);
            return await work(app);
        }, cancel);
    }

    /// <summary>Does the work; failures that a user can mend become one line.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> work, CancellationToken cancel)
    {
        try
        {
            return await work();
        }
        catch (StorageFault e)
        {
            return Fail(e.Message);
        }
        catch (DbException e)
        {
            return Fail(StorageFault.Of(e)?.Message ?? e.Message);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return Fail("stopped; what was stored is complete, and the same command goes on from there");
        }
    }

    public static int Fail(string message)
    {
        Console.Error.WriteLine($"witan: {message}");
        return 1;
    }
}

/// <summary>Progress on standard error: a bar in a terminal, plain lines otherwise.</summary>
internal static class ProgressLines
{
    public static Task<T> RunAsync<T>(string title, Func<IProgress<Intelligence.Training.TrainingProgress>, Task<T>> work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress().AutoClear(false).StartAsync(async context =>
        {
            var task = context.AddTask(title);
            var result = await work(new Bar(task, title));
            task.Value = task.MaxValue;
            return result;
        });
    }

    private sealed class Bar(ProgressTask task, string title) : IProgress<Intelligence.Training.TrainingProgress>
    {
        public void Report(Intelligence.Training.TrainingProgress value)
        {
            task.Description = value.Step.Length == 0 ? title : $"{title}: {value.Step}";
            task.Value = value.Fraction * task.MaxValue;
        }
    }
}
