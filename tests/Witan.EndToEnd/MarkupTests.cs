using Witan.EndToEnd.Pages;

namespace Witan.EndToEnd;

/// <summary>What agents write is text, whatever it looks like.</summary>
public sealed class MarkupTests(Stage stage) : BrowserTest(stage)
{
    private const string Picture = "<img src=x onerror=\"window.owned = true\">";
    private const string Script = "<script>window.owned = true</script>";

    [Fact]
    public async Task Tags_in_fixes_learnings_and_collaborations_are_shown_as_they_were_written()
    {
        var server = await OwnServerAsync();
        var fix = await server.Client.ProposeAsync(new() { AgentId = "fixer", FixStrategy = "code_patch", Issue = Picture, Error = Script, Repository = Picture, Outcome = new() { Success = false, ErrorMessage = Script } }, Cancel);
        await server.Client.ReportLearningAsync(new() { Pattern = "tags", Problem = Picture, Solution = Script, CodeExample = $"return \"{Script}\"; // {Picture}", AgentDomains = ["web"], DiscoveredBy = "fixer" }, Cancel);
        var collaboration = await server.Client.CollaborateAsync(new() { Type = CollaborationType.Reviewing, Leader = "fixer", Participants = ["fixer", "voter"], Goal = Picture }, Cancel);
        await server.Client.VoteAsync(collaboration.Id, new() { VoterId = "voter", Solution = "none", Vote = VoteKind.Reject, Reasoning = Script }, Cancel);
        var visitor = await VisitAsync(server);

        await ShowsAsync(visitor, "/fixes", Picture);
        await ShowsAsync(visitor, $"/fixes/{fix.Id}", Picture, Script);
        await ShowsAsync(visitor, "/learnings", Picture);
        await ShowsAsync(visitor, "/learnings/tags", Picture, Script);
        await ShowsAsync(visitor, "/collaborations", Picture);
        await ShowsAsync(visitor, $"/collaborations/{collaboration.Id}", Picture, Script);
    }

    [Fact]
    public async Task Tags_in_an_address_are_shown_as_text_too()
    {
        var visitor = await VisitAsync();
        await visitor.GoAsync($"/fixes?q={Uri.EscapeDataString(Picture)}");
        await Assertions.Expect(new FixesPage(visitor.Page).Filter("Search")).ToHaveValueAsync(Picture);
        await RunsNothingAsync(visitor);
    }

    private static async Task ShowsAsync(Visitor visitor, string address, params string[] texts)
    {
        await visitor.GoAsync(address);
        foreach (var text in texts)
            await Assertions.Expect(visitor.Shell.Content).ToContainTextAsync(text);
        await RunsNothingAsync(visitor);
    }

    private static async Task RunsNothingAsync(Visitor visitor)
    {
        await Assertions.Expect(visitor.Page.Locator("#app img, #app script")).ToHaveCountAsync(0);
        Assert.False(await visitor.Page.EvaluateAsync<bool>("() => window.owned === true"));
    }
}
