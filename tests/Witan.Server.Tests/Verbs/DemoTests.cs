using Witan.Client;

namespace Witan.Server.Tests.Verbs;

/// <summary><c>witan demo</c>: from nothing to a trained server on real outcomes.</summary>
[Collection(nameof(Alone))]
public sealed class DemoTests
{
    [Fact]
    public async Task It_imports_trains_shows_how_true_the_numbers_are_and_serves()
    {
        using var witan = new WitanProcess();
        using var demo = await witan.ListenAsync("demo", "--urls", "http://127.0.0.1:0");
        using var client = new WitanClient(demo.Url);

        Assert.Contains("Judged on the newer part of these outcomes", demo.Said, StringComparison.Ordinal);
        Assert.Matches("(?m)^ensemble ", demo.Said);
        Assert.Matches("(?m)^model-1 was trained and is the champion now: ", demo.Said);
        Assert.Equal(27_808, (await client.GetStatsAsync(TestContext.Current.CancellationToken)).FixOutcomes);
        Assert.Equal("model-1", (await client.AskAsync(new() { AgentId = "20250514_aime_coder", FixStrategy = "code_patch", Issue = "django__django-14017", Repository = "django/django" }, TestContext.Current.CancellationToken)).Scorer);
        Assert.True(File.Exists(witan.PathOf("witan-data/demo.db")) && !File.Exists(witan.Database));
        (await demo.EndBySignalAsync("TERM")).Succeeds();

        using var again = await witan.ListenAsync("demo", "--urls", "http://127.0.0.1:0");
        Assert.Contains("holds 27808 outcomes and a trained model from an earlier run", again.Said, StringComparison.Ordinal);
        (await again.EndBySignalAsync("TERM")).Succeeds();
    }
}
