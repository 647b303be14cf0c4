using Witan.EndToEnd;

[assembly: AssemblyFixture(typeof(Stage))]

namespace Witan.EndToEnd;

/// <summary>What all tests share: a browser, and a server with the demo's real outcomes that none of them writes to.</summary>
public sealed class Stage : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private Server? _demo;

    internal Server Demo => _demo!;

    internal IBrowser Browser => _browser!;

    /// <summary>Addresses of pages that show one record of the demo.</summary>
    internal Demo Records { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (Published.Missing is not null)
            return; // each test says so
        Assertions.SetDefaultExpectTimeout(20_000);
        var demo = Server.DemoAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Published.BrowserPath, Args = Environment.UserName == "root" ? ["--no-sandbox"] : [] });
        _demo = await demo;
        Records = await EndToEnd.Demo.FindAsync(_demo.Client);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_demo is not null)
            await _demo.DisposeAsync();
    }
}

/// <summary>Records of the demo to look at.</summary>
internal sealed record Demo(AutoFix Decided, AutoFix Failed, Learning Learning, Collaboration Voted, string Agent)
{
    public static async Task<Demo> FindAsync(WitanClient client)
    {
        var decided = (await client.ListFixesAsync(new() { Decision = FixDecision.AutoApply, Limit = 1 })).AutoFixes[0];
        var failed = (await client.ListFixesAsync(new() { Status = FixState.Failed, Limit = 1 })).AutoFixes[0];
        var votes = await client.ListVotesAsync(new() { Limit = 1 });
        return new(await client.GetFixAsync(decided.Id), failed, await client.GetLearningAsync("return-not-implemented"),
            await client.GetCollaborationAsync(votes.Votes[0].CollaborationId), decided.AgentId);
    }

    /// <summary>The address of each kind of page, by its name.</summary>
    public string AddressOf(string kind) => kind switch
    {
        "overview" => "/",
        "a fix" => $"/fixes/{Decided.Id}",
        "a learning" => $"/learnings/{Learning.Pattern}",
        "a collaboration" => $"/collaborations/{Voted.Id}",
        "an agent" => $"/agents/{Uri.EscapeDataString(Agent)}",
        _ => $"/{kind}",
    };
}

/// <summary>Every kind of page.</summary>
internal static class EveryPage
{
    public static readonly string[] Kinds =
        ["overview", "fixes", "a fix", "ask", "learnings", "a learning", "collaborations", "a collaboration", "agents", "an agent", "judgement", "operations"];
}
