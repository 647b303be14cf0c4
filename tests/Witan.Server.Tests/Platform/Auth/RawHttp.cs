using System.Net.Sockets;
using System.Text;

namespace Witan.Server.Tests.Platform.Auth;

/// <summary>Requests as bytes, for what an HTTP client would set right.</summary>
internal static class RawHttp
{
    /// <summary>Sends a request line and headers, and returns what comes back.</summary>
    public static async Task<string> RawAsync(this WitanServer server, string line, params IEnumerable<string> headers)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(server.Url.Host, server.Url.Port, TestContext.Current.CancellationToken);
        await using var stream = socket.GetStream();
        var request = $"{line}\r\n{string.Concat(headers.Select(header => header + "\r\n"))}Connection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.UTF8.GetBytes(request), TestContext.Current.CancellationToken);
        var answer = new StringBuilder();
        var buffer = new byte[64 << 10];
        while (!IsWhole(answer.ToString()) && await stream.ReadAsync(buffer, TestContext.Current.CancellationToken) is var read and > 0)
            answer.Append(Encoding.UTF8.GetString(buffer, 0, read));
        return answer.ToString();
    }

    // A server that refuses a body does not close at once, so the length counts.
    private static bool IsWhole(string answer)
    {
        var head = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var length = answer.IndexOf("Content-Length: ", StringComparison.Ordinal);
        return head >= 0 && length >= 0 && length < head
            && Encoding.UTF8.GetByteCount(answer.AsSpan(head + 4)) >= int.Parse(answer.AsSpan(length + 16, answer.IndexOf('\r', length) - length - 16), System.Globalization.CultureInfo.InvariantCulture);
    }

    public static int StatusOf(string answer) => answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? int.Parse(answer.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture) : 0;
}
