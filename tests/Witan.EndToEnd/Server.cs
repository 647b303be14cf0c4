using System.Diagnostics;
using System.Text;

namespace Witan.EndToEnd;

/// <summary>A published server in a process and a folder of its own, on a port that it keeps when it is started again.</summary>
internal sealed class Server : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("witan-e2e-");
    private readonly string? _database;
    private Process? _process;
    private WitanClient? _client;

    private Server(string? database) => _database = database;

    /// <summary>Where it listens.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1:0");

    /// <summary>Speaks with it as an agent would.</summary>
    public WitanClient Client => _client ??= new(Url);

    private string Database => _database ?? Path.Combine(_folder.FullName, "witan.db");

    /// <summary>Serves a database, an empty one of its own where none is named.</summary>
    public static Task<Server> ServeAsync(string? database = null) => StartedAsync(new(database), "serve");

    /// <summary>Serves the real outcomes of the demo.</summary>
    public static Task<Server> DemoAsync() => StartedAsync(new((string?)null), "demo");

    /// <summary>Serves an empty database that asks for a key, and returns one that may read.</summary>
    public static async Task<(Server Server, string Key)> ServeKeyedAsync()
    {
        var server = new Server(null);
        var key = (await server.RunAsync("keys", "create", "--name", "reader", "--scope", "read", "--database", server.Database)).Split('\n')[0];
        return (await StartedAsync(server, "serve"), key);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Serves again after it was killed, at the same address.</summary>
    public Task StartAgainAsync() => ListenAsync("serve");

    /// <summary>Another server on the same database, at another address.</summary>
    public Task<Server> BesideAsync() => ServeAsync(Database);

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_process is not null)
            await KillAsync();
        _folder.Delete(recursive: true);
    }

    private static async Task<Server> StartedAsync(Server server, string verb)
    {
        server.Url = new($"http://127.0.0.1:{Ports.Free()}");
        await server.ListenAsync(verb);
        return server;
    }

    private async Task ListenAsync(string verb)
    {
        var process = _process = Published.Start(_folder.FullName, verb, "--database", Database, "--urls", Url.GetLeftPart(UriPartial.Authority));
        var errors = new StringBuilder();
        process.ErrorDataReceived += (_, line) =>
        {
            lock (errors)
                errors.AppendLine(line.Data);
        };
        process.BeginErrorReadLine();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith("Witan listens on ", StringComparison.Ordinal))
                continue;
            _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null); // or a full pipe would stop it
            return;
        }
        await process.WaitForExitAsync();
        throw new InvalidOperationException($"witan {verb} did not start: {errors}");
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        using var process = Published.Start(_folder.FullName, arguments);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"witan {string.Join(' ', arguments)}: {await error}");
    }
}
