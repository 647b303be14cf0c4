using Witan.EndToEnd.Pages;

namespace Witan.EndToEnd;

/// <summary>The database stops under a server that goes on.</summary>
[Trait("Category", "Resilience")]
public sealed class DatabaseAwayTests(Stage stage) : BrowserTest(stage)
{
    [Fact]
    public async Task The_pages_say_that_it_is_away_and_recover_by_themselves_when_it_is_back()
    {
        var postgres = Own(await OwnPostgres.StartAsync());
        var server = await OwnServerAsync(postgres.Database);
        await server.Client.ProposeAsync(new() { AgentId = "fixer-1", FixStrategy = "code_patch", Issue = "payments-417", Outcome = new() { Success = true } }, Cancel);
        var (watches, walks) = (await VisitAsync(server), await VisitAsync(server));
        var overview = new OverviewPage(watches.Page);
        foreach (var visitor in new[] { watches, walks })
        {
            visitor.Expects("status of 503");
            visitor.Expects("net::ERR_");
            await visitor.GoAsync("/");
            await visitor.Shell.IsLiveAsync();
        }
        await Assertions.Expect(overview.Figure("health")).ToHaveTextAsync("ready");

        await postgres.StopAsync();
        await Assertions.Expect(overview.Figure("health")).ToHaveTextAsync("unavailable", Patience);
        await watches.Shell.IsStaleAsync();
        await walks.Shell.LinkTo("Auto-fixes").ClickAsync();
        await Assertions.Expect(walks.Shell.Failures).ToContainTextAsync("This cannot be shown.", new() { Timeout = Patience.Timeout });

        await postgres.StartAgainAsync();
        await Assertions.Expect(overview.Figure("health")).ToHaveTextAsync("ready", Patience);
        await watches.Shell.IsLiveAsync();
        await Assertions.Expect(new FixesPage(walks.Page).Links).ToHaveTextAsync(["payments-417"], new() { Timeout = Patience.Timeout });
    }

    // Longer than the silence after which a page takes its server for gone, and than its longest wait between two tries.
    private static LocatorAssertionsToHaveTextOptions Patience { get; } = new() { Timeout = 45_000 };
}
