using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Witan.Client;
using Witan.Server.Platform.RateLimiting;

namespace Witan.Server.Tests.Platform.RateLimiting;

/// <summary>A server with limits, and callers of it with keys and addresses.</summary>
internal static class Limited
{
    /// <summary>Limits so low that a test reaches them.</summary>
    public static RateLimitRules Low { get; } = new(Strict: 3, Standard: 4, Lenient: 5)
    {
        Plans = new Dictionary<string, int> { [RateLimitRules.Fleet] = 7, ["five"] = 5, [RateLimitRules.Local] = 10_000_000 },
    };

    public static Task<WitanServer> StartAsync(RateLimitRules? limits = null, TimeProvider? clock = null, Func<Settings, Settings>? change = null) =>
        WitanServer.StartAsync(clock, settings => (change ?? (same => same))(settings with { Limits = limits ?? Low }));

    /// <summary>Makes a key: the first one while none is needed, others with the key of an administrator.</summary>
    public static async Task<string> KeyAsync(this WitanServer server, string? plan = null, string? admin = null, params KeyScope[] scopes)
    {
        var request = Conversation.Post("/api/keys", null);
        request.RequestUri = new("/api/keys", UriKind.Relative);
        request.Content = System.Net.Http.Json.JsonContent.Create(
            new KeyRequest { Name = "test", Scopes = scopes.Length > 0 ? scopes : Enum.GetValues<KeyScope>(), Plan = plan }, WitanJson.Default.KeyRequest);
        var answer = await server.SendAsync(request.With(admin));
        Assert.True(answer.Status == 201, answer.Text);
        return answer["key"].GetString()!;
    }

    public static HttpRequestMessage With(this HttpRequestMessage request, string? key)
    {
        if (key is not null)
            request.Headers.Authorization = new("Bearer", key);
        return request;
    }

    /// <summary>Asks for a path from the root.</summary>
    public static Task<Answer> AskAsync(this WitanServer server, string path, string? key = null, string method = "GET", object? body = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new(method), path);
        if (body is not null)
            request.Content = new StringContent(body as string ?? System.Text.Json.JsonSerializer.Serialize(body), new MediaTypeHeaderValue(body is string ? "application/x-ndjson" : "application/json"));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return server.SendAsync(request.With(key));
    }

    /// <summary>Asks from another address of this machine.</summary>
    public static async Task<int> AskFromAsync(this WitanServer server, string address, string path, params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient(new SocketsHttpHandler { ConnectCallback = (context, cancel) => ConnectAsync(IPAddress.Parse(address), context.DnsEndPoint, cancel) }) { BaseAddress = server.Url };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return (int)response.StatusCode;
    }

    public static string Header(this Answer answer, string name) => Assert.Single(answer.Headers.GetValues(name));

    /// <summary>The policy that an answer names.</summary>
    public static string Policy(this Answer answer) => answer.Header("RateLimit-Policy").Split('"')[1];

    public static int Remaining(this Answer answer) => int.Parse(answer.Header("X-RateLimit-Remaining"), System.Globalization.CultureInfo.InvariantCulture);

    private static async ValueTask<Stream> ConnectAsync(IPAddress from, DnsEndPoint to, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(IPAddress.Loopback, to.Port, cancel);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
