using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Witan.Client;
using Witan.Server.Retraining;
using Witan.Server.Tests.Models;

namespace Witan.Server.Tests.Retraining;

/// <summary>A server that trains by itself when its clock, which stands, is moved; or when it is told to look whether there is a reason.</summary>
internal sealed class Scheduled : IAsyncDisposable
{
    private const int MostReads = 20_000;

    private Scheduled(WitanServer server, FakeTimeProvider clock) => (Server, Clock) = (server, clock);

    public WitanServer Server { get; }

    public FakeTimeProvider Clock { get; }

    public RetrainingSchedule Schedule => Server.Room<IEnumerable<IHostedService>>().OfType<RetrainingSchedule>().Single();

    public static async Task<Scheduled> StartAsync(Func<Settings, Settings>? change = null)
    {
        var clock = new FakeTimeProvider(OneServer.Start);
        return new(await WitanServer.StartAsync(clock, settings => (change?.Invoke(settings) ?? settings) with { Retraining = new(Enabled: true) }), clock);
    }

    /// <summary>Looks whether there is a reason to train now.</summary>
    /// <returns>The training that was begun, when it has ended; null without a reason.</returns>
    public async Task<Training?> CheckAsync()
    {
        var before = await TrainingsAsync();
        await Schedule.CheckAsync(TestContext.Current.CancellationToken);
        return await NewAsync(before) is { } begun ? await EndAsync(begun) : null;
    }

    /// <summary>Lets the time pass, and waits for the training that begins by itself.</summary>
    public async Task<Training> PassAsync(TimeSpan time)
    {
        var before = await TrainingsAsync();
        Clock.Advance(time);
        for (var reads = 0; reads < MostReads; reads++)
        {
            if (await NewAsync(before) is { } begun)
                return await EndAsync(begun);
        }
        throw new InvalidOperationException("No training has begun.");
    }

    public async Task<IReadOnlyList<Training>> TrainingsAsync() => (await Server.GetAsync("/models/trainings")).As<TrainingPage>().Trainings;

    /// <summary>Teaches outcomes that can be learned from, none of them twice.</summary>
    public Task TeachAsync(int count, int seed) => Server.TeachAsync(SimulatedFleet.Reports(count, seed));

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    // By its id: while the clock stands, all trainings begin at the same moment.
    private async Task<Training?> NewAsync(IReadOnlyList<Training> before) => (await TrainingsAsync()).ExceptBy(before.Select(t => t.Id), t => t.Id).SingleOrDefault();

    private Task<Training> EndAsync(Training training) => Server.EndOfTrainingAsync($"/models/trainings/{training.Id}");
}
