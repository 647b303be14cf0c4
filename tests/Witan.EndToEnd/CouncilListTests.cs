using System.Globalization;
using System.Text.RegularExpressions;
using Witan.EndToEnd.Pages;

namespace Witan.EndToEnd;

/// <summary>Collaborations and their votes, and agents.</summary>
public sealed class CouncilListTests(Stage stage) : BrowserTest(stage)
{
    [Fact]
    public async Task Collaborations_are_listed_and_chosen_by_type_and_by_participant()
    {
        var visitor = await VisitAsync();
        var collaborations = new CollaborationsPage(visitor.Page);
        await visitor.GoAsync("/collaborations");
        await Assertions.Expect(collaborations.Types).ToHaveTextAsync(["planning", "building", "reviewing"]);

        await collaborations.ChooseAsync("Type", "building");
        await Assertions.Expect(collaborations.Types).ToHaveTextAsync(["building"]);
        await visitor.Shell.AddressHasAsync("type=building");

        await collaborations.ChooseAsync("Type", "fixing");
        await Assertions.Expect(visitor.Shell.Empty).ToContainTextAsync("No collaborations.");

        await collaborations.ChooseAsync("Type", "");
        await collaborations.WriteAsync("Participant", Records.Voted.Participants[1]);
        await Assertions.Expect(collaborations.Types).ToHaveTextAsync(["reviewing"]);
    }

    [Fact]
    public async Task A_collaboration_shows_each_vote_and_the_share_of_the_weight_that_approves()
    {
        var (votes, consensus) = (await Demo.Client.ListVotesAsync(new() { CollaborationId = Records.Voted.Id }, Cancel), await Demo.Client.GetConsensusAsync(Records.Voted.Id, Cancel));
        var visitor = await VisitAsync();
        var collaborations = new CollaborationsPage(visitor.Page);
        await visitor.GoAsync("/collaborations");
        await collaborations.List.GetByRole(AriaRole.Link, new() { Name = Records.Voted.Goal }).ClickAsync();

        var page = new Pages.CollaborationPage(visitor.Page);
        await Assertions.Expect(page.Heading).ToHaveTextAsync(Records.Voted.Goal);
        await Assertions.Expect(page.Fact("Type")).ToHaveTextAsync("reviewing");
        await Assertions.Expect(page.Consensus).ToContainTextAsync($"{Text.Percent(consensus.Share)} of the weight approves");
        await Assertions.Expect(page.Consensus).ToContainTextAsync($"{consensus.Voters} of {consensus.Quorum} voters for the quorum");
        Assert.Equal(consensus.Share!.Value, double.Parse((await page.Share.GetAttributeAsync("value"))!, CultureInfo.InvariantCulture), 1e-9);
        await Assertions.Expect(page.Votes).ToHaveCountAsync(votes.Votes.Count);
        foreach (var vote in votes.Votes)
        {
            var row = page.Votes.Filter(new() { HasText = vote.VoterId });
            await Assertions.Expect(row).ToContainTextAsync(vote.Kind == VoteKind.Approve ? "approve" : "reject");
            await Assertions.Expect(row).ToContainTextAsync(vote.Reasoning!);
        }
    }

    [Fact]
    public async Task Agents_stand_in_the_order_of_the_lower_end_of_their_interval_and_each_leads_to_its_page()
    {
        var all = await Demo.Client.ListAgentsAsync(200, cancel: Cancel);
        var ranked = all.Agents.OrderByDescending(agent => agent.Overall.Interval is { } known ? known[0] : -1).ThenByDescending(agent => agent.Overall.N).ToList();
        var visitor = await VisitAsync();
        var agents = new AgentsPage(visitor.Page);
        await visitor.GoAsync("/agents");
        await Assertions.Expect(agents.Links).ToHaveTextAsync([.. ranked.Select(agent => agent.Name)]);

        await agents.Links.Nth(1).ClickAsync();
        var page = new Pages.AgentPage(visitor.Page);
        await Assertions.Expect(page.Heading).ToHaveTextAsync(ranked[1].Name);
        await Assertions.Expect(visitor.Shell.Content).ToContainTextAsync(Text.Percent(ranked[1].Overall.Rate));
        await Assertions.Expect(visitor.Shell.Content).ToContainTextAsync($"n = {Text.Count(ranked[1].Overall.N)}");

        await page.Facts.GetByRole(AriaRole.Link, new() { Name = "all of them" }).ClickAsync();
        await Assertions.Expect(visitor.Page).ToHaveURLAsync(new Regex("/fixes\\?agent="));
        await Assertions.Expect(new FixesPage(visitor.Page).Column(5).First).ToHaveTextAsync(ranked[1].Id);
    }
}
