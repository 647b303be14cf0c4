using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Witan.Server.Tests.BadInput;

/// <summary>Without keys Witan answers to this machine alone.</summary>
public sealed class OpenModeTests(RefusingServer server) : IClassFixture<RefusingServer>
{
    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("192.168.1.5:5080")]
    [InlineData("0.0.0.0")]
    [InlineData("[::2]")]
    public Task A_foreign_host_is_refused(string host) => RefusesAsync("Host", host);

    [Theory]
    [InlineData("Forwarded", "for=10.0.0.1")]
    [InlineData("X-Forwarded-For", "10.0.0.1")]
    [InlineData("X-Forwarded-For", "")]
    [InlineData("x-forwarded-host", "localhost")]
    [InlineData("X-Forwarded-Proto", "https")]
    [InlineData("X-Forwarded-Port", "443")]
    [InlineData("X-Forwarded-Prefix", "/witan")]
    [InlineData("X-Forwarded-Server", "proxy")]
    [InlineData("X-Real-IP", "127.0.0.1")]
    public Task A_forwarded_request_is_refused(string name, string value) => RefusesAsync(name, value);

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("http://localhost.evil.example:5080")]
    [InlineData("http://127.0.0.1.nip.example")]
    [InlineData("null")]
    [InlineData("file://")]
    [InlineData("nonsense")]
    public Task A_foreign_origin_is_refused(string origin) => RefusesAsync("Origin", origin);

    [Theory]
    [InlineData("health/live")]
    [InlineData("openapi/v1.json")]
    [InlineData("scalar")]
    [InlineData("nothing-here")]
    public async Task It_holds_for_every_address(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Host = "evil.example";
        await server.RefusesAsync(request, 403, "not_local");
    }

    [Theory]
    [InlineData("localhost", "http://localhost:5080")]
    [InlineData("127.0.0.1:5080", "http://127.0.0.1:3000")]
    [InlineData("[::1]:5080", "http://[::1]:5080")]
    [InlineData("LOCALHOST:80", null)]
    public async Task This_machine_is_served(string host, string? origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Refusals.Api + "agents");
        request.Headers.Host = host;
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_request_without_a_host_is_refused()
    {
        var answer = await RawAsync("GET /api/agent-intelligence/agents HTTP/1.0\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 403", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("GET /api/agent-intelligence/agents/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("POST /api/agent-intelligence/auto-fixes HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /api/agent-intelligence/auto-fixes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")]
    [InlineData("nonsense\r\n\r\n")]
    public async Task What_is_not_HTTP_is_a_400(string request) =>
        Assert.StartsWith("HTTP/1.1 400", await RawAsync(request), StringComparison.Ordinal);

    private Task RefusesAsync(string header, string value)
    {
        var request = Refusals.Post("auto-fixes", """{"agentId":"a","fixStrategy":"code_patch"}""");
        if (header == "Host")
            request.Headers.Host = value;
        else
            request.Headers.TryAddWithoutValidation(header, value);
        return server.RefusesAsync(request, 403, "not_local");
    }

    private async Task<string> RawAsync(string request)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(server.Server.Url.Host, server.Server.Url.Port, TestContext.Current.CancellationToken);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        var buffer = new byte[4096];
        var read = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken);
        return Encoding.ASCII.GetString(buffer, 0, read);
    }
}
