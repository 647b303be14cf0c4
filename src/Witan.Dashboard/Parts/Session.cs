using System.Net;
using Witan.Client;

namespace Witan.Dashboard.Parts;

/// <summary>Where the server is.</summary>
public sealed record ServerAddress(Uri Url);

/// <summary>The key of whoever looks, where the server needs one, and the client that sends it.</summary>
public sealed class Session(ServerAddress server, Browser browser) : IDisposable
{
    private const string Stored = "witan-key";

    private WitanClient? _client;

    /// <summary>Tells that the key is another one.</summary>
    public event Action? Changed;

    /// <summary>The client; <see cref="BeginAsync"/> has been waited for.</summary>
    public WitanClient Client => _client ?? throw new InvalidOperationException("The session has not begun.");

    /// <summary>Whether the server asks for a key that is not there, or takes the one that is no more.</summary>
    public bool NeedsKey { get; private set; }

    public bool HasKey { get; private set; }

    /// <summary>Takes up the key of the last visit of this tab.</summary>
    public async Task BeginAsync() => Use(await browser.RecallAsync(Stored));

    /// <summary>Tries a key, and keeps it for this tab when it is taken.</summary>
    /// <returns>Why it is not taken, or null.</returns>
    public async Task<string?> SignInAsync(string key)
    {
        using var trial = new WitanClient(server.Url, key);
        try
        {
            await trial.GetStatsAsync();
        }
        catch (WitanException e)
        {
            return e.Problem.Detail;
        }
        catch (HttpRequestException)
        {
            return "The server cannot be reached.";
        }
        await browser.RememberAsync(Stored, key);
        Use(key);
        Changed?.Invoke();
        return null;
    }

    public async Task SignOutAsync()
    {
        await browser.ForgetAsync(Stored);
        Use(null);
        Changed?.Invoke();
    }

    /// <summary>Notes what an answer tells of the key.</summary>
    public void Note(WitanException refused)
    {
        if (refused.Problem.Status != (int)HttpStatusCode.Unauthorized || NeedsKey)
            return;
        NeedsKey = true;
        Changed?.Invoke();
    }

    public void Dispose() => _client?.Dispose();

    private void Use(string? key)
    {
        _client?.Dispose();
        (_client, HasKey, NeedsKey) = (new(server.Url, key), key is not null, false);
    }
}
