using Witan.Client;
using Witan.Server.Tests.Models;

namespace Witan.Server.Tests.Retraining;

/// <summary>A champion is renewed early when what comes is unlike what it was trained on, or when its numbers stop being true.</summary>
public sealed class DriftTests : IAsyncLifetime
{
    private Scheduled _witan = null!;

    public async ValueTask InitializeAsync() => _witan = await Scheduled.StartAsync();

    public ValueTask DisposeAsync() => _witan.DisposeAsync();

    [Fact]
    public async Task Proposals_unlike_those_before_are_a_reason_when_a_hundred_outcomes_came()
    {
        await TrainAsync(600);
        for (var i = 0; i < 250; i++)
            await _witan.Server.ProposeAsync(Some.Fix($"newcomer-{i % 9}", $"new-{i}") with { Repository = $"elsewhere-{i % 4}" });
        await _witan.TeachAsync(99, seed: 2);
        Assert.Null(await _witan.CheckAsync());
        await _witan.TeachAsync(1, seed: 3);

        var training = await _witan.CheckAsync();

        Assert.StartsWith("drift: ", training!.Reason, StringComparison.Ordinal);
        Assert.EndsWith(training.Reason, (await _witan.Server.GetAsync($"/models/trainings/{training.Id}"))["reason"].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_few_proposals_show_no_drift()
    {
        await TrainAsync(600);
        for (var i = 0; i < 199; i++)
            await _witan.Server.ProposeAsync(Some.Fix($"newcomer-{i % 9}", $"new-{i}") with { Repository = $"elsewhere-{i % 4}" });
        await _witan.TeachAsync(110, seed: 2);

        Assert.Null(await _witan.CheckAsync());
    }

    [Fact]
    public async Task Probabilities_that_outcomes_contradict_are_a_reason()
    {
        await TrainAsync(900);
        var fixes = new List<FixAnswer>();
        foreach (var report in SimulatedFleet.Reports(900).TakeLast(210))
            fixes.Add(await _witan.Server.ProposeAsync(report with { Outcome = null, ProposedAt = null }));
        foreach (var fix in fixes)
            await _witan.Server.ReportAsync(fix.Id, new { success = false });
        await using var anew = await Scheduled.StartAsync(settings => settings with { Database = _witan.Server.Database }); // it has seen no proposal, so it knows of no drift

        Assert.Matches(@"^calibration: the mean probability of the last 210 fixes was \+0\.\d\d off what happened$", (await anew.CheckAsync())!.Reason);
    }

    private async Task TrainAsync(int outcomes)
    {
        await _witan.TeachAsync(outcomes, seed: 5);
        Assert.NotNull(await _witan.CheckAsync());
        Assert.Equal("model-1", (await _witan.Server.AskAsync(SimulatedFleet.Hard)).Scorer);
    }
}
