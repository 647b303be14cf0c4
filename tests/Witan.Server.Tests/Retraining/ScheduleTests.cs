namespace Witan.Server.Tests.Retraining;

/// <summary>The server trains without being asked, when enough came or a week has passed, and says why.</summary>
public sealed class ScheduleTests : IAsyncLifetime
{
    private Scheduled _witan = null!;

    public async ValueTask InitializeAsync() => _witan = await Scheduled.StartAsync();

    public ValueTask DisposeAsync() => _witan.DisposeAsync();

    [Fact]
    public async Task It_begins_with_the_first_two_hundred_outcomes()
    {
        await _witan.TeachAsync(199, seed: 1);
        Assert.Null(await _witan.CheckAsync());
        await _witan.TeachAsync(1, seed: 2);

        var training = await _witan.PassAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(("succeeded", "the first 200 outcomes are known"), (training.Status, training.Reason));
        Assert.Equal(training, Assert.Single(await _witan.TrainingsAsync()));
    }

    [Fact]
    public async Task It_trains_again_when_a_hundred_more_came_and_not_before()
    {
        await _witan.TeachAsync(200, seed: 1);
        Assert.NotNull(await _witan.CheckAsync());
        Assert.Null(await _witan.CheckAsync());
        await _witan.TeachAsync(99, seed: 2);
        Assert.Null(await _witan.CheckAsync());
        await _witan.TeachAsync(1, seed: 3);

        Assert.Equal("100 outcomes came since the last training saw 200", (await _witan.CheckAsync())!.Reason);
        Assert.Null(await _witan.CheckAsync());
    }

    [Fact]
    public async Task Of_many_it_takes_a_quarter_more()
    {
        await _witan.TeachAsync(480, seed: 1);
        Assert.NotNull(await _witan.CheckAsync());
        await _witan.TeachAsync(119, seed: 2);
        Assert.Null(await _witan.CheckAsync());
        await _witan.TeachAsync(1, seed: 3);

        Assert.Equal("120 outcomes came since the last training saw 480", (await _witan.CheckAsync())!.Reason);
    }

    [Fact]
    public async Task After_a_week_fifty_are_enough()
    {
        await _witan.TeachAsync(200, seed: 1);
        Assert.NotNull(await _witan.CheckAsync());
        await _witan.TeachAsync(49, seed: 2);
        _witan.Clock.Advance(TimeSpan.FromDays(7));
        Assert.Null(await _witan.CheckAsync());
        await _witan.TeachAsync(1, seed: 3);

        Assert.Equal("a week has passed since the last training, and 50 outcomes came", (await _witan.PassAsync(TimeSpan.FromSeconds(1))).Reason);
    }

    [Fact]
    public async Task Within_the_week_fifty_are_not()
    {
        await _witan.TeachAsync(200, seed: 1);
        Assert.NotNull(await _witan.CheckAsync());
        await _witan.TeachAsync(50, seed: 2);
        _witan.Clock.Advance(TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1));

        Assert.Null(await _witan.CheckAsync());
    }

    [Fact]
    public async Task A_training_that_was_refused_is_not_tried_again_until_more_came()
    {
        await _witan.Server.TeachAsync("good", successes: 220);
        Assert.Equal("refused", (await _witan.CheckAsync())!.Status);
        await _witan.Server.TeachAsync("good", successes: 99);
        Assert.Null(await _witan.CheckAsync());
        await _witan.Server.TeachAsync("good", successes: 1);

        Assert.Equal(("refused", "100 outcomes came since the last training saw 220"), (await _witan.CheckAsync())! is var second ? (second.Status, second.Reason) : default);
    }

    [Fact]
    public async Task A_training_that_somebody_asked_for_counts()
    {
        await _witan.TeachAsync(200, seed: 1);
        await _witan.Server.EndOfTrainingAsync((await _witan.Server.PostAsync("/models/train", "{}")).Location!);
        await _witan.TeachAsync(99, seed: 2);

        Assert.Null(await _witan.CheckAsync());
    }

    [Fact]
    public async Task Turned_off_it_never_begins()
    {
        await using var server = await WitanServer.StartAsync(_witan.Clock, settings => settings with { Database = _witan.Server.Database });
        var schedule = server.Room<IEnumerable<Microsoft.Extensions.Hosting.IHostedService>>().OfType<Witan.Server.Retraining.RetrainingSchedule>().Single();

        await schedule.ExecuteTask!; // it does not even wait for its time
    }
}
