using Witan.EndToEnd.Pages;

namespace Witan.EndToEnd;

/// <summary>The list of learnings and the page of one.</summary>
public sealed class LearningListTests(Stage stage) : BrowserTest(stage)
{
    private Visitor _visitor = null!;
    private LearningsPage _learnings = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _visitor = await VisitAsync();
        _learnings = new(_visitor.Page);
        await _visitor.GoAsync("/learnings");
    }

    [Fact]
    public async Task Each_learning_shows_its_confidence_its_use_and_its_domains()
    {
        await Assertions.Expect(_learnings.Links).ToHaveCountAsync(4);
        foreach (var learning in (await Demo.Client.ListLearningsAsync(cancel: Cancel)).Learnings)
        {
            var card = _learnings.Card(learning.Pattern);
            await Assertions.Expect(card).ToContainTextAsync(learning.Problem);
            await Assertions.Expect(card.GetByTestId("confidence")).ToHaveTextAsync($"confidence {Text.Whole(learning.Confidence)}");
            await Assertions.Expect(card).ToContainTextAsync($"applied {learning.TimesApplied} times, {learning.Successes} worked");
            foreach (var domain in learning.AgentDomains)
                await Assertions.Expect(card.GetByTestId("domains").GetByText(domain, new() { Exact = true })).ToBeVisibleAsync();
        }
    }

    [Fact]
    public async Task The_filter_offers_the_domains_that_there_are_and_leaves_the_learnings_of_one()
    {
        var domains = await Demo.Client.GetDomainStatsAsync(cancel: Cancel);
        await Assertions.Expect(_learnings.Filter("Domain").GetByRole(AriaRole.Option)).ToHaveTextAsync(["any", .. domains.Domains.Select(domain => domain.Domain)]);

        await _learnings.ChooseAsync("Domain", "python");
        await Assertions.Expect(_learnings.Links).ToHaveCountAsync(2);
        await _visitor.Shell.AddressHasAsync("domain=python");
        Assert.Equal(["/learnings/copy-mutable-defaults", "/learnings/return-not-implemented"], (await _learnings.TargetsAsync()).Select(target => $"/{target}").Order());

        await _learnings.ChooseAsync("Domain", "");
        await Assertions.Expect(_learnings.Links).ToHaveCountAsync(4);
    }

    [Fact]
    public async Task A_search_finds_a_learning_by_the_words_of_its_problem()
    {
        await _learnings.WriteAsync("Search", "lock file");
        await Assertions.Expect(_learnings.Links).ToHaveTextAsync(["do-not-touch-the-lock-file"]);
        await _visitor.Shell.AddressHasAsync("q=lock");
    }

    [Fact]
    public async Task A_click_shows_all_of_a_learning_and_leads_on_to_a_related_one()
    {
        await _learnings.Links.Filter(new() { HasText = "return-not-implemented" }).ClickAsync();
        var page = new Pages.LearningPage(_visitor.Page);
        await Assertions.Expect(page.Heading).ToHaveTextAsync("return-not-implemented");
        await Assertions.Expect(page.Fact("Problem")).ToHaveTextAsync(Records.Learning.Problem);
        await Assertions.Expect(page.Fact("Solution")).ToHaveTextAsync(Records.Learning.Solution);
        await Assertions.Expect(page.Fact("Confidence")).ToContainTextAsync(Text.Whole(Records.Learning.Confidence));
        await Assertions.Expect(page.Fact("Domains")).ToContainTextAsync("backend");
        await Assertions.Expect(page.Fact("Discovered by")).ToContainTextAsync("witan-demo");
        Assert.Equal(Records.Learning.CodeExample, await page.Example.InnerTextAsync());

        await _visitor.Page.GetByRole(AriaRole.Link, new() { Name = "copy-mutable-defaults" }).ClickAsync();
        await Assertions.Expect(page.Heading).ToHaveTextAsync("copy-mutable-defaults");
        await page.BackTo("Learnings").ClickAsync();
        await Assertions.Expect(_learnings.Links).ToHaveCountAsync(4);
    }
}
