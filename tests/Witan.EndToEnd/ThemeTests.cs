namespace Witan.EndToEnd;

/// <summary>Light and dark: as the system says, until somebody chooses.</summary>
public sealed class ThemeTests(Stage stage) : BrowserTest(stage)
{
    [Fact]
    public async Task The_theme_follows_the_system_also_when_it_changes()
    {
        var visitor = await VisitAsync(how: new() { ColorScheme = ColorScheme.Dark });
        await visitor.GoAsync("/ask");
        await visitor.Shell.ShowsThemeAsync("dark");
        var dark = await GroundAsync(visitor);

        await visitor.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await visitor.Shell.ShowsThemeAsync("light");
        Assert.NotEqual(dark, await GroundAsync(visitor));
    }

    [Fact]
    public async Task A_theme_that_was_chosen_stays_over_a_reload_and_on_other_pages()
    {
        var visitor = await VisitAsync(how: new() { ColorScheme = ColorScheme.Light });
        await visitor.GoAsync("/ask");
        await visitor.Shell.ShowsThemeAsync("light");
        await visitor.Shell.Theme.SelectOptionAsync("dark");
        await visitor.Shell.ShowsThemeAsync("dark");

        await visitor.ReloadAsync();
        await visitor.Shell.ShowsThemeAsync("dark");
        await Assertions.Expect(visitor.Shell.Theme).ToHaveValueAsync("dark");
        await visitor.Shell.FollowAsync("Learnings");
        await visitor.Shell.ShowsThemeAsync("dark");

        await visitor.Shell.Theme.SelectOptionAsync("system");
        await visitor.Shell.ShowsThemeAsync("light");
        await visitor.ReloadAsync();
        await visitor.Shell.ShowsThemeAsync("light");
    }

    [Fact]
    public async Task The_theme_is_there_before_the_page_is_so_that_nothing_flashes()
    {
        var visitor = await VisitAsync(how: new() { ColorScheme = ColorScheme.Dark });
        await visitor.Page.RouteAsync("**/_framework/*.wasm", _ => Task.CompletedTask); // never answered
        await visitor.Page.GotoAsync("/", new() { WaitUntil = WaitUntilState.Commit });
        await Assertions.Expect(visitor.Page.GetByText("Loading the dashboard")).ToBeVisibleAsync();
        await visitor.Shell.ShowsThemeAsync("dark");
    }

    private static Task<string> GroundAsync(Visitor visitor) => visitor.Page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor");
}
