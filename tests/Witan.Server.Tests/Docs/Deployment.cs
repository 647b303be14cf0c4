using System.Diagnostics;

namespace Witan.Server.Tests.Docs;

/// <summary>The files in deploy/, and the programs that read them.</summary>
internal static class Deployment
{
    public static string PathOf(string file) => Path.Combine(House.Root, "deploy", file);

    public static string Read(string file) => File.ReadAllText(PathOf(file)).ReplaceLineEndings("\n");

    /// <summary>Runs a program of Debian, which is skipped where it is missing, to its end.</summary>
    public static async Task<(int Code, string Said)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Programs.Find(program), arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await error);
    }
}
