using Witan.Client;

namespace Witan.Server.Tests.Fixes;

/// <summary>A reporter's own key: unique per agent, and the same one again is the same fix.</summary>
public sealed class ExternalIdTests(OneServer one) : IClassFixture<OneServer>
{
    private readonly WitanServer _server = one.Server;

    [Fact]
    public async Task The_same_again_is_the_same_fix_with_the_same_answer()
    {
        var first = await _server.PostAsync("/auto-fixes", Key("again", "pr-1"));
        await _server.TeachAsync("again", successes: 0, failures: 20);

        var second = await _server.PostAsync("/auto-fixes", Key("again", "pr-1"));

        Assert.Equal((201, 200), (first.Status, second.Status));
        Assert.Equal(first.Text, second.Text);
    }

    [Fact]
    public async Task Another_agent_may_use_the_same_key()
    {
        var one = await _server.ProposeAsync(Key("ann", "pr-1"));
        var two = await _server.ProposeAsync(Key("bob", "pr-1"));

        Assert.NotEqual(one.Id, two.Id);
    }

    [Fact]
    public async Task Arriving_again_with_an_outcome_it_is_reported()
    {
        var first = await _server.PostAsync("/auto-fixes", Key("tells", "pr-1"));
        var report = Key("tells", "pr-1") with { Outcome = new() { Success = true, DurationMs = 5 } };

        var second = await _server.PostAsync("/auto-fixes", report);
        var third = await _server.PostAsync("/auto-fixes", report);
        var other = await _server.PostAsync("/auto-fixes", report with { Outcome = new() { Success = false } });

        Assert.Equal((200, 200, 409), (second.Status, third.Status, other.Status));
        Assert.Equal(first.Text, second.Text);
        Assert.Equal(FixState.Succeeded, (await _server.FixAsync(first.Id)).Status);
        Assert.Equal(1, (await _server.AgentAsync("tells")).Overall.N);
    }

    [Fact]
    public async Task A_report_after_the_fact_is_known_again_and_may_be_rolled_back()
    {
        var report = Key("knows", "pr-1") with { ProposedAt = OneServer.Start.AddDays(-1), Outcome = new() { Success = true, DurationMs = 60_000 } };
        var first = await _server.PostAsync("/auto-fixes", report);
        var second = await _server.PostAsync("/auto-fixes", report);
        var undone = await _server.PostAsync("/auto-fixes", report with { Outcome = new() { RolledBack = true } });

        Assert.Equal((201, 200, 200), (first.Status, second.Status, undone.Status));
        Assert.Equal(first.Text, second.Text);
        Assert.Equal(FixState.RolledBack, (await _server.FixAsync(first.Id)).Status);
    }

    [Fact]
    public async Task The_first_answer_stands_however_late_it_is_asked_for_again()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(OneServer.Start);
        await using var server = await WitanServer.StartAsync(clock);
        var report = Key("late", "pr-1") with { ProposedAt = OneServer.Start.AddMinutes(-4), Outcome = new() { Success = true } };
        var proposal = Key("late", "pr-2") with { ProposedAt = OneServer.Start.AddMinutes(-4) };
        var (reported, proposed) = (await server.PostAsync("/auto-fixes", report), await server.PostAsync("/auto-fixes", proposal));

        clock.Advance(TimeSpan.FromHours(48));

        Assert.Equal(proposed.Text, (await server.PostAsync("/auto-fixes", proposal)).Text);
        Assert.Equal(reported.Text, (await server.PostAsync("/auto-fixes", report)).Text);
    }

    [Fact]
    public async Task Thirty_two_at_once_give_one_fix()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => _server.PostAsync("/auto-fixes", Key("races", "pr-1"))));

        Assert.Single(answers, a => a.Status == 201);
        Assert.Equal(31, answers.Count(a => a.Status == 200));
        Assert.Single(answers.Select(a => a.Text).Distinct());
        Assert.Single(await _server.WalkAsync("/auto-fixes?agentId=races", "autoFixes"));
    }

    [Fact]
    public async Task Thirty_two_reports_at_once_count_once()
    {
        var report = Key("counts", "pr-1") with { Outcome = new() { Success = true } };
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => _server.PostAsync("/auto-fixes", report)));

        Assert.Single(answers, a => a.Status == 201);
        Assert.Equal(31, answers.Count(a => a.Status == 200));
        Assert.Equal(1, (await _server.AgentAsync("counts")).Overall.N);
    }

    private static FixProposal Key(string agent, string externalId) => Some.Fix(agent) with { ExternalId = externalId };
}
