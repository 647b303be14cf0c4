using Witan.EndToEnd.Pages;

namespace Witan.EndToEnd;

/// <summary>A page that stays open follows the server, and says when it cannot.</summary>
public sealed class LiveTests(Stage stage) : BrowserTest(stage)
{
    private static readonly FixProposal Success = new() { AgentId = "fixer-1", FixStrategy = "code_patch", Issue = "payments-417", Outcome = new() { Success = true } };

    [Fact]
    public async Task The_figures_of_the_overview_change_with_what_agents_report()
    {
        var server = await OwnServerAsync();
        await server.Client.ProposeAsync(Success, Cancel);
        var visitor = await VisitAsync(server);
        await visitor.GoAsync("/");
        await visitor.Shell.IsLiveAsync();
        var overview = new OverviewPage(visitor.Page);
        await Assertions.Expect(overview.Figure("fixes")).ToHaveTextAsync("1");
        await Assertions.Expect(overview.Figure("success")).ToHaveTextAsync("100.0 %");
        await visitor.Page.EvaluateAsync("() => window.untouched = true");

        await server.Client.ProposeAsync(Success with { AgentId = "fixer-2", Outcome = new() { Success = false } }, Cancel);

        await Assertions.Expect(overview.Figure("fixes")).ToHaveTextAsync("2");
        await Assertions.Expect(overview.Figure("success")).ToHaveTextAsync("50.0 %");
        await Assertions.Expect(overview.Figure("agents")).ToHaveTextAsync("2");
        Assert.True(await visitor.Page.EvaluateAsync<bool>("() => window.untouched === true")); // it was not loaded again
    }

    [Fact]
    public async Task An_open_list_shows_a_new_fix_and_an_open_fix_shows_how_it_ended()
    {
        var server = await OwnServerAsync();
        await server.Client.ProposeAsync(Success, Cancel);
        var (lists, looks) = (await VisitAsync(server), await VisitAsync(server));
        var fixes = new FixesPage(lists.Page);
        await lists.GoAsync("/fixes");
        await lists.Shell.IsLiveAsync();
        await Assertions.Expect(fixes.Links).ToHaveTextAsync(["payments-417"]);

        var proposed = await server.Client.ProposeAsync(new() { AgentId = "fixer-1", FixStrategy = "code_patch", Issue = "payments-418" }, Cancel);
        await Assertions.Expect(fixes.Links).ToHaveTextAsync(["payments-418", "payments-417"]);

        var fix = new FixPage(looks.Page);
        await looks.GoAsync($"/fixes/{proposed.Id}");
        await looks.Shell.IsLiveAsync();
        await Assertions.Expect(fix.Fact("Status")).Not.ToContainTextAsync("failed");
        await server.Client.ReportOutcomeAsync(proposed.Id!.Value, new() { Success = false, ErrorMessage = "still red" }, Cancel);
        await Assertions.Expect(fix.Fact("Status")).ToContainTextAsync("failed");
        await Assertions.Expect(fix.Fact("Error")).ToHaveTextAsync("still red");
    }

    [Fact]
    public async Task A_vote_is_seen_by_whoever_looks_at_the_collaboration()
    {
        var server = await OwnServerAsync();
        var collaboration = await server.Client.CollaborateAsync(new() { Type = CollaborationType.Reviewing, Leader = "lead", Participants = ["lead", "voter"], Goal = "May it go out?" }, Cancel);
        var visitor = await VisitAsync(server);
        await visitor.GoAsync($"/collaborations/{collaboration.Id}");
        await visitor.Shell.IsLiveAsync();
        var page = new Pages.CollaborationPage(visitor.Page);
        await Assertions.Expect(page.Consensus).ToContainTextAsync("nobody has voted yet");

        await server.Client.VoteAsync(collaboration.Id, new() { VoterId = "voter", Solution = "as proposed", Vote = VoteKind.Reject, Reasoning = "it is Friday" }, Cancel);
        await Assertions.Expect(page.Votes).ToContainTextAsync(["it is Friday"]);
        await Assertions.Expect(page.Consensus).ToContainTextAsync("0.0 % of the weight approves");
    }
}
