using System.Diagnostics;
using System.Text;

namespace Witan.Server.Tests;

/// <summary>What a run of the executable came to.</summary>
internal sealed record Run(int ExitCode, string Out, string Error)
{
    /// <summary>Holds that it failed with a line for people: no stack trace, no type names.</summary>
    public void FailsWith(params string[] words)
    {
        Assert.True(ExitCode == 1, $"exit code {ExitCode}\n{Out}\n{Error}");
        Assert.All(words, word => Assert.Contains(word, Error, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", Error + Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception:", Error + Out, StringComparison.Ordinal);
    }

    public void Succeeds() => Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{Out}\n{Error}");
}

/// <summary>The executable <c>witan</c> in a folder of its own, with nothing set in its environment.</summary>
internal sealed class WitanProcess : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("witan-run-");

    /// <summary>Its database, where none is named.</summary>
    public string Database => PathOf("witan-data/witan.db");

    public string PathOf(string file) => Path.Combine(_folder.FullName, file);

    /// <summary>Writes a file into the folder and returns its path.</summary>
    public string Write(string file, string text)
    {
        File.WriteAllText(PathOf(file), text);
        return PathOf(file);
    }

    public string Write(string file, byte[] bytes)
    {
        File.WriteAllBytes(PathOf(file), bytes);
        return PathOf(file);
    }

    public Task<Run> RunAsync(params string[] arguments) => RunAsync(arguments, []);

    public async Task<Run> RunAsync(string[] arguments, Dictionary<string, string> environment, byte[]? input = null)
    {
        using var process = Start(arguments, environment);
        if (input is not null)
            await process.StandardInput.BaseStream.WriteAsync(input, TestContext.Current.CancellationToken);
        process.StandardInput.Close();
        return await EndOfAsync(process);
    }

    /// <summary>Starts <c>serve</c> on a free port and returns once it listens.</summary>
    public Task<ServingProcess> ServeAsync(string? database = null) => ListenAsync("serve", "--urls", "http://127.0.0.1:0", "--database", database ?? Database);

    /// <summary>Starts a verb that ends up serving, and returns once it listens.</summary>
    public Task<ServingProcess> ListenAsync(params string[] arguments) => ListenAsync(arguments, []);

    public async Task<ServingProcess> ListenAsync(string[] arguments, Dictionary<string, string> environment)
    {
        var process = Start(arguments, environment);
        process.StandardInput.Close();
        var said = new StringBuilder();
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith("Witan listens on ", StringComparison.Ordinal))
                return new(process, new(line.Split(' ')[3].TrimEnd(',')), said.ToString());
            said.Append(line).Append('\n');
        }
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        throw new InvalidOperationException($"witan serve did not start: {error}");
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    private Process Start(string[] arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "witan.dll"), .. arguments])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8, StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("WITAN_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static async Task<Run> EndOfAsync(Process process)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            return new(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }
}

/// <summary>A <c>witan serve</c> in a process of its own.</summary>
internal sealed class ServingProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    public ServingProcess(Process process, Uri url, string said)
    {
        (_process, Url, Said) = (process, url, said);
        // Read to the end, or a full pipe would stop the server.
        _output = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
    }

    public Uri Url { get; }

    /// <summary>What it printed before it listened.</summary>
    public string Said { get; }

    /// <summary>kill -9: no code of the process runs after this.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Asks the process to end by a signal such as TERM, and waits until it has.</summary>
    public async Task<Run> EndBySignalAsync(string signal)
    {
        await SignalAsync(signal);
        return await EndAsync();
    }

    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    public async Task<Run> EndAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        await _process.WaitForExitAsync(limit.Token);
        return new(_process.ExitCode, await _output, await _error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
        _process.Dispose();
    }
}
