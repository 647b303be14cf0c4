using Witan.Client;

namespace Witan.Server.Tests.Models;

/// <summary>What cannot be foretold is not foretold, however the outcomes were reported.</summary>
public sealed class CoinTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(0L)]
    [InlineData(60_000L)]
    public async Task Coins_are_not_learned(long? durationMs)
    {
        await using var server = await WitanServer.StartAsync();
        var random = new Random(3);
        await server.TeachAsync(Enumerable.Range(0, 300).Select(i => Some.Fix($"agent-{i % 3}", $"issue-{i}") with
        {
            ProposedAt = OneServer.Start.AddHours(i - 5_000), Outcome = new() { Success = random.Next(2) == 0, DurationMs = durationMs },
        }));

        var model = (await server.GetAsync($"/models/{await server.TrainAsync()}")).As<Model>();

        Assert.All(model.Comparison!.Value.EnumerateArray(), report => Assert.True(report.GetProperty("logLoss").GetProperty("value").GetDouble() > 0.6, report.GetRawText()));
    }
}
