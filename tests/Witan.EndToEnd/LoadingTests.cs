using System.Text.RegularExpressions;
using Witan.EndToEnd.Pages;

namespace Witan.EndToEnd;

/// <summary>Every page by its address: it comes, it comes again, and the browser has nothing to say.</summary>
public sealed partial class LoadingTests(Stage stage) : BrowserTest(stage)
{
    public static TheoryData<string> Kinds => [.. EveryPage.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_page_opened_and_reloaded_by_its_address_is_the_same_and_says_nothing_in_the_console(string kind)
    {
        var visitor = await VisitAsync();
        await visitor.GoAsync(Records.AddressOf(kind));
        var (heading, address, title) = (await visitor.Shell.Heading.InnerTextAsync(), visitor.Page.Url, await visitor.Page.TitleAsync());
        Assert.EndsWith("Witan", title, StringComparison.Ordinal);

        await visitor.ReloadAsync();

        await Assertions.Expect(visitor.Shell.Heading).ToHaveTextAsync(heading, new() { UseInnerText = true });
        await Assertions.Expect(visitor.Page).ToHaveTitleAsync(title);
        Assert.Equal(address, visitor.Page.Url);
        await Assertions.Expect(visitor.Shell.Failures).ToHaveCountAsync(0);
        await visitor.Shell.IsLiveAsync();
        Assert.Empty(visitor.Messages);
    }

    /// <summary>The control: what the browser complains of is noted.</summary>
    [Fact]
    public async Task A_complaint_in_the_console_and_a_script_that_throws_are_noticed()
    {
        var visitor = await VisitAsync();
        await visitor.GoAsync("/ask");
        await visitor.Page.EvaluateAsync("() => { console.warn('odd'); setTimeout(() => { throw new Error('broken') }); return new Promise(done => setTimeout(done)); }");

        Assert.Contains("warning: odd", visitor.Complaints);
        Assert.Contains(visitor.Complaints, complaint => complaint.Contains("broken", StringComparison.Ordinal));
        visitor.Expects("odd");
        visitor.Expects("broken");
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task No_script_runs_that_did_not_come_as_a_file_of_the_server()
    {
        var visitor = await VisitAsync();
        var answer = await visitor.Page.GotoAsync("/");
        var policy = await answer!.HeaderValueAsync("Content-Security-Policy");
        var scripts = ScriptSources().Match(policy!).Groups[1].Value;
        Assert.Contains("'self'", scripts, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-inline", scripts, StringComparison.Ordinal);
        Assert.DoesNotContain("'unsafe-eval'", scripts, StringComparison.Ordinal);

        // The policy is not only said: an element with a script in it does nothing, and the browser says why.
        visitor.Expects("Content Security Policy");
        await visitor.Page.EvaluateAsync("() => { const script = document.createElement('script'); script.textContent = 'window.ran = true'; document.head.append(script); }");
        Assert.False(await visitor.Page.EvaluateAsync<bool>("() => window.ran === true"));
        Assert.Contains(visitor.Messages, message => message.Contains("Content Security Policy", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_address_below_a_list_that_is_no_page_says_so()
    {
        var visitor = await VisitAsync();
        await visitor.GoAsync("/fixes/none-such");
        await Assertions.Expect(visitor.Shell.Heading).ToHaveTextAsync("There is no such page");
        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "To the overview" }).ClickAsync();
        await Assertions.Expect(new OverviewPage(visitor.Page).Figure("fixes")).ToHaveTextAsync("27,808");
    }

    [GeneratedRegex("script-src ([^;]*)")]
    private static partial Regex ScriptSources();
}
