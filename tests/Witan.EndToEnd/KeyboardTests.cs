using Witan.EndToEnd.Pages;

namespace Witan.EndToEnd;

/// <summary>Everything without a mouse.</summary>
public sealed class KeyboardTests(Stage stage) : BrowserTest(stage)
{
    private const int Most = 80; // more steps than any page has before its first row

    [Fact]
    public async Task From_the_address_to_the_first_fix_and_back()
    {
        var visitor = await VisitAsync();
        await visitor.GoAsync("/");
        var fixes = new FixesPage(visitor.Page);

        await TabToAsync(visitor, visitor.Shell.LinkTo("Auto-fixes"));
        await visitor.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(visitor.Shell.Heading).ToHaveTextAsync("Auto-fixes");
        await Assertions.Expect(visitor.Shell.Heading).ToBeFocusedAsync(); // so that it is read, and the next step is in the page
        await Assertions.Expect(fixes.Links).ToHaveCountAsync(50);
        var first = await fixes.Links.First.InnerTextAsync();

        await TabToAsync(visitor, fixes.Links.First);
        await visitor.Page.Keyboard.PressAsync("Enter");
        var fix = new FixPage(visitor.Page);
        await Assertions.Expect(fix.Heading).ToContainTextAsync(first);

        await TabToAsync(visitor, fix.BackTo("Auto-fixes"));
        await visitor.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(fixes.Links).ToHaveCountAsync(50);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/fixes?success=true")]
    public async Task The_first_step_is_the_way_past_the_navigation_and_it_stays_on_the_page(string address)
    {
        var visitor = await VisitAsync();
        await visitor.GoAsync(address);
        var heading = await visitor.Shell.Heading.InnerTextAsync();
        await Assertions.Expect(visitor.Shell.SkipLink).Not.ToBeInViewportAsync();

        await visitor.Page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(visitor.Shell.SkipLink).ToBeFocusedAsync();
        await Assertions.Expect(visitor.Shell.SkipLink).ToBeInViewportAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");

        await Assertions.Expect(visitor.Shell.Content).ToBeFocusedAsync();
        await Assertions.Expect(visitor.Shell.Heading).ToHaveTextAsync(heading);
        Assert.Contains(address, visitor.Page.Url, StringComparison.Ordinal);
        await visitor.Page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(visitor.Shell.Content.Locator(":focus")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task On_a_small_screen_a_button_opens_the_navigation_and_choosing_a_page_closes_it()
    {
        var visitor = await VisitAsync(how: new() { ViewportSize = new() { Width = 320, Height = 640 } });
        await visitor.GoAsync("/");
        await Assertions.Expect(visitor.Shell.Menu).ToHaveAttributeAsync("aria-expanded", "false");
        await Assertions.Expect(visitor.Shell.Navigation).ToBeHiddenAsync();

        await TabToAsync(visitor, visitor.Shell.Menu);
        await visitor.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(visitor.Shell.Menu).ToHaveAttributeAsync("aria-expanded", "true");
        await TabToAsync(visitor, visitor.Shell.LinkTo("Ask"));
        await visitor.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(visitor.Shell.Heading).ToHaveTextAsync("May I trust this fix?");
        await Assertions.Expect(visitor.Shell.Navigation).ToBeHiddenAsync();
        await Assertions.Expect(visitor.Shell.Menu).ToHaveAttributeAsync("aria-expanded", "false");
    }

    // Steps on as somebody would, until what is looked for has the focus.
    private static async Task TabToAsync(Visitor visitor, ILocator target)
    {
        await Assertions.Expect(target).ToBeVisibleAsync();
        for (var i = 0; i < Most; i++)
        {
            await visitor.Page.Keyboard.PressAsync("Tab");
            if (await target.EvaluateAsync<bool>("element => element === document.activeElement"))
                return;
        }
        Assert.Fail($"{target} is not reached in {Most} steps.");
    }
}
