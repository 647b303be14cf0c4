using System.Diagnostics;

namespace Witan.EndToEnd;

/// <summary>A PostgreSQL of a test's own, to be stopped and started again without harm to other tests.</summary>
internal sealed class OwnPostgres : IAsyncDisposable
{
    private readonly string _bin;
    private readonly string _folder;
    private readonly int _port = Ports.Free();

    private OwnPostgres(string bin, string folder) => (_bin, _folder) = (bin, folder);

    /// <summary>Its database, as a setting of the server.</summary>
    public string Database => $"Host=127.0.0.1;Port={_port};Username=postgres;Database=postgres";

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Starts one; skips the test where there is no PostgreSQL, or fails it where ./test should have installed one.</summary>
    public static async Task<OwnPostgres> StartAsync()
    {
        var bin = Environment.GetEnvironmentVariable("WITAN_TEST_POSTGRES_BIN");
        if (bin is null && Environment.GetEnvironmentVariable("WITAN_TEST_ALL") == "1")
            Assert.Fail("There is no PostgreSQL, and ./test should have started one.");
        Assert.SkipWhen(bin is null, "There is no PostgreSQL. tests/with-postgres starts one for a command.");
        var own = new OwnPostgres(bin!, (await RunAsync("mktemp", "-d", Path.Combine(Path.GetTempPath(), "witan-e2e-postgres-XXXXXX"))).Trim());
        await RunAsync(Path.Combine(own._bin, "initdb"), "-D", own.Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync");
        await own.StartAgainAsync();
        return own;
    }

    /// <summary>Starts it, and returns once it accepts connections.</summary>
    public Task StartAgainAsync() => ControlAsync("-w", "-l", Path.Combine(_folder, "log"), "-o", $"-p {_port} -c unix_socket_directories='' -c listen_addresses=127.0.0.1 -c shared_buffers=32MB", "start");

    /// <summary>Ends it at once, with all of its connections.</summary>
    public Task StopAsync() => ControlAsync("-w", "-m", "immediate", "stop");

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Combine(Data, "postmaster.pid")))
            await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private Task ControlAsync(params string[] arguments) => RunAsync([Path.Combine(_bin, "pg_ctl"), "-D", Data, .. arguments]);

    // As the user postgres where this is root, whom PostgreSQL refuses. Through files: what pg_ctl starts keeps its output open.
    private static async Task<string> RunAsync(params string[] command)
    {
        string[] all = Environment.UserName == "root" ? ["runuser", "-u", "postgres", "--", .. command] : command;
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "out=$(mktemp) && \"$@\" >\"$out\" 2>&1 </dev/null; code=$?; cat \"$out\"; rm -f \"$out\"; exit $code", "sh", .. all]) { RedirectStandardOutput = true, WorkingDirectory = "/" })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? said : throw new InvalidOperationException($"{string.Join(' ', command)}: {said}");
    }
}
