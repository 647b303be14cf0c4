using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Witan.Server.Tests;

/// <summary>The nginx of deploy/nginx/witan.conf with ports of a test's own.</summary>
internal sealed class OwnNginx : IAsyncDisposable
{
    private const string Listen = "listen 8080;";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("witan-nginx-");
    private readonly string _program = Programs.Find("nginx");
    private readonly int _port = Ports.Free();
    private Process? _process;

    /// <summary>Writes the configuration for two nodes.</summary>
    /// <param name="nodes">Where they listen.</param>
    /// <param name="change">Makes another configuration of it.</param>
    public OwnNginx(IReadOnlyList<Uri> nodes, Func<string, string>? change = null)
    {
        var conf = File.ReadAllText(Path.Combine(House.Root, "deploy/nginx/witan.conf"));
        foreach (var (shipped, own) in new[] { ("witan-1:5080", nodes[0].Authority), ("witan-2:5080", nodes[1].Authority), (Listen, string.Create(CultureInfo.InvariantCulture, $"listen 127.0.0.1:{_port};")) })
        {
            Assert.Contains(shipped, conf, StringComparison.Ordinal);
            conf = conf.Replace(shipped, own, StringComparison.Ordinal);
        }
        File.WriteAllText(PathOf("witan.conf"), change?.Invoke(conf) ?? conf);
        File.WriteAllText(PathOf("nginx.conf"), $$"""
            {{(Environment.UserName == "root" ? "user root;" : "")}}
            daemon off;
            worker_processes 1;
            pid {{PathOf("pid")}};
            error_log {{PathOf("error.log")}} warn;
            events { worker_connections 512; }
            http {
                access_log off;
                client_body_temp_path {{PathOf("body")}};
                proxy_temp_path {{PathOf("proxy")}};
                fastcgi_temp_path {{PathOf("fastcgi")}};
                uwsgi_temp_path {{PathOf("uwsgi")}};
                scgi_temp_path {{PathOf("scgi")}};
                include {{PathOf("witan.conf")}};
            }
            """);
    }

    public Uri Url => new($"http://127.0.0.1:{_port}");

    /// <summary>What it has logged.</summary>
    public string Log => File.Exists(PathOf("error.log")) ? File.ReadAllText(PathOf("error.log")) : "";

    /// <summary><c>nginx -t</c>.</summary>
    public async Task<(int Code, string Said)> CheckAsync()
    {
        using var check = Start("-t", "-q");
        var said = check.StandardError.ReadToEndAsync();
        await check.WaitForExitAsync();
        return (check.ExitCode, await said);
    }

    /// <summary>Starts it, and returns once it accepts connections.</summary>
    public async Task StartAsync()
    {
        _process = Start();
        _ = _process.StandardError.ReadToEndAsync();
        for (var tries = 0; ; tries++)
        {
            Assert.False(_process.HasExited, Log);
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(Url.Host, Url.Port);
                return;
            }
            catch (SocketException) when (tries < 100_000)
            {
                await Task.Yield();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
                await kill.WaitForExitAsync();
            await _process.WaitForExitAsync();
        }
        _process?.Dispose();
        _folder.Delete(recursive: true);
    }

    private string PathOf(string file) => Path.Combine(_folder.FullName, file);

    private Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo(_program, ["-p", _folder.FullName, "-c", PathOf("nginx.conf"), "-e", PathOf("error.log"), .. arguments]) { RedirectStandardError = true })!;
}
