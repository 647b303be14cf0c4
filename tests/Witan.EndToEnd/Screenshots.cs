namespace Witan.EndToEnd;

/// <summary>Pictures for the documentation: docs/screenshots takes them.</summary>
public sealed class Screenshots(Stage stage) : BrowserTest(stage)
{
    [Fact(Explicit = true)]
    public async Task Take()
    {
        var folder = Environment.GetEnvironmentVariable("WITAN_SCREENSHOTS");
        Assert.False(string.IsNullOrEmpty(folder), "WITAN_SCREENSHOTS names no folder. docs/screenshots sets it.");
        Directory.CreateDirectory(folder);
        foreach (var (name, kind, theme) in new[]
        {
            ("overview", "overview", ColorScheme.Light), ("overview-dark", "overview", ColorScheme.Dark), ("fix", "a fix", ColorScheme.Light), ("judgement", "judgement", ColorScheme.Light), ("agents", "agents", ColorScheme.Light),
        })
        {
            var visitor = await VisitAsync(how: new() { ViewportSize = new() { Width = 1440, Height = 900 }, ColorScheme = theme });
            await visitor.GoAsync(Records.AddressOf(kind));
            await visitor.Shell.IsLiveAsync();
            await visitor.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png") });
        }
    }
}
