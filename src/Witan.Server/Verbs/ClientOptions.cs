using System.CommandLine;
using Witan.Client;

namespace Witan.Server.Verbs;

/// <summary>The flags of the verbs that talk to a running server.</summary>
internal sealed class ClientOptions
{
    private readonly Option<string?> _server = new("--server") { Description = $"Where Witan listens (WITAN_SERVER; default: {Settings.DefaultUrls})" };
    private readonly Option<string?> _key = new("--key") { Description = "The API key (WITAN_KEY; default: none)" };

    public ClientOptions(Command command)
    {
        command.Options.Add(_server);
        command.Options.Add(_key);
        command.Options.Add(Json);
    }

    public Option<bool> Json { get; } = new("--json") { Description = "Print the answer as JSON" };

    /// <summary>Does the work against the server; failures become one line and exit code 1.</summary>
    public async Task<int> RunAsync(ParseResult parsed, Func<WitanClient, Task<int>> work)
    {
        var server = parsed.GetValue(_server) ?? Environment.GetEnvironmentVariable("WITAN_SERVER") ?? Settings.DefaultUrls;
        if (!Uri.TryCreate(server, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            return DatabaseOptions.Fail($"--server: \"{server}\" is not a URL like {Settings.DefaultUrls}");
        using var client = new WitanClient(uri, parsed.GetValue(_key) ?? Environment.GetEnvironmentVariable("WITAN_KEY"));
        try
        {
            return await work(client);
        }
        catch (WitanException e)
        {
            return DatabaseOptions.Fail($"{e.Problem.Detail} ({e.Problem.Code}, trace {e.Problem.TraceId})");
        }
        catch (TaskCanceledException e) when (e.InnerException is TimeoutException)
        {
            return DatabaseOptions.Fail($"{server} does not answer in time.");
        }
        catch (HttpRequestException e)
        {
            return DatabaseOptions.Fail($"{server} does not answer ({e.Message}). Start one with: witan serve");
        }
    }
}
