namespace Witan.EndToEnd;

/// <summary>A screen of 320 pixels, which is also a page at 400 %: a page may scroll down, and only a table may scroll to the side.</summary>
public sealed class SmallScreenTests(Stage stage) : BrowserTest(stage)
{
    // What sticks out to the right and is not in something that scrolls by itself.
    private const string Overflow = """
        () => {
          const wide = document.documentElement.scrollWidth;
          if (wide <= 320)
            return [];
          const scrolls = element => element.closest('.wide, pre, .visually-hidden, .skip') !== null;
          return [`the document is ${wide} wide`, ...[...document.querySelectorAll('body *')].filter(element => element.getBoundingClientRect().right > 320.5 && !scrolls(element)).map(element => element.outerHTML.slice(0, 160))];
        }
        """;

    private static readonly BrowserNewContextOptions Small = new() { ViewportSize = new() { Width = 320, Height = 640 }, IsMobile = true, HasTouch = true };

    [Fact]
    public async Task No_page_scrolls_to_the_side()
    {
        var visitor = await VisitAsync(how: new(Small)); // one for all, who has the program after the first page
        var found = new List<string>();
        foreach (var kind in EveryPage.Kinds)
        {
            await visitor.GoAsync(Records.AddressOf(kind));
            await visitor.Shell.IsLiveAsync();
            await Assertions.Expect(visitor.Shell.Failures).ToHaveCountAsync(0);
            found.AddRange((await visitor.Page.EvaluateAsync<string[]>(Overflow)).Select(what => $"{kind}: {what}"));
        }
        Assert.Empty(found);
    }

    [Fact]
    public async Task Neither_does_it_while_it_connects()
    {
        var visitor = await VisitAsync(how: new(Small));
        await visitor.Page.RouteAsync("**/api/agent-intelligence/events", _ => Task.CompletedTask); // never answered
        await visitor.GoAsync("/ask");
        await Assertions.Expect(visitor.Shell.Live).ToHaveAttributeAsync("data-state", "connecting");
        Assert.Empty(await visitor.Page.EvaluateAsync<string[]>(Overflow));
    }

    [Fact]
    public async Task Neither_does_it_where_a_key_is_asked_for_and_after_it_was_given()
    {
        var (server, key) = await Server.ServeKeyedAsync();
        Own(server);
        var visitor = await VisitAsync(server, new(Small));
        visitor.Expects("status of 401");
        await visitor.Page.GotoAsync("/");
        await Assertions.Expect(visitor.Shell.Key).ToBeVisibleAsync();
        Assert.Empty(await visitor.Page.EvaluateAsync<string[]>(Overflow));

        await visitor.Shell.SignInAsync(key);
        await Assertions.Expect(visitor.Shell.SignOut).ToBeVisibleAsync();
        await visitor.Shell.SettlesAsync();
        await visitor.Shell.IsLiveAsync();
        Assert.Empty(await visitor.Page.EvaluateAsync<string[]>(Overflow));
        await visitor.Shell.Menu.ClickAsync();
        await Assertions.Expect(visitor.Shell.Navigation).ToBeVisibleAsync();
        Assert.Empty(await visitor.Page.EvaluateAsync<string[]>(Overflow));
    }

    /// <summary>The control: what is too wide is found.</summary>
    [Fact]
    public async Task Something_too_wide_is_found()
    {
        var visitor = await VisitAsync(how: new(Small));
        await visitor.GoAsync("/ask");
        await visitor.Page.EvaluateAsync("() => document.querySelector('main').insertAdjacentHTML('beforeend', '<p style=\"width: 400px\">too wide</p>')");
        Assert.Contains(await visitor.Page.EvaluateAsync<string[]>(Overflow), found => found.Contains("too wide", StringComparison.Ordinal));
    }
}
