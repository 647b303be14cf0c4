using Witan.Client;

namespace Witan.Server.Tests.Models;

/// <summary>While a training runs it tells how far it is and the server goes on serving; and it can be stopped.</summary>
public sealed class CancelledTrainingTests : IAsyncLifetime
{
    // Enough for a training to take many times as long as the requests that watch it.
    private const int Many = 6_000;

    private WitanServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WitanServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task It_stops_registers_nothing_and_makes_way_for_the_next()
    {
        await _server.TeachAsync(SimulatedFleet.Reports(Many));
        var first = (await _server.PostAsync("/models/train", "{}")).As<Training>();

        var cancelled = await CancelAsync(first.Id);
        Assert.Equal((202, first.Id), (cancelled.Status, cancelled.Id));
        Assert.Equal($"{Conversation.Prefix}/models/trainings/{first.Id}", cancelled.Location);
        var end = await _server.EndOfTrainingAsync(cancelled.Location!);

        Assert.Equal(("cancelled", "It was cancelled; nothing was registered.", null, null), (end.Status, end.Message, end.Version, end.Step));
        Assert.NotNull(end.FinishedAt);
        Assert.Equal(2, (await _server.WalkAsync("/models", "models")).Count);
        Assert.Equal("track-record", (await _server.ProposeAsync(SimulatedFleet.Hard)).Scorer);

        var second = await _server.PostAsync("/models/train", "{}");
        Assert.Equal(202, second.Status);
        Assert.Equal(202, (await CancelAsync(second.Id)).Status);
        Assert.Equal("cancelled", (await _server.EndOfTrainingAsync(second.Location!)).Status);
        Assert.Equal([second.Id, first.Id], (await _server.GetAsync("/models/trainings")).As<TrainingPage>().Trainings.Select(t => t.Id));
    }

    [Fact]
    public async Task It_tells_its_steps_and_proposals_are_answered_beside_it()
    {
        await _server.TeachAsync(SimulatedFleet.Reports(Many));
        var started = await _server.PostAsync("/models/train", "{}");
        var (steps, training) = (new HashSet<string>(), started.As<Training>());
        for (var reads = 0; reads < 20_000 && !steps.Any(step => step.StartsWith("out-of-time scores", StringComparison.Ordinal)); reads++)
        {
            training = (await _server.GetAsync(started.Location!)).As<Training>();
            Assert.InRange(training.Progress!.Value, 0, 1);
            steps.Add(training.Step!);
        }
        Assert.Contains(steps, step => step.StartsWith("out-of-time scores", StringComparison.Ordinal));

        for (var i = 0; i < 20; i++)
            await _server.ReportAsync((await _server.ProposeAsync(Some.Fix("served meanwhile", $"issue-{i}"))).Id, new { success = true });
        Assert.Equal("running", (await _server.GetAsync(started.Location!))["status"].GetString());
        Assert.Equal("running", (await _server.GetAsync("/models/trainings"))["trainings"][0].GetProperty("status").GetString());
        Assert.Equal(202, (await CancelAsync(training.Id)).Status);
        await _server.EndOfTrainingAsync(started.Location!);
    }

    [Fact]
    public async Task What_does_not_run_cannot_be_cancelled()
    {
        var unknown = await CancelAsync(Guid.Empty);
        Assert.Equal((404, "not_found"), (unknown.Status, unknown.Code));

        var started = await _server.PostAsync("/models/train", "{}");
        await _server.EndOfTrainingAsync(started.Location!);
        var finished = await CancelAsync(started.Id);
        Assert.Equal((409, "training_not_running"), (finished.Status, finished.Code));
        Assert.Contains("refused", finished["detail"].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trainings_are_listed_newest_first()
    {
        var ids = new List<Guid>();
        for (var i = 0; i < 5; i++)
        {
            var started = await _server.PostAsync("/models/train", "{}");
            await _server.EndOfTrainingAsync(started.Location!);
            ids.Insert(0, started.Id);
        }

        var listed = await _server.WalkAsync("/models/trainings", "trainings", limit: 2);

        Assert.Equal(ids, listed.Select(t => t.GetProperty("id").GetGuid()));
        Assert.Equal((await _server.GetAsync($"/models/trainings/{ids[0]}")).Text, listed[0].GetRawText());
    }

    private Task<Answer> CancelAsync(Guid id) => _server.PostAsync($"/models/trainings/{id}/cancel", null);
}
