using Microsoft.Extensions.Time.Testing;
using Witan.Client;
using Witan.Fixes;

namespace Witan.Server.Tests.Policies;

/// <summary>A server that has decided on fixes of every kind, each at a moment of its own.</summary>
public sealed class DecidedHistory : IAsyncLifetime
{
    private static readonly Policy InForce = new() { AutoApply = 0.7, Review = 0.4, MinComparableOutcomes = 5, MaxChangedLines = 100, MaxRecentAttempts = 2 };

    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    internal WitanServer Server { get; private set; } = null!;

    internal IReadOnlyList<AutoFix> Fixes { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        Server = await WitanServer.StartAsync(_clock, settings => settings with { Policy = InForce });
        await Server.ProposeAsync(Some.Fix("first")); // before any outcome in the fleet
        await Server.TeachAsync("good", 38, 2);
        await Server.TeachAsync("fair", 12, 9);
        await Server.TeachAsync("poor", 3, 37);
        var random = new Random(2);
        for (var i = 0; i < 60; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(7));
            var agent = new[] { "good", "fair", "poor", "new" }[random.Next(4)];
            var fix = await Server.ProposeAsync(Some.Fix(agent, random.Next(3) == 0 ? null : $"i-{random.Next(3)}", random.Next(2) == 0 ? "code_patch" : "performance") with
            {
                Repository = random.Next(2) == 0 ? "a/b" : null, Changes = new() { LinesAdded = random.Next(150), Paths = [random.Next(6) == 0 ? ".env" : "src/a.cs"] },
            });
            _clock.Advance(TimeSpan.FromMinutes(1));
            if (random.Next(3) > 0)
                await Server.ReportAsync(fix.Id, new { success = random.Next(4) > (agent == "good" ? 0 : agent == "poor" ? 2 : 1) });
            else if (random.Next(2) == 0)
                await Server.SetStatusAsync(fix.Id, new { status = "rejected", by = "ada" });
        }
        Fixes = (await Server.GetAsync("/auto-fixes?limit=200")).As<AutoFixPage>().AutoFixes;
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
