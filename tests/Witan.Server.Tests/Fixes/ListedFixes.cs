using Witan.Client;

namespace Witan.Server.Tests.Fixes;

/// <summary>A server with fixes of every kind to be listed.</summary>
public sealed class ListedFixes : IAsyncLifetime
{
    internal static readonly DateTimeOffset First = OneServer.Start.AddDays(-5);

    private static readonly string?[] Errors = [null, "TypeError: 100% wrong", "Ärger im Straßenbau", "snake_case failed", "SNAKEXCASE! failed"];

    internal WitanServer Server { get; private set; } = null!;

    /// <summary>All of them as they must be listed: newest first, then by id.</summary>
    internal IReadOnlyList<AutoFix> All { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        Server = await WitanServer.StartAsync(
            new Microsoft.Extensions.Time.Testing.FakeTimeProvider(OneServer.Start),
            settings => settings with { Policy = new() { AutoApply = 0.6, Review = 0.45, MinComparableOutcomes = 0, MaxRecentAttempts = 1000 } });
        var random = new Random(7);
        var ids = new List<Guid?>();
        foreach (var report in Enumerable.Repeat(Some.Success("good"), 10).Concat(Enumerable.Repeat(Some.Failure("bad"), 10)))
            ids.Add((await Server.ProposeAsync(report with { ProposedAt = First.AddDays(-1) })).Id);
        for (var i = 0; i < 60; i++)
        {
            var fix = await Server.ProposeAsync(Proposal(random, i));
            await LiveOnAsync(fix.Id, random, i);
            ids.Add(fix.Id);
        }
        var all = new List<AutoFix>();
        foreach (var id in ids)
            all.Add(await Server.FixAsync(id));
        All = [.. all.OrderByDescending(fix => fix.ProposedAt).ThenByDescending(fix => fix.Id.ToString(), StringComparer.Ordinal)];
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private static FixProposal Proposal(Random random, int i) => new()
    {
        AgentId = random.Next(3) == 0 ? "good" : "bad",
        FixStrategy = random.Next(2) == 0 ? "code_patch" : "own way/1",
        Issue = random.Next(4) == 0 ? null : $"issue-{random.Next(3)}",
        Repository = random.Next(4) == 0 ? null : random.Next(2) == 0 ? "django/django" : "ÖRG/repo",
        Domain = random.Next(3) == 0 ? null : random.Next(2) == 0 ? "backend" : "front end",
        Error = Errors[random.Next(Errors.Length)],
        ProposedAt = First.AddMinutes(random.Next(20)).AddMicroseconds(random.Next(2)), // many share a moment
        Outcome = i % 5 == 0 ? new() { Success = random.Next(2) == 0 } : null,
    };

    private async Task LiveOnAsync(Guid? id, Random random, int i)
    {
        if (i % 5 == 0)
            return;
        var fix = await Server.FixAsync(id);
        var good = fix.AgentId == "good";
        _ = random.Next(6) switch
        {
            0 => await Server.SetStatusAsync(id, """{"status":"applied","by":"ci"}"""),
            1 => await Server.SetStatusAsync(id, """{"status":"rejected","by":"ada"}"""),
            2 => await Server.ReportAsync(id, new { success = true, rolledBack = !good, completedAt = fix.ProposedAt }),
            3 or 4 => await Server.ReportAsync(id, new { success = good, completedAt = fix.ProposedAt }),
            _ => null,
        };
    }
}
