namespace Witan.EndToEnd.Pages;

/// <summary>A page that shows one record: its facts by their names, and the way back to the list.</summary>
internal abstract class RecordPage(IPage page, string facts)
{
    public IPage Page => page;

    public ILocator Heading => page.GetByRole(AriaRole.Heading, new() { Level = 1 });

    /// <summary>All facts.</summary>
    public ILocator Facts => page.GetByTestId(facts);

    /// <summary>One fact.</summary>
    public ILocator Fact(string name) => Facts.Locator($"dt:text-is('{name}') + dd");

    /// <summary>The link back to the list.</summary>
    public ILocator BackTo(string list) => page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Link, new() { Name = list, Exact = true });

    public ILocator Section(string heading) => page.GetByRole(AriaRole.Region, new() { Name = heading });
}

internal sealed class FixPage(IPage page) : RecordPage(page, "fix")
{
    public ILocator Receipt => Section("Why: the receipt");

    public ILocator Factors => Page.GetByTestId("factors");
}

internal sealed class LearningPage(IPage page) : RecordPage(page, "learning")
{
    public ILocator Example => Page.GetByLabel("Code");
}

internal sealed class CollaborationPage(IPage page) : RecordPage(page, "collaboration")
{
    public ILocator Consensus => Page.GetByTestId("consensus");

    /// <summary>The share of the weight that approves, as a meter.</summary>
    public ILocator Share => Page.GetByLabel("Share of the weight that approves");

    public ILocator Votes => Page.GetByTestId("votes").Locator("tbody tr");
}

internal sealed class AgentPage(IPage page) : RecordPage(page, "agent")
{
    public ILocator Decisions => Page.GetByTestId("decisions").Locator("tbody tr");
}
