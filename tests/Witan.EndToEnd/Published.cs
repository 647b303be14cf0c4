using System.Diagnostics;
using System.Text;

namespace Witan.EndToEnd;

/// <summary>The server as <c>dotnet publish</c> wrote it.</summary>
internal static class Published
{
    private const string Variable = "WITAN_TEST_PUBLISHED";
    private const string Browser = "/usr/bin/chromium";

    /// <summary>Why nothing can be tested here, or null.</summary>
    public static string? Missing { get; } = Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 }
        ? $"{Variable} names no folder with the published server. ./test publishes it and sets it."
        : File.Exists(Browser) ? null : $"There is no {Browser}. ./test installs it.";

    /// <summary>The browser that Debian has.</summary>
    public static string BrowserPath => Browser;

    /// <summary>Skips the test where the server or the browser is missing; where ./test runs, that fails instead.</summary>
    public static void Need()
    {
        if (Missing is not null && Environment.GetEnvironmentVariable("WITAN_TEST_ALL") == "1")
            Assert.Fail(Missing);
        Assert.SkipWhen(Missing is not null, Missing ?? "");
    }

    /// <summary>Starts a verb of it in a folder, with nothing of Witan's set in its environment.</summary>
    public static Process Start(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(Environment.GetEnvironmentVariable(Variable)!, "witan.dll"), .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8, StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("WITAN_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }
}
