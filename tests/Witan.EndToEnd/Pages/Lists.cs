namespace Witan.EndToEnd.Pages;

/// <summary>What the pages of lists have in common: filters in the address, rows, and the ways to the next page and the first.</summary>
internal abstract class ListPage(IPage page, string list)
{
    public IPage Page => page;

    public ILocator Next => page.GetByRole(AriaRole.Link, new() { Name = "Next page" });

    public ILocator First => page.GetByRole(AriaRole.Link, new() { Name = "First page" });

    /// <summary>The table, or whatever holds the rows.</summary>
    public ILocator List => page.GetByTestId(list);

    /// <summary>A link for each row, which leads to its page.</summary>
    public virtual ILocator Links => List.GetByRole(AriaRole.Rowheader).GetByRole(AriaRole.Link);

    /// <summary>A field or a choice by its label, to which the texts of a choice's options belong too.</summary>
    public ILocator Filter(string label) => Filters.GetByLabel(label, new() { Exact = true }).Or(Filters.GetByRole(AriaRole.Combobox, new() { Name = label, Exact = true }));

    private ILocator Filters => page.GetByRole(AriaRole.Search, new() { Name = "Filters" });

    /// <summary>Chooses one of the values of a filter.</summary>
    public Task ChooseAsync(string label, string value) => Filter(label).SelectOptionAsync(value);

    /// <summary>Writes a filter and finishes it.</summary>
    public async Task WriteAsync(string label, string text)
    {
        await Filter(label).FillAsync(text);
        await Filter(label).PressAsync("Enter");
    }

    /// <summary>Where the rows lead to: what tells one page of a list from another.</summary>
    public async Task<IReadOnlyList<string>> TargetsAsync() =>
        await Links.EvaluateAllAsync<string[]>("links => links.map(link => link.getAttribute('href'))");

    /// <summary>The text of a column in all rows.</summary>
    public ILocator Column(int number) => List.Locator($"tbody tr > :nth-child({number})");
}

internal sealed class FixesPage(IPage page) : ListPage(page, "fixes")
{
    public ILocator Decisions => Column(2);

    public ILocator Confidences => Column(3);

    public ILocator States => Column(4);

    public ILocator ClearFilters => Page.GetByRole(AriaRole.Link, new() { Name = "Clear filters" });
}

internal sealed class LearningsPage(IPage page) : ListPage(page, "learnings")
{
    public override ILocator Links => List.GetByRole(AriaRole.Link);

    /// <summary>What stands of a learning on its card.</summary>
    public ILocator Card(string pattern) => List.GetByRole(AriaRole.Listitem).Filter(new() { Has = Page.GetByRole(AriaRole.Link, new() { Name = pattern, Exact = true }) });
}

internal sealed class CollaborationsPage(IPage page) : ListPage(page, "collaborations")
{
    public ILocator Types => Column(2);
}

internal sealed class AgentsPage(IPage page) : ListPage(page, "agents");
