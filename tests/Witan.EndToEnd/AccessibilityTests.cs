using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;

namespace Witan.EndToEnd;

/// <summary>The rules of WCAG 2.0 to 2.2 on levels A and AA, as far as axe can check them, on every page in both themes.</summary>
public sealed class AccessibilityTests(Stage stage) : BrowserTest(stage)
{
    private static readonly AxeRunOptions Rules = new() { RunOnly = new() { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] } };

    public static TheoryData<string> Kinds => [.. EveryPage.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task No_rule_is_violated_in_either_theme(string kind)
    {
        var visitor = await VisitAsync(how: new() { ColorScheme = ColorScheme.Light });
        await visitor.GoAsync(Records.AddressOf(kind));
        foreach (var theme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await visitor.Page.EmulateMediaAsync(new() { ColorScheme = theme });
            await visitor.Shell.ShowsThemeAsync(theme == ColorScheme.Dark ? "dark" : "light");
            await HasNoViolationAsync(visitor);
        }
    }

    [Fact]
    public async Task No_rule_is_violated_where_an_answer_was_asked_for()
    {
        var visitor = await VisitAsync();
        await visitor.GoAsync("/ask");
        var ask = new Pages.AskPage(visitor.Page);
        await ask.AskAsync(("Agent", Records.Agent), ("Strategy", "code_patch"));
        await Assertions.Expect(ask.Answer).ToBeVisibleAsync();
        await HasNoViolationAsync(visitor);
    }

    [Fact]
    public async Task No_rule_is_violated_where_a_key_is_asked_for_or_where_something_failed()
    {
        var (server, _) = await Server.ServeKeyedAsync();
        Own(server);
        var stranger = await VisitAsync(server);
        stranger.Expects("status of 401");
        await stranger.Page.GotoAsync("/");
        await stranger.Shell.SignInAsync("witan_wrong");
        await Assertions.Expect(stranger.Page.Locator("#sign-in-problem")).Not.ToBeEmptyAsync();
        await HasNoViolationAsync(stranger);

        var visitor = await VisitAsync();
        visitor.Expects("status of 404");
        await visitor.Page.GotoAsync("/agents/nobody");
        await Assertions.Expect(visitor.Shell.Failures.First).ToBeVisibleAsync();
        await HasNoViolationAsync(visitor);
    }

    /// <summary>The control: what must not be is found.</summary>
    [Fact]
    public async Task A_picture_without_words_and_faint_ink_are_found()
    {
        var visitor = await VisitAsync();
        await visitor.GoAsync("/ask");
        await visitor.Page.EvaluateAsync("() => document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"icon.svg\"><p style=\"color: #ccc; background: #fff\">faint</p>')");
        var found = await visitor.Page.RunAxe(Rules);
        Assert.Equal(["color-contrast", "image-alt"], found.Violations.Select(violation => violation.Id).Order());
    }

    private static async Task HasNoViolationAsync(Visitor visitor)
    {
        var found = await visitor.Page.RunAxe(Rules);
        Assert.NotEmpty(found.Passes);
        var violations = found.Violations.Select(violation => $"{violation.Id}: {violation.Help}\n" + string.Join('\n', violation.Nodes.Take(3).Select(node => $"  {node.Html}\n  {string.Join("; ", node.Any.Concat(node.All).Select(check => check.Message))}")));
        Assert.Empty(violations);
    }
}
