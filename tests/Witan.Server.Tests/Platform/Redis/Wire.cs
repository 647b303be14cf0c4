using System.Net;
using System.Net.Sockets;

namespace Witan.Server.Tests.Platform.Redis;

/// <summary>A wire between a server and its Redis that can be made slow, or cut.</summary>
internal sealed class Wire : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly DnsEndPoint _to;
    private readonly Task _listening;
    private readonly List<Socket> _ends = [];

    public Wire(string to)
    {
        var parts = to.Split(':');
        _to = new(parts[0], int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
        _listener.Start();
        _listening = ListenAsync();
    }

    public string Setting => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>How long each answer is on its way.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Whether connections are reset, those that are there and those that come.</summary>
    public bool IsCut
    {
        get;
        set
        {
            field = value;
            lock (_ends)
            {
                if (value)
                    _ends.ForEach(Reset);
                _ends.Clear();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _listening;
        _end.Dispose();
    }

    private async Task ListenAsync()
    {
        var wires = new List<Task>();
        try
        {
            while (true)
                wires.Add(ConnectAsync(await _listener.AcceptSocketAsync(_end.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(wires);
        }
    }

    private async Task ConnectAsync(Socket near)
    {
        using var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (near)
        {
            if (IsCut)
            {
                Reset(near);
                return;
            }
            near.NoDelay = true;
            lock (_ends)
                _ends.AddRange([near, far]);
            try
            {
                await far.ConnectAsync(_to, _end.Token);
                await Task.WhenAny(CopyAsync(near, far, isAnswer: false), CopyAsync(far, near, isAnswer: true));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return; // as wires do
            }
        }
    }

    private async Task CopyAsync(Socket from, Socket to, bool isAnswer)
    {
        var buffer = new byte[64 << 10];
        try
        {
            while (await from.ReceiveAsync(buffer, _end.Token) is > 0 and var count)
            {
                if (isAnswer && Delay > TimeSpan.Zero)
                    await Task.Delay(Delay, _end.Token);
                await to.SendAsync(buffer.AsMemory(0, count), _end.Token);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            return;
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new(true, 0);
            socket.Dispose();
        }
        catch (ObjectDisposedException)
        {
            return; // closed before
        }
    }
}
