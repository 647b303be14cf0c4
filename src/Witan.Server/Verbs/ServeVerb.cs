using System.CommandLine;
using System.Runtime.InteropServices;
using Witan.Server.Models;
using Witan.Server.Platform.Auth;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;

namespace Witan.Server.Verbs;

/// <summary><c>witan serve</c>: migrates and answers until Ctrl-C.</summary>
internal static class ServeVerb
{
    public static Command Command()
    {
        var command = new Command("serve", """
            Serve the API until Ctrl-C (the default). An empty database works at once.
              witan serve
              witan serve --database /var/lib/witan/witan.db --urls http://localhost:8080
            """);
        SetUp(command);
        return command;
    }

    public static void MakeDefaultOf(RootCommand root) => SetUp(root);

    private static void SetUp(Command command)
    {
        var options = new DatabaseOptions(command, listens: true);
        command.SetAction((parsed, cancel) => options.Read(parsed) is { } settings
            ? DatabaseOptions.WithRoomsAsync(settings, app => ServeAsync(app, settings, cancel), cancel)
            : Task.FromResult(1));
    }

    /// <summary>Listens until stopped; exit code 0, or 1 when the address is taken.</summary>
    public static async Task<int> ServeAsync(WebApplication app, Settings settings, CancellationToken cancel, Action? onStarted = null)
    {
        // Connections that a hung database keeps busy hold their threads; they must not be all there are.
        ThreadPool.SetMinThreads(64, 64);
        var (database, ring, pepper) = (app.Services.GetRequiredService<Database>(), app.Services.GetRequiredService<KeyRing>(), app.Services.GetRequiredService<Pepper>());
        if (ring.IsInForce && pepper.Missing is { } missing)
            return DatabaseOptions.Fail($"{missing}.");
        if (!settings.IsLoopback && !ring.HasUsable)
            return DatabaseOptions.Fail($"urls: {settings.Urls} can be reached from other machines, and there is no key to guard it. Make one first: witan keys create --name me --scope read --scope report --scope admin{(database.IsShared ? "" : $" --database \"{settings.Database}\"")}; or listen on localhost.");
        await using (var held = await database.TryLockAsync(FleetLock.Training, cancel)) // no other node trains now
        {
            if (held is not null)
                await app.Services.GetRequiredService<WriteQueue>().RunAsync(ModelStore.AbandonTrainings, app.Services.GetRequiredService<TimeProvider>().GetUtcNow());
        }
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        try
        {
            await app.StartAsync(cancel);
        }
        catch (IOException e)
        {
            return DatabaseOptions.Fail($"{e.Message.TrimEnd('.')}. Stop what uses the port, or listen elsewhere with --urls.");
        }
        Console.WriteLine($"Witan listens on {string.Join(", ", app.Urls)}, database {database.Name}. Dashboard: /, API: {Api.Prefix}, documentation: /scalar. Ctrl-C stops it.");
        Console.WriteLine(ring.IsInForce ? "Callers need a key." : "No keys are set up: it serves this machine only.");
        onStarted?.Invoke();
        await app.WaitForShutdownAsync(CancellationToken.None);
        return 0;

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            _ = app.Services.GetRequiredService<Draining>().EndAsync();
        }
    }
}
