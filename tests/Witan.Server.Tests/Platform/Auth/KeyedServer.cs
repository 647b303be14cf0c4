using System.Net.Http.Headers;
using Witan.Client;
using Witan.Server.Keys;
using Witan.Server.Storage;

namespace Witan.Server.Tests.Platform.Auth;

/// <summary>A server on which keys are in force.</summary>
internal static class KeyedServer
{
    public const string Pepper = "a pepper of more than thirty-two characters";

    /// <summary>Has one, with a key for each scope and one with all of them.</summary>
    public static Task<WitanServer> StartAsync(TimeProvider? clock = null, Func<Settings, Settings>? change = null) =>
        WitanServer.StartAsync(clock, settings => (change?.Invoke(settings) ?? settings) with { Pepper = Pepper });

    /// <summary>Makes a key, as the shell does.</summary>
    public static async Task<IssuedKey> MakeKeyAsync(this WitanServer server, KeyRequest request)
    {
        var result = await server.Room<WriteQueue>().RunAsync(server.Room<KeyIntake>().Create, request);
        Assert.Null(result.Problem);
        return new(result.Key, result.Row!.ToInfo());
    }

    public static async Task<string> MakeKeyAsync(this WitanServer server, params KeyScope[] scopes) =>
        (await server.MakeKeyAsync(new KeyRequest { Name = "test", Scopes = scopes })).Key!;

    /// <summary>Sends a request with a key, or with none.</summary>
    public static Task<Answer> AsAsync(this WitanServer server, string? key, string method, string path, string? body = null, string type = "application/json", string? idempotencyKey = null)
    {
        var request = new HttpRequestMessage(new(method), path.StartsWith('/') ? path : $"{Conversation.Prefix}/{path}");
        if (body is not null)
            request.Content = new StringContent(body, new MediaTypeHeaderValue(type));
        if (key is not null)
            request.Headers.Authorization = new("Bearer", key);
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        return server.SendAsync(request);
    }
}
