using Dapper;
using Npgsql;
using Witan.Server.Models;
using Witan.Server.Storage;
using Witan.Server.Tests.Models;

namespace Witan.Server.Tests.TwoNodes;

/// <summary>One node trains at a time, and nobody is refused for a training that is over.</summary>
public sealed class TrainingTurnsTests : TwoNodes
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_node_trains_at_a_time_and_the_other_names_its_training()
    {
        await First.TeachAsync(SimulatedFleet.Reports(420));
        var started = await First.PostAsync("/models/train", "{}");
        Assert.True(started.Status == 202, started.Text);

        var refused = await Second.PostAsync("/models/train", "{}");

        Assert.Equal((409, "training_running"), (refused.Status, refused.Code));
        Assert.Contains(started.Location!, refused["detail"].GetString(), StringComparison.Ordinal);
        Assert.Equal("succeeded", (await Second.EndOfTrainingAsync(started.Location!)).Status);
        Assert.Equal(1, await First.QueryAsync<long>("SELECT count(*) FROM trainings"));
    }

    [Fact]
    public async Task Who_saw_a_training_end_begins_the_next_one_at_either_node()
    {
        for (var i = 0; i < 10; i++)
        {
            var started = await Node(i / 2).PostAsync("/models/train", "{}");
            Assert.True(started.Status == 202, $"{i}: {started.Text}");
            Assert.Equal("refused", (await Second.EndOfTrainingAsync(started.Location!)).Status); // for want of outcomes
        }
    }

    /// <summary>The moment between the end of a training and that of its lock, made long.</summary>
    [Fact]
    public async Task A_training_that_is_over_but_for_its_lock_does_not_refuse_the_next()
    {
        await using var elsewhere = Database.Of(First.Database);
        var held = await elsewhere.TryLockAsync(FleetLock.Training, Cancel);
        var asked = First.PostAsync("/models/train", "{}");
        await using var database = Connect();
        while (!asked.IsCompleted && !await HasTriedInVainAsync(database))
            await Task.Yield();

        await held!.DisposeAsync();

        Assert.True((await asked).Status == 202, (await asked).Text);
    }

    // After each vain try the writer asks who trains, and nothing else until it has the lock or gives up.
    private static Task<bool> HasTriedInVainAsync(NpgsqlConnection database) => database.ExecuteScalarAsync<bool>(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle in transaction' AND query LIKE '%FROM trainings%')");

    [Fact]
    public async Task A_training_whose_transaction_failed_leaves_no_lock_behind()
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        WriteOperation<int, int> wait = async (_, inputs) =>
        {
            await goOn.Task;
            return [.. inputs];
        };
        WriteOperation<int, int> fail = (_, _) => throw new InvalidOperationException("a bug");
        var writes = First.Room<WriteQueue>();

        var before = writes.RunAsync(wait, 0); // so that the next two share a transaction
        var started = writes.RunAsync(First.Room<ModelTraining>().Start, "for the test");
        var failed = writes.RunAsync(fail, 0);
        goOn.SetResult();

        await before;
        await Assert.ThrowsAsync<InvalidOperationException>(() => failed);
        Assert.NotNull((await started).StartedAt);
    }
}
