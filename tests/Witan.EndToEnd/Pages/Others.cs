using System.Globalization;

namespace Witan.EndToEnd.Pages;

internal sealed class OverviewPage(IPage page)
{
    public ILocator Tile(string name) => page.GetByTestId($"tile-{name}");

    /// <summary>The figure of a tile.</summary>
    public ILocator Figure(string name) => Tile(name).Locator(".tile-figure");

    /// <summary>What stands below the figure: what it is of.</summary>
    public ILocator Of(string name) => Tile(name).Locator(".faint");

    public ILocator Timeline => page.GetByTestId("over-time");
}

internal sealed class AskPage(IPage page)
{
    public ILocator Answer => page.GetByTestId("answer");

    public ILocator Factors => Answer.GetByTestId("factors").Locator("tbody tr");

    public ILocator Field(string label) => page.GetByLabel(label, new() { Exact = true });

    public ILocator Send => page.GetByRole(AriaRole.Button, new() { Name = "Ask", Exact = true });

    /// <summary>Fills fields by their labels and asks.</summary>
    public async Task AskAsync(params (string Label, string Value)[] fields)
    {
        foreach (var (label, value) in fields)
            await Field(label).FillAsync(value);
        await Send.ClickAsync();
    }
}

internal sealed class JudgementPage(IPage page)
{
    public ILocator WhatIf => page.GetByTestId("what-if");

    public ILocator Threshold => page.GetByRole(AriaRole.Slider, new() { Name = "Auto-apply from" });

    public ILocator Scorers => page.GetByTestId("models").Locator("tbody tr");

    public ILocator Chart => page.GetByTestId("risk-coverage");

    public ILocator Reliability => page.GetByTestId("reliability");

    public ILocator Importance => page.GetByTestId("importance").Locator("tbody tr");

    public Task MoveAsync(double threshold) => Threshold.FillAsync(threshold.ToString("0.##", CultureInfo.InvariantCulture));
}

internal sealed class OperationsPage(IPage page)
{
    public ILocator Status => page.GetByTestId("status");

    /// <summary>The state of a dependency.</summary>
    public ILocator Dependency(string name) =>
        page.GetByTestId("dependencies").GetByRole(AriaRole.Row).Filter(new() { Has = page.GetByRole(AriaRole.Rowheader, new() { Name = name, Exact = true }) });

    public ILocator Tile(string name) => page.GetByTestId($"tile-{name}");
}
