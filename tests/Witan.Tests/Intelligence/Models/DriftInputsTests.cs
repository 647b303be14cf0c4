using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.Models;

public sealed class DriftInputsTests
{
    [Theory]
    [InlineData(1_000, 1)]
    [InlineData(2_000, 2)]
    public void What_goes_on_as_before_is_no_drift(int fixes, int seed)
    {
        var world = SimulatedWorld.Of(fixes + 400, seed);
        var before = world.Log.Where(entry => entry.OccurredAt <= world.Fixes[fixes].Attempt.ProposedAt);
        var artefact = Trainer.Train(new OutcomeHistory(before), new() { Kinds = [ModelKinds.Logistic] }, null, TestContext.Current.CancellationToken).Artefacts[0];
        var (scorer, records) = (artefact.ToScorer(), RecordBook.Of(world.Log));
        var rows = world.Fixes.Skip(fixes).Select(fix =>
        {
            var row = new double[scorer.Schema.Count];
            FeatureExtractor.Extract(records, fix.Attempt, scorer.Schema, row);
            return row;
        }).ToList();

        Assert.All(DriftInputs.Of(scorer.Schema), input => AssertSame(input.Name, [.. rows.Select(input.Value)]));
        AssertSame(DriftInputs.Score, [.. rows.Select(row => scorer.Judge(row).Probability)]);

        void AssertSame(string name, double[] values) =>
            Assert.True(artefact.Distributions![name].StabilityIndex(values) <= artefact.Distributions[name].AlarmAbove(values.Length), name);
    }

    [Fact]
    public void Another_size_of_changes_and_unknown_agents_are()
    {
        var (trained, schema) = (TrainedModel.Artefact, TrainedModel.Scorer.Schema);
        var rows = Vectors.Newest(TrainedModel.World, 300, schema);
        foreach (var row in rows)
        {
            row[FeatureSchema.IndexOf(FeatureSchema.ChangeLines)] += 3;
            row[FeatureSchema.N(Level.Agent)] = 0;
        }

        var moved = DriftInputs.Of(schema).Where(input => trained.Distributions![input.Name].StabilityIndex([.. rows.Select(input.Value)]) > trained.Distributions[input.Name].AlarmAbove(300));

        Assert.Equal(["agent.known", "change.lines"], moved.Select(input => input.Name));
    }
}
