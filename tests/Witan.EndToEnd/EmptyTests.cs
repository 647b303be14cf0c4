using Witan.EndToEnd.Pages;

namespace Witan.EndToEnd;

/// <summary>A server on its first day: every page says what to do.</summary>
public sealed class EmptyTests(Stage stage) : BrowserTest(stage)
{
    [Fact]
    public async Task The_overview_tells_how_to_begin_and_every_list_says_that_it_is_empty()
    {
        var visitor = await VisitAsync(await OwnServerAsync());
        await visitor.GoAsync("/");
        await Assertions.Expect(visitor.Shell.Empty).ToContainTextAsync("witan report --agent");
        await Assertions.Expect(visitor.Shell.Empty).ToContainTextAsync("witan demo");
        var overview = new OverviewPage(visitor.Page);
        await Assertions.Expect(overview.Figure("fixes")).ToHaveTextAsync("0");
        await Assertions.Expect(overview.Figure("success")).ToHaveTextAsync(Text.Nothing);
        await Assertions.Expect(overview.Figure("auto-applied")).ToHaveTextAsync(Text.Nothing);
        await Assertions.Expect(overview.Figure("calibration")).ToHaveTextAsync(Text.Nothing);

        foreach (var (page, words) in new[]
        {
            ("Auto-fixes", "witan ask --agent"), ("Learnings", "POST /api/agent-intelligence/learnings"), ("Collaborations", "POST /api/agent-intelligence/collaborations"), ("Agents", "first proposal or report"),
        })
        {
            await visitor.Shell.FollowAsync(page);
            await Assertions.Expect(visitor.Shell.Heading).ToHaveTextAsync(page);
            await Assertions.Expect(visitor.Shell.Empty).ToContainTextAsync(words);
        }
    }

    [Fact]
    public async Task Judgement_operations_and_the_form_work_before_anything_is_known()
    {
        var visitor = await VisitAsync(await OwnServerAsync());
        await visitor.GoAsync("/judgement");
        await Assertions.Expect(visitor.Shell.Empty.Filter(new() { HasText = "witan train" }).First).ToBeVisibleAsync();
        await Assertions.Expect(visitor.Shell.Empty.Filter(new() { HasText = "No decisions yet" })).ToBeVisibleAsync();

        await visitor.Shell.FollowAsync("Operations");
        await Assertions.Expect(new OperationsPage(visitor.Page).Status).ToHaveTextAsync("ready");

        await visitor.Shell.FollowAsync("Ask");
        var ask = new AskPage(visitor.Page);
        await ask.AskAsync(("Agent", "nobody-knows-it"), ("Strategy", "code_patch"));
        await Assertions.Expect(ask.Answer).ToBeVisibleAsync();
        await Assertions.Expect(visitor.Shell.Failures).ToHaveCountAsync(0);
    }
}
