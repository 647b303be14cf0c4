using Microsoft.Extensions.Time.Testing;
using Witan.Client;

namespace Witan.Server.Tests.Collaborations;

/// <summary>A server with collaborations and votes of every kind to be listed.</summary>
public sealed class ListedCouncil : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(OneServer.Start);

    internal WitanServer Server { get; private set; } = null!;

    internal IReadOnlyList<Collaboration> Collaborations { get; private set; } = [];

    internal IReadOnlyList<Vote> Votes { get; private set; } = [];

    internal IReadOnlyList<Vote> History { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        Server = await WitanServer.StartAsync(_clock);
        var random = new Random(5);
        for (var i = 0; i < 30; i++)
        {
            var begun = await Server.BeginAsync(new()
            {
                Type = (CollaborationType)(i % 4), Leader = $"lead {i % 3}", Participants = [.. Enumerable.Range(0, 5).Where(_ => random.Next(2) == 0).Select(p => $"p/{p}").DefaultIfEmpty("p/0")], Goal = "g",
            });
            foreach (var voter in begun.Participants.Where(p => p != begun.Leader))
            {
                await Server.CastAsync(begun.Id, voter, new[] { "approve", "reject", "abstain" }[random.Next(3)]);
                if (random.Next(3) == 0)
                    await Server.CastAsync(begun.Id, voter, new[] { "approve", "reject", "abstain" }[random.Next(3)], "on second thoughts");
            }
            foreach (var step in new[] { "executing", "testing", "complete" }.Take(random.Next(4)))
                await Server.ChangeAsync(begun.Id, step == "complete" ? new { status = step, outcome = new[] { "success", "failure", "partial", null }[random.Next(4)] } : new { status = step });
            if (random.Next(5) == 0)
                await Server.ChangeAsync(begun.Id, new { status = i % 2 == 0 ? "cancelled" : "expired" });
            if (i % 3 == 0)
                _clock.Advance(TimeSpan.FromMicroseconds(1));
        }
        Collaborations = (await Server.GetAsync("/collaborations?limit=200")).As<CollaborationPage>().Collaborations;
        Votes = (await Server.GetAsync("/votes?limit=200")).As<VotePage>().Votes;
        History = (await Server.GetAsync("/votes?limit=200&history=true")).As<VotePage>().Votes;
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
