using Microsoft.Extensions.Time.Testing;
using Witan.Client;
using Witan.Server.Tests.Models;

namespace Witan.Server.Tests.Retraining;

/// <summary>What is watched for drift can be seen before it is an alarm.</summary>
public sealed class DriftAnswerTests : IAsyncLifetime
{
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WitanServer.StartAsync(new FakeTimeProvider(new(2026, 1, 3, 0, 0, 0, TimeSpan.Zero)));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_built_in_scorer_was_trained_on_nothing_that_could_be_left_behind()
    {
        var none = await DriftAsync();
        Assert.Equal(("track-record", 0, 200), (none.Version, none.Proposals, none.Least));
        Assert.Empty(none.Inputs);

        await _server.TeachAsync("a", successes: 1);
        for (var i = 0; i < 201; i++)
            await _server.ProposeAsync(Some.Fix("a"));
        var many = await DriftAsync();
        Assert.Equal(("track-record", 201), (many.Version, many.Proposals));
        Assert.Empty(many.Inputs);
    }

    [Fact]
    public async Task Too_few_proposals_say_nothing_and_what_is_only_asked_is_none()
    {
        await TrainAsync();
        await ProposeAsync(Alike(199));
        await _server.AskAsync(SimulatedFleet.Hard);

        var drift = await DriftAsync();

        Assert.Equal(("model-1", 199), (drift.Version, drift.Proposals));
        Assert.Empty(drift.Inputs);
        await ProposeAsync(Alike(1));
        Assert.NotEmpty((await DriftAsync()).Inputs);
    }

    [Fact]
    public async Task Proposals_like_those_before_show_how_far_everything_is_from_an_alarm()
    {
        await TrainAsync(outcomes: 2_000); // of few, trees know the scores of their own rows too well
        await ProposeAsync(Alike(300));

        var drift = await DriftAsync();

        Assert.Equal(300, drift.Proposals);
        Assert.Contains("score", drift.Inputs.Select(input => input.Input));
        Assert.Contains("attribute.hard", drift.Inputs.Select(input => input.Input));
        Assert.All(drift.Inputs, input => Assert.True(input.Index >= 0 && input.Alarm >= 0.25 && input.Index < input.Alarm, input.ToString()));
        AssertSorted(drift);
    }

    [Fact]
    public async Task What_moved_furthest_stands_first_and_above_its_alarm()
    {
        await TrainAsync();
        await ProposeAsync(Enumerable.Range(0, 250).Select(i => Some.Fix($"newcomer-{i}", $"new-{i}")));

        var drift = await DriftAsync();

        Assert.True(drift.Inputs[0].Index > drift.Inputs[0].Alarm);
        Assert.Contains(drift.Inputs, input => input.Input == "agent.known" && input.Index > input.Alarm);
        AssertSorted(drift);
        Assert.True(drift.Inputs.Count > 3);
    }

    [Fact]
    public async Task Another_champion_begins_anew()
    {
        await TrainAsync();
        await ProposeAsync(Alike(210));
        Assert.Equal(200, (await _server.PostAsync("/models/track-record/promote", null)).Status);

        Assert.Equal(("track-record", 0), (await DriftAsync()) is var drift ? (drift.Version, drift.Proposals) : default);
        await _server.AskAsync(SimulatedFleet.Hard);
        Assert.Equal(200, (await _server.PostAsync("/models/model-1/promote", null)).Status);
        Assert.Equal(210, (await DriftAsync()).Proposals); // nothing was proposed to the other
    }

    private async Task<ModelDrift> DriftAsync() => await _server.Client.GetDriftAsync(TestContext.Current.CancellationToken);

    private async Task TrainAsync(int outcomes = 600)
    {
        await _server.TeachAsync(SimulatedFleet.Reports(outcomes));
        Assert.Equal("model-1", await _server.TrainAsync());
        Assert.Equal("model-1", (await _server.AskAsync(SimulatedFleet.Hard)).Scorer);
    }

    private async Task ProposeAsync(IEnumerable<FixProposal> proposals)
    {
        foreach (var proposal in proposals)
            Assert.NotNull((await _server.ProposeAsync(proposal)).Confidence);
    }

    // Of the same world, and of later: outcomes were one a minute from the beginning of the year.
    private static IEnumerable<FixProposal> Alike(int count) => SimulatedFleet.Reports(count, seed: 77).Select(report => report with { Outcome = null, ProposedAt = null });

    private static void AssertSorted(ModelDrift drift) =>
        Assert.Equal(drift.Inputs.Select(input => input.Index / input.Alarm).OrderDescending(), drift.Inputs.Select(input => input.Index / input.Alarm));
}
