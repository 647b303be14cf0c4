using Witan.EndToEnd.Pages;

namespace Witan.EndToEnd;

/// <summary>What is shown while an answer does not come, and when it is an error.</summary>
public sealed class WaitingTests(Stage stage) : BrowserTest(stage)
{
    private const string Fixes = "**/api/agent-intelligence/auto-fixes?*";
    private const string Stats = "**/api/agent-intelligence/stats";
    private const string Broken = """
        {"type":"https://example.org/broken","title":"Internal error","status":500,"detail":"The disk is full; make room.","code":"storage_full","traceId":"0123456789abcdef0123456789abcdef","errors":[]}
        """;

    [Fact]
    public async Task A_skeleton_stands_where_an_answer_is_waited_for_and_gives_way_to_it()
    {
        var visitor = await VisitAsync();
        var held = new TaskCompletionSource();
        await visitor.Page.RouteAsync(Fixes, async route =>
        {
            await held.Task;
            await route.ContinueAsync();
        });
        await visitor.Page.GotoAsync("/fixes");
        var fixes = new FixesPage(visitor.Page);

        await Assertions.Expect(visitor.Shell.Skeletons).ToBeVisibleAsync();
        await Assertions.Expect(visitor.Shell.Skeletons).ToHaveAttributeAsync("aria-busy", "true");
        await Assertions.Expect(visitor.Shell.Skeletons).ToContainTextAsync("Loading fixes");
        await Assertions.Expect(fixes.List).ToHaveCountAsync(0);
        held.SetResult();
        await Assertions.Expect(fixes.Links).ToHaveCountAsync(50);
        await Assertions.Expect(visitor.Shell.Skeletons).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task An_error_is_shown_with_its_reason_and_its_trace_and_trying_again_brings_the_page_back()
    {
        var visitor = await VisitAsync();
        await visitor.Page.RouteAsync(Fixes, route => route.FulfillAsync(new() { Status = 500, ContentType = "application/problem+json", Body = Broken }));
        visitor.Expects("Failed to load resource: the server responded with a status of 500");
        await visitor.Page.GotoAsync("/fixes");

        var failure = visitor.Shell.Failures;
        await Assertions.Expect(failure).ToContainTextAsync("This cannot be shown. The disk is full; make room.");
        await Assertions.Expect(failure).ToContainTextAsync("0123456789abcdef0123456789abcdef");
        await Assertions.Expect(failure).ToHaveRoleAsync(AriaRole.Alert);

        await visitor.Page.UnrouteAsync(Fixes);
        await TryAgain(failure).ClickAsync();
        await Assertions.Expect(new FixesPage(visitor.Page).Links).ToHaveCountAsync(50);
        await Assertions.Expect(failure).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task One_part_that_fails_leaves_the_others_of_its_page_alone()
    {
        var visitor = await VisitAsync();
        await visitor.Page.RouteAsync(Stats, route => route.FulfillAsync(new() { Status = 500, ContentType = "application/problem+json", Body = Broken }));
        visitor.Expects("status of 500");
        await visitor.Page.GotoAsync("/");

        var overview = new OverviewPage(visitor.Page);
        await Assertions.Expect(visitor.Shell.Failures).ToHaveCountAsync(1);
        await Assertions.Expect(overview.Figure("champion")).ToHaveTextAsync("model-1");
        await Assertions.Expect(overview.Timeline).ToBeVisibleAsync();
    }

    [Fact]
    public async Task An_answer_that_is_not_Witans_and_one_that_never_comes_are_told_apart()
    {
        var visitor = await VisitAsync();
        await visitor.Page.RouteAsync(Fixes, route => route.FulfillAsync(new() { Status = 502, ContentType = "text/html", Body = "<h1>Bad gateway</h1>" }));
        visitor.Expects("Failed to load resource");
        await visitor.Page.GotoAsync("/fixes");
        await visitor.Shell.FailsWithAsync("The answer is not Witan's");

        await visitor.Page.UnrouteAsync(Fixes);
        await visitor.Page.RouteAsync(Fixes, route => route.AbortAsync());
        await TryAgain(visitor.Shell.Failures).ClickAsync();
        await visitor.Shell.FailsWithAsync("The server cannot be reached.");
    }

    [Fact]
    public async Task A_record_that_does_not_exist_says_so()
    {
        var visitor = await VisitAsync();
        visitor.Expects("status of 404");
        await visitor.Page.GotoAsync($"/fixes/{Guid.NewGuid()}");
        await Assertions.Expect(visitor.Shell.Failures).ToContainTextAsync("This cannot be shown.");
    }

    private static ILocator TryAgain(ILocator failure) => failure.GetByRole(AriaRole.Button, new() { Name = "Try again" });
}
