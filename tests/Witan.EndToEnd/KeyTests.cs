using Witan.EndToEnd.Pages;

namespace Witan.EndToEnd;

/// <summary>A server that asks for a key.</summary>
public sealed class KeyTests(Stage stage) : BrowserTest(stage)
{
    [Fact]
    public async Task A_key_is_asked_for_a_wrong_one_is_refused_with_the_reason_and_a_right_one_opens_the_page()
    {
        var (server, key) = await Server.ServeKeyedAsync();
        Own(server);
        var visitor = await VisitAsync(server);
        visitor.Expects("status of 401");
        var overview = new OverviewPage(visitor.Page);
        await visitor.Page.GotoAsync("/");
        await Assertions.Expect(visitor.Shell.Heading).ToHaveTextAsync("Sign in with a key");
        await Assertions.Expect(visitor.Shell.SignOut).ToHaveCountAsync(0);

        await visitor.Shell.SignInAsync("witan_wrong");
        await Assertions.Expect(visitor.Page.GetByRole(AriaRole.Alert).And(visitor.Page.Locator("#sign-in-problem"))).ToContainTextAsync("key");
        await Assertions.Expect(overview.Tile("fixes")).ToHaveCountAsync(0);

        await visitor.Shell.SignInAsync(key);
        await Assertions.Expect(overview.Figure("fixes")).ToHaveTextAsync("0");
        await visitor.Shell.IsLiveAsync();
        await visitor.Shell.FollowAsync("Judgement");
        await Assertions.Expect(visitor.Shell.Failures).ToHaveCountAsync(0);

        await visitor.ReloadAsync(); // of this tab
        await Assertions.Expect(visitor.Shell.Heading).ToHaveTextAsync("Judgement");
        await visitor.Shell.SignOut.ClickAsync();
        await Assertions.Expect(visitor.Shell.Heading).ToHaveTextAsync("Sign in with a key");
        await Assertions.Expect(visitor.Shell.SignOut).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task The_key_is_kept_in_its_tab_only_and_is_part_of_no_address()
    {
        var (server, key) = await Server.ServeKeyedAsync();
        Own(server);
        var visitor = await VisitAsync(server);
        visitor.Expects("status of 401");
        var addresses = new List<string>();
        visitor.Page.Request += (_, request) => addresses.Add(request.Url);
        await visitor.Page.GotoAsync("/fixes?success=true");
        await Assertions.Expect(visitor.Shell.Heading).ToHaveTextAsync("Sign in with a key");
        await visitor.Shell.SignInAsync(key);
        await Assertions.Expect(visitor.Shell.Heading).ToHaveTextAsync("Auto-fixes"); // what was asked for, not the overview
        await visitor.Shell.AddressHasAsync("success=true");

        Assert.DoesNotContain(addresses, address => address.Contains(key, StringComparison.Ordinal));
        Assert.DoesNotContain(key, await visitor.Page.EvaluateAsync<string>("() => JSON.stringify(localStorage) + document.cookie"), StringComparison.Ordinal);
        Assert.Contains(key, await visitor.Page.EvaluateAsync<string>("() => JSON.stringify(sessionStorage)"), StringComparison.Ordinal);
    }
}
