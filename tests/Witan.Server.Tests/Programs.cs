using System.Net;
using System.Net.Sockets;

namespace Witan.Server.Tests;

/// <summary>Programs of Debian that some tests need. ./test installs them, and there a missing one fails; elsewhere its tests are skipped.</summary>
internal static class Programs
{
    public static string Find(string name)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Concat(["/usr/sbin", "/usr/local/sbin"])
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        if (path is null && Environment.GetEnvironmentVariable("WITAN_TEST_ALL") == "1")
            Assert.Fail($"{name} is missing, and ./test should have installed it.");
        Assert.SkipWhen(path is null, $"There is no {name}. ./test installs it.");
        return path!;
    }

    /// <summary>A port that nobody listens on now. Below those that connections leave from, or one of these could take it meanwhile.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(15_000, 30_000);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: the next one.
            }
        }
    }
}
