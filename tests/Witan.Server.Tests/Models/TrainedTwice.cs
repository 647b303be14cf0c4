using Witan.Client;

namespace Witan.Server.Tests.Models;

/// <summary>A server that was trained twice: model-1 to model-5 are of the first training, model-6 to model-10 of the second, and model-6 answers.</summary>
public sealed class TrainedTwice : IAsyncLifetime
{
    internal WitanServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await WitanServer.StartAsync();
        await Server.TeachAsync(SimulatedFleet.Reports(450));
        await PromoteAsync(await Server.TrainAsync());
        await Server.TeachAsync(SimulatedFleet.Reports(150, seed: 6));
        await PromoteAsync(await Server.TrainAsync());
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    internal async Task<Model> PromoteAsync(string version)
    {
        var answer = await Server.PostAsync($"/models/{version}/promote", null);
        Assert.True(answer.Status == 200, answer.Text);
        return answer.As<Model>();
    }

    internal async Task<IReadOnlyList<Model>> ModelsAsync() => (await Server.GetAsync("/models")).As<ModelPage>().Models;
}
