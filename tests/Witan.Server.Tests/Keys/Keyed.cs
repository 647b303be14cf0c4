using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Tests.Keys;

/// <summary>Servers that have keys, and calls that send one.</summary>
internal static class Keyed
{
    /// <summary>A server that can make keys on either engine, and refuses nobody for asking often.</summary>
    public static Task<WitanServer> StartAsync(TimeProvider? clock = null, Func<Settings, Settings>? change = null) => WitanServer.StartAsync(clock, settings =>
        (change?.Invoke(settings) ?? settings) with { Pepper = "a pepper of the tests that is long enough", Limits = new(Strict: 1_000_000, Standard: 1_000_000, Lenient: 1_000_000) });

    /// <summary>Makes the first key, for which nobody needs one.</summary>
    public static Task<IssuedKey> MakeFirstKeyAsync(this WitanServer server) => server.MakeKeyAsync(null, KeyScope.Admin);

    public static Task<IssuedKey> MakeKeyAsync(this WitanServer server, string? admin, params KeyScope[] scopes) =>
        server.MakeKeyAsync(admin, new KeyRequest { Name = "of a test", Scopes = scopes });

    public static async Task<IssuedKey> MakeKeyAsync(this WitanServer server, string? admin, KeyRequest request)
    {
        var answer = await server.CallAsync("POST", "/api/keys", admin, request);
        Assert.True(answer.Status == 201, answer.Text);
        return answer.As<IssuedKey>();
    }

    /// <summary>Calls a path as it is written, with a key as Bearer.</summary>
    public static Task<Answer> CallAsync(this WitanServer server, string method, string path, string? key, object? body = null, string? once = null)
    {
        var request = new HttpRequestMessage(new(method), path);
        if (body is not null)
            request.Content = new StringContent(ToJson(body), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        if (once is not null)
            request.Headers.Add("Idempotency-Key", once);
        return server.SendAsync(request);
    }

    /// <summary>Reads the agents, which the scope read permits: 200 for a key that is taken.</summary>
    public static Task<Answer> ReadAsync(this WitanServer server, string? key) => server.CallAsync("GET", Conversation.Prefix + "/agents", key);

    public static Task<Answer> ProposeAsync(this WitanServer server, string? key, FixProposal proposal, string? once = null) =>
        server.CallAsync("POST", Conversation.Prefix + "/auto-fixes", key, proposal, once);

    /// <summary>Holds that an answer is this problem, of this status.</summary>
    public static void Is(this Answer answer, int status, string code)
    {
        Assert.True(status == answer.Status, $"expected {status}, got {answer.Status}: {answer.Text}");
        Assert.Equal(code, answer.Code);
    }

    public static async Task<IReadOnlyList<AuditEntry>> AuditAsync(this WitanServer server, string? admin)
    {
        var answer = await server.CallAsync("GET", "/api/audit?limit=200", admin);
        Assert.True(answer.Status == 200, answer.Text);
        return answer.As<AuditPage>().Entries;
    }

    private static string ToJson(object body) => body as string ?? JsonSerializer.Serialize(body, WitanJson.Default.GetTypeInfo(body.GetType())!);
}
