using Witan.EndToEnd.Pages;

namespace Witan.EndToEnd;

/// <summary>The server dies under an open page, and comes back.</summary>
public sealed class ServerAwayTests(Stage stage) : BrowserTest(stage)
{
    private static readonly FixProposal Success = new() { AgentId = "fixer-1", FixStrategy = "code_patch", Issue = "payments-417", Outcome = new() { Success = true } };

    [Fact]
    public async Task The_page_says_that_it_is_stale_while_the_server_is_dead_and_is_up_to_date_when_it_is_back()
    {
        var server = await OwnServerAsync();
        await server.Client.ProposeAsync(Success, Cancel);
        var visitor = await VisitAsync(server);
        visitor.Expects("Failed to load resource: net::ERR_");
        await visitor.GoAsync("/");
        await visitor.Shell.IsLiveAsync();
        var overview = new OverviewPage(visitor.Page);
        await Assertions.Expect(overview.Figure("fixes")).ToHaveTextAsync("1");

        await server.KillAsync();
        await visitor.Shell.IsStaleAsync();
        await Assertions.Expect(visitor.Shell.Live).ToHaveTextAsync("Stale: no news from the server");
        await Assertions.Expect(overview.Figure("fixes")).ToHaveTextAsync("1"); // what was known stays to be read

        // What happens meanwhile is written by another server on the same database, so the page cannot have heard of it.
        await using (var beside = await server.BesideAsync())
            await beside.Client.ProposeAsync(Success with { Issue = "payments-418" }, Cancel);
        await server.StartAgainAsync();
        await visitor.Shell.IsLiveAsync();
        await Assertions.Expect(overview.Figure("fixes")).ToHaveTextAsync("2");
        await Assertions.Expect(overview.Figure("health")).ToHaveTextAsync("ready");
        await Assertions.Expect(visitor.Shell.Failures).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_page_that_was_asked_for_while_the_server_was_dead_is_shown_once_it_is_back()
    {
        var server = await OwnServerAsync();
        await server.Client.ProposeAsync(Success, Cancel);
        var visitor = await VisitAsync(server);
        visitor.Expects("Failed to load resource: net::ERR_");
        await visitor.GoAsync("/");
        await visitor.Shell.IsLiveAsync();

        await server.KillAsync();
        await visitor.Shell.LinkTo("Auto-fixes").ClickAsync();
        await visitor.Shell.FailsWithAsync("The server cannot be reached.");

        await server.StartAgainAsync();
        await Assertions.Expect(new FixesPage(visitor.Page).Links).ToHaveTextAsync(["payments-417"]);
        await Assertions.Expect(visitor.Shell.Failures).ToHaveCountAsync(0);
    }
}
