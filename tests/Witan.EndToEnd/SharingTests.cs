using Witan.EndToEnd.Pages;

namespace Witan.EndToEnd;

/// <summary>An address is all that has to be handed on.</summary>
public sealed class SharingTests(Stage stage) : BrowserTest(stage)
{
    [Fact]
    public async Task A_filtered_and_paged_address_shows_somebody_else_the_same_rows_and_the_filters_filled_in()
    {
        var first = await VisitAsync();
        var theirs = new FixesPage(first.Page);
        await first.GoAsync("/fixes");
        await theirs.WriteAsync("Search", "django");
        await first.Shell.AddressHasAsync("q=django");
        await theirs.WriteAsync("Since", "2025-01-01");
        await first.Shell.AddressHasAsync("since=2025-01-01");
        await theirs.ChooseAsync("Decision", "auto_apply");
        await first.Shell.AddressHasAsync("decision=auto_apply");
        await theirs.ChooseAsync("Status", "succeeded");
        await first.Shell.AddressHasAsync("status=succeeded");
        await Assertions.Expect(theirs.Decisions).ToHaveTextAsync([.. Enumerable.Repeat("auto apply", 50)]);
        await theirs.Next.ClickAsync();
        await Assertions.Expect(theirs.First).ToBeVisibleAsync();

        var second = await VisitAsync();
        await second.GoAsync(first.Page.Url);
        var ours = new FixesPage(second.Page);
        await Assertions.Expect(ours.Filter("Search")).ToHaveValueAsync("django");
        await Assertions.Expect(ours.Filter("Since")).ToHaveValueAsync("2025-01-01");
        await Assertions.Expect(ours.Filter("Decision")).ToHaveValueAsync("auto_apply");
        await Assertions.Expect(ours.Filter("Status")).ToHaveValueAsync("succeeded");
        Assert.Equal(await theirs.TargetsAsync(), await ours.TargetsAsync());
        Assert.NotEmpty(await ours.TargetsAsync());
    }

    [Fact]
    public async Task Domain_and_type_come_from_the_address_too()
    {
        var visitor = await VisitAsync();
        await visitor.GoAsync("/learnings?domain=python&q=argument");
        var learnings = new LearningsPage(visitor.Page);
        await Assertions.Expect(learnings.Filter("Domain")).ToHaveValueAsync("python");
        await Assertions.Expect(learnings.Filter("Search")).ToHaveValueAsync("argument");
        await Assertions.Expect(learnings.Links).ToHaveTextAsync(["copy-mutable-defaults"]);

        await visitor.GoAsync("/collaborations?type=planning");
        await Assertions.Expect(new CollaborationsPage(visitor.Page).Filter("Type")).ToHaveValueAsync("planning");
        await Assertions.Expect(new CollaborationsPage(visitor.Page).Types).ToHaveTextAsync(["planning"]);
    }

    [Fact]
    public async Task The_buttons_of_the_browser_go_back_and_forth_between_filters()
    {
        var visitor = await VisitAsync();
        var fixes = new FixesPage(visitor.Page);
        await visitor.GoAsync("/fixes");
        await fixes.ChooseAsync("Success", "false");
        await Assertions.Expect(fixes.States).ToHaveTextAsync([.. Enumerable.Repeat("failed", 50)]);

        await visitor.Page.GoBackAsync();
        await Assertions.Expect(fixes.Filter("Success")).ToHaveValueAsync("");
        await Assertions.Expect(fixes.States.Filter(new() { HasText = "succeeded" }).First).ToBeVisibleAsync();
        await visitor.Page.GoForwardAsync();
        await Assertions.Expect(fixes.Filter("Success")).ToHaveValueAsync("false");
        await Assertions.Expect(fixes.States).ToHaveTextAsync([.. Enumerable.Repeat("failed", 50)]);
    }
}
