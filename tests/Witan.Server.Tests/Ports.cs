using System.Net;
using System.Net.Sockets;

namespace Witan.Server.Tests;

/// <summary>Ports for servers of the tests.</summary>
internal static class Ports
{
    /// <summary>A port that nobody listens on now. Below those that connections leave from, or one of these could take it meanwhile.</summary>
    public static int Free()
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
