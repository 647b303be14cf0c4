using System.Text.RegularExpressions;

namespace Witan.EndToEnd.Pages;

/// <summary>What surrounds every page: the ways to the others, the theme, whether it is live, and the key.</summary>
internal sealed class Shell(IPage page)
{
    public ILocator Heading => page.GetByRole(AriaRole.Heading, new() { Level = 1 });

    public ILocator Content => page.GetByRole(AriaRole.Main);

    public ILocator SkipLink => page.GetByRole(AriaRole.Link, new() { Name = "To the content" });

    public ILocator Navigation => page.GetByRole(AriaRole.Navigation, new() { Name = "Pages", Exact = true });

    public ILocator Menu => page.GetByRole(AriaRole.Button, new() { Name = "Menu" });

    public ILocator Theme => page.GetByRole(AriaRole.Combobox, new() { Name = "Theme" });

    /// <summary>Says whether the page hears of changes.</summary>
    public ILocator Live => page.GetByTestId("live");

    public ILocator Failures => page.GetByTestId("failure");

    public ILocator Skeletons => page.GetByTestId("skeleton");

    public ILocator Empty => page.GetByTestId("empty");

    /// <summary>Where a key is asked for.</summary>
    public ILocator Key => page.GetByLabel("Key", new() { Exact = true });

    public ILocator SignOut => page.GetByRole(AriaRole.Button, new() { Name = "Sign out" });

    public ILocator LinkTo(string name) => Navigation.GetByRole(AriaRole.Link, new() { Name = name, Exact = true });

    /// <summary>Goes to a page by its link.</summary>
    public async Task FollowAsync(string name)
    {
        await LinkTo(name).ClickAsync();
        await SettlesAsync();
    }

    public async Task SignInAsync(string key)
    {
        await Key.FillAsync(key);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    /// <summary>Waits until the page shows all that it asked for.</summary>
    public async Task SettlesAsync()
    {
        await Expect(Heading).ToBeVisibleAsync();
        await Expect(Skeletons).ToHaveCountAsync(0);
    }

    public Task IsLiveAsync() => Expect(Live).ToHaveAttributeAsync("data-state", "live");

    public Task IsStaleAsync() => Expect(Live).ToHaveAttributeAsync("data-state", "stale");

    /// <summary>Waits for a theme to be in force.</summary>
    public Task ShowsThemeAsync(string theme) => Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", theme);

    /// <summary>Holds that what is older is not taken for what is: the page says why it shows nothing, or that it is old.</summary>
    public Task FailsWithAsync(string words) => Expect(Failures.First).ToContainTextAsync(words);

    public Task AddressHasAsync(string parameter) => Expect(page).ToHaveURLAsync(new Regex($"[?&]{Regex.Escape(parameter)}"));

    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    private static IPageAssertions Expect(IPage page) => Assertions.Expect(page);
}
