using System.Diagnostics;
using System.Globalization;
using Dapper;
using Npgsql;

namespace Witan.Server.Tests.Resilience;

/// <summary>A PostgreSQL of a test's own, to be killed, stopped and started again without harm to other tests.</summary>
internal sealed class OwnPostgres : IAsyncDisposable
{
    private const string Name = "witan";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _bin;
    private readonly string _folder;
    private readonly string _options;
    private readonly int _port;

    private OwnPostgres(string bin, string folder, int port, string options) => (_bin, _folder, _port, _options) = (bin, folder, port, options);

    /// <summary>The setting of its database for a node.</summary>
    public string Database => DatabaseOf("witan-test");

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Starts one, with further options of the server such as <c>-c fsync=off</c>, and an empty database on it.</summary>
    public static async Task<OwnPostgres> StartAsync(string options = "")
    {
        Engine.NeedPostgres();
        var bin = Environment.GetEnvironmentVariable("WITAN_TEST_POSTGRES_BIN")!;
        var folder = (await RunAsync("mktemp", "-d", Path.Combine(Path.GetTempPath(), "witan-own-postgres-XXXXXX"))).Trim();
        var own = new OwnPostgres(bin, folder, Ports.Free(), options);
        await RunAsync(Path.Combine(bin, "initdb"), "-D", own.Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync");
        await own.StartAgainAsync();
        await own.OnAsync("postgres", $"CREATE DATABASE {Name}");
        return own;
    }

    /// <summary>The setting of its database for a node that PostgreSQL knows by a name.</summary>
    public string DatabaseOf(string node) => $"Host=127.0.0.1;Port={_port};Username=postgres;Database={Name};Application Name={node}";

    /// <summary>Starts it, and returns once it accepts connections; after a kill that is when it has recovered.</summary>
    public async Task StartAgainAsync()
    {
        await RunAsync(Path.Combine(_bin, "pg_ctl"), "-W", "-D", Data, "-l", Path.Combine(_folder, "log"),
            "-o", $"-p {_port} -c unix_socket_directories='' -c listen_addresses=127.0.0.1 -c max_connections=100 -c shared_buffers=32MB {_options}", "start");
        var since = Stopwatch.GetTimestamp();
        while (!await AcceptsAsync())
        {
            if (Stopwatch.GetElapsedTime(since) > Patience)
                throw new InvalidOperationException($"PostgreSQL did not start: {await File.ReadAllTextAsync(Path.Combine(_folder, "log"))}");
            await Task.Delay(10);
        }
    }

    /// <summary>kill -9 of all of its processes at once.</summary>
    public async Task KillAsync()
    {
        var all = await StandStillAsync();
        await SignalAsync("KILL", all);
        while (all.Any(Lives))
            await Task.Delay(1);
        File.Delete(Path.Combine(Data, "postmaster.pid")); // where nobody reaps orphans it would be taken for running
    }

    /// <summary>Stops all of its processes where they are: they take connections and bytes, and answer nothing.</summary>
    public Task StopAsync() => StandStillAsync();

    /// <summary>Lets all of them go on.</summary>
    public Task GoOnAsync() => SignalAsync("CONT", Processes());

    /// <summary>Throws away what it had not written to its tables yet. It must not run.</summary>
    public Task LoseWriteAheadLogAsync() => RunAsync(Path.Combine(_bin, "pg_resetwal"), "-f", "-D", Data);

    /// <summary>Runs a statement on the database.</summary>
    public Task ExecuteAsync(string sql) => OnAsync(Name, sql);

    /// <summary>A connection that knows nothing of nodes.</summary>
    public NpgsqlConnection Connect() => new($"{Database};Pooling=false");

    /// <summary>The node that does the duties, by its name, or null.</summary>
    public async Task<string?> DutiesAreOfAsync()
    {
        await using var connection = Connect();
        return await connection.ExecuteScalarAsync<string?>("""
            SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE locktype = 'advisory' AND classid = 1464423489 AND objid = 3 AND granted
            """);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<bool> AcceptsAsync()
    {
        try
        {
            await using var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={_port};Username=postgres;Database=postgres;Pooling=false;Timeout=2");
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private async Task OnAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={_port};Username=postgres;Database={database};Pooling=false");
        await connection.ExecuteAsync(sql);
    }

    // The parent first: it must neither see its children die nor have new ones.
    private async Task<List<int>> StandStillAsync()
    {
        await SignalAsync("STOP", Processes().Take(1));
        var all = Processes();
        await SignalAsync("STOP", all);
        return all;
    }

    // The postmaster and its children, each of which is the leader of a process group of its own.
    private List<int> Processes()
    {
        var file = Path.Combine(Data, "postmaster.pid");
        if (!File.Exists(file) || !int.TryParse(File.ReadLines(file).First(), CultureInfo.InvariantCulture, out var postmaster) || !Lives(postmaster))
            return [];
        var children = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => name!.All(char.IsAsciiDigit))
            .Select(name => int.Parse(name!, CultureInfo.InvariantCulture)).Where(pid => Stat(pid) is { } stat && stat.Parent == postmaster);
        return [postmaster, .. children];
    }

    private static bool Lives(int pid) => Stat(pid) is { State: not 'Z' };

    private static (char State, int Parent)? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // it has ended
        }
    }

    private static async Task SignalAsync(string signal, IEnumerable<int> processes)
    {
        string[] pids = [.. processes.Select(pid => pid.ToString(CultureInfo.InvariantCulture))];
        if (pids.Length == 0)
            return;
        using var kill = Process.Start(new ProcessStartInfo("kill", [$"-{signal}", .. pids]) { RedirectStandardError = true })!; // some may have ended
        await kill.WaitForExitAsync();
    }

    // As the user postgres where this is root, whom PostgreSQL refuses.
    private static async Task<string> RunAsync(params string[] command)
    {
        string[] all = Environment.UserName == "root" ? ["runuser", "-u", "postgres", "--", .. command] : command;
        // Through files: what pg_ctl starts keeps its output open.
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "out=$(mktemp) && \"$@\" >\"$out\" 2>&1 </dev/null; code=$?; cat \"$out\"; rm -f \"$out\"; exit $code", "sh", .. all]) { RedirectStandardOutput = true, WorkingDirectory = "/" })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? said : throw new InvalidOperationException($"{string.Join(' ', command)}: {said}");
    }
}
