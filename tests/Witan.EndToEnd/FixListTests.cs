using System.Text.RegularExpressions;
using Witan.EndToEnd.Pages;

namespace Witan.EndToEnd;

/// <summary>The list of fixes and the page of one.</summary>
public sealed partial class FixListTests(Stage stage) : BrowserTest(stage)
{
    private Visitor _visitor = null!;
    private FixesPage _fixes = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _visitor = await VisitAsync();
        _fixes = new(_visitor.Page);
        await _visitor.GoAsync("/fixes");
    }

    [Fact]
    public async Task The_newest_fixes_are_listed_and_those_that_failed_or_succeeded_are_chosen_by_a_filter()
    {
        await Assertions.Expect(_fixes.Links).ToHaveCountAsync(50);
        Assert.Equal(2, (await _fixes.States.AllInnerTextsAsync()).Distinct().Count());

        await ChooseAndSeeAsync("true", "succeeded");
        await ChooseAndSeeAsync("false", "failed");
        await _fixes.ChooseAsync("Success", "");
        await Assertions.Expect(_visitor.Page).ToHaveURLAsync(new Regex("/fixes$"));
    }

    [Fact]
    public async Task Each_decided_fix_shows_its_decision_and_its_confidence_with_the_interval()
    {
        await _fixes.ChooseAsync("Decision", "auto_apply");
        await Assertions.Expect(_fixes.Decisions).ToHaveTextAsync([.. Enumerable.Repeat("auto apply", 50)]);
        Assert.All(await _fixes.Confidences.AllInnerTextsAsync(), text => Assert.Matches(Confidence(), text));

        var listed = (await Demo.Client.ListFixesAsync(new() { Decision = FixDecision.AutoApply, Limit = 1 }, Cancel)).AutoFixes[0];
        await Assertions.Expect(_fixes.Confidences.First).ToContainTextAsync(Text.Percent(listed.Confidence));
        await Assertions.Expect(_fixes.Confidences.First).ToContainTextAsync(Text.Interval(listed.Interval!));
    }

    [Fact]
    public async Task A_click_shows_the_fix_with_its_agent_strategy_status_and_the_receipt_of_its_decision()
    {
        var expected = Records.Decided;
        await _fixes.ChooseAsync("Decision", "auto_apply");
        await _fixes.Links.First.ClickAsync();

        var fix = new FixPage(_visitor.Page);
        await Assertions.Expect(fix.Heading).ToContainTextAsync(expected.Issue!);
        await Assertions.Expect(_visitor.Page).ToHaveURLAsync(new Regex($"/fixes/{expected.Id}$"));
        await Assertions.Expect(fix.Fact("Agent")).ToHaveTextAsync(expected.AgentId);
        await Assertions.Expect(fix.Fact("Strategy")).ToHaveTextAsync("code patch");
        await Assertions.Expect(fix.Fact("Status")).ToContainTextAsync(expected.Status == FixState.Succeeded ? "succeeded" : "failed");
        await Assertions.Expect(fix.Receipt).ToContainTextAsync(Text.Percent(expected.Receipt!.Answer.Confidence));
        await Assertions.Expect(fix.Receipt).ToContainTextAsync(expected.Receipt.Answer.Reason!);
        await Assertions.Expect(fix.Factors.Locator("tbody tr")).ToHaveCountAsync(expected.Receipt.Answer.Factors.Count);

        await fix.BackTo("Auto-fixes").ClickAsync();
        await Assertions.Expect(_fixes.Links).ToHaveCountAsync(50);
    }

    [Fact]
    public async Task The_next_page_shows_other_fixes_its_address_has_the_cursor_and_the_first_page_is_one_click_away()
    {
        var first = await _fixes.TargetsAsync();
        await Assertions.Expect(_fixes.First).ToHaveCountAsync(0);

        await _fixes.Next.ClickAsync();
        await Assertions.Expect(_fixes.First).ToBeVisibleAsync();
        await _visitor.Shell.AddressHasAsync("cursor=");
        var second = await _fixes.TargetsAsync();
        Assert.Equal(50, second.Count);
        Assert.Empty(first.Intersect(second));

        await _fixes.First.ClickAsync();
        await Assertions.Expect(_fixes.First).ToHaveCountAsync(0);
        Assert.Equal(first, await _fixes.TargetsAsync());
        Assert.DoesNotContain("cursor", _visitor.Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_filter_that_changes_on_a_later_page_begins_at_the_first_again()
    {
        await _fixes.Next.ClickAsync();
        await _visitor.Shell.AddressHasAsync("cursor=");
        await _fixes.ChooseAsync("Success", "true");
        await _visitor.Shell.AddressHasAsync("success=true");
        Assert.DoesNotContain("cursor", _visitor.Page.Url, StringComparison.Ordinal);
        await Assertions.Expect(_fixes.First).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_search_finds_fixes_by_their_words_and_one_without_a_hit_says_how_to_go_on()
    {
        await _fixes.WriteAsync("Search", "matplotlib");
        await _visitor.Shell.AddressHasAsync("q=matplotlib");
        await Assertions.Expect(_fixes.Links.Filter(new() { HasText = "matplotlib" })).ToHaveCountAsync(50);

        await _fixes.WriteAsync("Search", "nothing-is-called-so");
        await Assertions.Expect(_visitor.Shell.Empty).ToContainTextAsync("None fits these filters");
        await _fixes.ClearFilters.ClickAsync();
        await Assertions.Expect(_fixes.Links).ToHaveCountAsync(50);
        await Assertions.Expect(_fixes.Filter("Search")).ToHaveValueAsync("");
    }

    private async Task ChooseAndSeeAsync(string success, string state)
    {
        await _fixes.ChooseAsync("Success", success);
        await _visitor.Shell.AddressHasAsync($"success={success}");
        await Assertions.Expect(_fixes.States).ToHaveTextAsync([.. Enumerable.Repeat(state, 50)]);
    }

    [GeneratedRegex(@"^\d{1,3}\.\d %\s+\d{1,3}–\d{1,3} %$")]
    private static partial Regex Confidence();
}
