using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Witan.Client;

namespace Witan.Server.Tests;

/// <summary>A real server on a free port with a database of its own, inside the test process. It trains when it is asked to, unless a test changes that.</summary>
internal sealed class WitanServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly WebApplication _app;

    private readonly bool _shares;

    private WitanServer(DirectoryInfo folder, WebApplication app, string database, bool shares)
    {
        (_folder, _app, Database, _shares) = (folder, app, database, shares);
        Url = new(app.Urls.First());
        Http = new() { BaseAddress = Url };
        Client = new(Url);
    }

    public Uri Url { get; }

    /// <summary>Raw HTTP, for what the typed client cannot say.</summary>
    public HttpClient Http { get; }

    public WitanClient Client { get; }

    /// <summary>The setting of its database.</summary>
    public string Database { get; }

    public static async Task<WitanServer> StartAsync(TimeProvider? clock = null, Func<Settings, Settings>? change = null)
    {
        var folder = Directory.CreateTempSubdirectory("witan-test-");
        const string own = "its own";
        var settings = new Settings { Urls = "http://127.0.0.1:0", Database = own, Policy = new(), Retraining = new(Enabled: false) };
        settings = change?.Invoke(settings) ?? settings;
        var shares = settings.Database != own;
        if (!shares)
            settings = settings with { Database = await Engine.CreateAsync(folder) };
        var app = WitanHost.Build(settings, clock);
        await app.OpenAsync(CancellationToken.None);
        await app.StartAsync();
        return new(folder, app, settings.Database, shares);
    }

    /// <summary>A room of the running server, for what cannot be seen over HTTP.</summary>
    public T Room<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Engine.Forget();
        if (!_shares)
            await Engine.DropAsync(Database);
        _folder.Delete(recursive: true);
    }
}
