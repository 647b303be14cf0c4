using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Witan.Client;
using Witan.Fixes;
using Witan.Intelligence.Features;
using Witan.Intelligence.TrackRecords;
using Witan.Server.Models;
using Witan.Server.Tests.Models;
using Witan.Server.TrackRecords;

namespace Witan.Server.Tests.TrackRecords;

/// <summary>The features of every receipt can be made again from the log, up to what the receipt had read and happened by then.</summary>
public sealed class ParityTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Replaying_the_log_gives_the_vector_of_every_receipt(int seed)
    {
        var clock = new FakeTimeProvider(OneServer.Start);
        await using var server = await WitanServer.StartAsync(clock);
        var receipts = await LiveAsync(server, clock, seed);

        Assert.True(await AssertParityAsync(server, receipts, FeatureSchema.Core) > 50);
    }

    [Fact]
    public async Task It_does_so_for_receipts_of_a_trained_model_too()
    {
        await using var server = await WitanServer.StartAsync(new FakeTimeProvider(OneServer.Start));
        await server.TeachAsync(SimulatedFleet.Reports(420));
        await server.PostAsync($"/models/{await server.TrainAsync()}/promote", null);
        var fixes = new List<AutoFix>();
        foreach (var report in SimulatedFleet.Reports(60, seed: 9))
            fixes.Add(await server.FixAsync((await server.ProposeAsync(report with { Outcome = null, ProposedAt = report.ProposedAt!.Value.AddHours(5) })).Id));

        Assert.All(fixes, fix => Assert.Equal("model-1", fix.Scorer));
        Assert.Equal(60, await AssertParityAsync(server, fixes, server.Room<ModelRegistry>().Serving.Schema));
    }

    [Fact]
    public async Task It_does_so_when_proposals_and_outcomes_arrive_at_once()
    {
        await using var server = await WitanServer.StartAsync();
        var fixes = await Task.WhenAll(Enumerable.Range(0, 120).Select(async i =>
        {
            var id = (await server.ProposeAsync(Some.Fix($"agent-{i % 3}", $"issue-{i % 5}"))).Id;
            await server.ReportAsync(id, new OutcomeReport { Success = i % 4 > 0 });
            if (i % 8 == 1)
                await server.ReportAsync(id, new OutcomeReport { RolledBack = true });
            return await server.FixAsync((await server.ProposeAsync(Some.Fix($"agent-{i % 3}", $"issue-{i % 5}"))).Id);
        }));

        Assert.Equal(120, await AssertParityAsync(server, fixes, FeatureSchema.Core));
    }

    private static async Task<int> AssertParityAsync(WitanServer server, IReadOnlyList<AutoFix> fixes, FeatureSchema schema)
    {
        var log = await server.Room<OutcomeLog>().ReadAllAsync(TestContext.Current.CancellationToken);
        var scored = 0;
        foreach (var fix in fixes)
        {
            var receipt = fix.Receipt!;
            var book = RecordBook.Of(log.Where(e => e.Sequence <= receipt.Sequence && e.OccurredAt <= receipt.AsOf));
            var vector = new double[schema.Count];
            var evidence = FeatureExtractor.Extract(book, AttemptOf(fix), schema, vector);
            if (receipt.Answer.Scorer == "none")
            {
                Assert.Equal(0, evidence.Fleet);
                continue;
            }
            scored++;
            Assert.Equal(schema.Hash, receipt.SchemaHash);
            Assert.Equal(schema.Names, receipt.Features.Keys);
            Assert.All(schema.Names.Zip(vector), feature => Assert.Equal(feature.Second, receipt.Features[feature.First], 1e-9));
            Assert.Equal(receipt.Answer.Evidence, new(evidence.AgentFixes, evidence.IssueAttempts, evidence.SimilarFailures));
        }
        return scored;
    }

    // Proposals as of now and of some time ago; outcomes told at once, later with an earlier time, or taken back.
    private static async Task<List<AutoFix>> LiveAsync(WitanServer server, FakeTimeProvider clock, int seed)
    {
        var random = new Random(seed);
        var ids = new Dictionary<int, (Guid Id, DateTimeOffset Earliest)>();
        foreach (var step in History.Of(seed, 90))
        {
            clock.Advance(step.Wait);
            var now = clock.GetUtcNow();
            if (step.Proposal is { } proposal)
            {
                var at = random.Next(4) == 0 ? now.AddSeconds(-random.Next(90_000)) : now;
                ids[step.Fix] = ((await server.ProposeAsync(proposal with { ProposedAt = at })).Id!.Value, at);
                continue;
            }
            var (id, earliest) = ids[step.Fix];
            var late = earliest + ((now - earliest) * random.NextDouble());
            var answer = await server.ReportAsync(id, step.Outcome! with { CompletedAt = random.Next(2) == 0 ? late : null });
            Assert.True(answer.Status == 200, answer.Text);
            ids[step.Fix] = (id, answer.As<AutoFix>().CompletedAt!.Value);
        }
        var fixes = new List<AutoFix>();
        foreach (var (id, _) in ids.Values)
            fixes.Add(await server.FixAsync(id));
        return fixes;
    }

    private static Attempt AttemptOf(AutoFix fix) => new()
    {
        AgentId = fix.AgentId,
        Family = fix.Family,
        Model = fix.Model,
        Strategy = fix.FixStrategy,
        Issue = fix.Issue,
        Repository = fix.Repository,
        Domain = fix.Domain,
        Error = fix.Error,
        ProposedAt = fix.ProposedAt,
        Changes = fix.Changes is { } c ? new(c.Files, c.LinesAdded, c.LinesDeleted, c.Paths ?? []) : null,
        Attributes = fix.Attributes.ToDictionary(a => a.Key, a => a.Value.ValueKind == JsonValueKind.Number ? a.Value.GetDouble() : a.Value.GetBoolean() ? 1 : 0),
    };
}
