using Microsoft.Extensions.Time.Testing;
using Witan.Client;
using Witan.Fixes;
using Witan.Server.Fixes;
using Witan.Server.Tests.Experiments;

namespace Witan.Server.Tests.Policies;

/// <summary>A server with a risk budget of 10 %, one agent that it trusts and one that it does not.</summary>
internal sealed class Budgeted : IAsyncDisposable
{
    private const int MostReads = 2_000;

    private readonly FakeTimeProvider _clock;

    private Budgeted(WitanServer server, FakeTimeProvider clock) => (Server, _clock) = (server, clock);

    public WitanServer Server { get; }

    public static async Task<Budgeted> StartAsync()
    {
        var clock = new FakeTimeProvider(OneServer.Start);
        var policy = new Policy { RiskBudget = 0.1, Review = 0.3, MinComparableOutcomes = 0, MaxRecentAttempts = int.MaxValue };
        var server = await WitanServer.StartAsync(clock, settings => settings with { Policy = policy });
        await server.TeachAsync("good", successes: 200, failures: 2);
        await server.TeachAsync("poor", successes: 60, failures: 140);
        return new(server, clock);
    }

    /// <summary>Fixes that are proposed now, of which the trusted agent's succeed and the other's mostly do not; their outcomes come a minute later.</summary>
    public async Task LiveThroughAsync(int count, string name, bool trusted = true)
    {
        await Server.LiveThroughAsync([.. Enumerable.Range(0, count).Select(i => (Some.Fix(i % 3 > 0 ? "good" : "poor", $"{name}-{i}"), i % 3 > 0 ? trusted : i % 4 == 0))], name);
        _clock.Advance(TimeSpan.FromMinutes(1));
    }

    /// <summary>The gate in force, once it is as expected.</summary>
    public async Task<RiskGateDocument> GateAsync(Func<RiskGateDocument, bool> expected)
    {
        RiskGateDocument? gate = null;
        for (var reads = 0; reads < MostReads; reads++)
        {
            await Server.Room<RiskGate>().RefreshAsync(TestContext.Current.CancellationToken);
            gate = (await Server.GetAsync("/policy")).As<PolicyDocument>().RiskGate;
            if (gate is not null && expected(gate))
                return gate;
        }
        throw new InvalidOperationException($"The gate is {gate}.");
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
