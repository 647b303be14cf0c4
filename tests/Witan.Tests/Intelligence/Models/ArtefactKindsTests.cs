using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.Models;

public sealed class ArtefactKindsTests
{
    private static readonly Lazy<TrainingResult> Trained = new(() =>
        Trainer.Train(new OutcomeHistory(TrainedModel.World.Log), new(), null, CancellationToken.None));

    public static TheoryData<string> Kinds => [.. ModelKinds.All];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_is_trained_and_scores_the_same_once_it_was_written_and_read(string kind)
    {
        var artefact = Trained.Value.Artefacts.Single(candidate => candidate.Kind == kind);

        var read = ModelArtefact.TryParse(artefact.ToJson(), out var problem);

        Assert.Empty(problem);
        Assert.Equal(artefact.ToJson(), read!.ToJson());
        var (expected, actual) = (artefact.ToScorer(), read.ToScorer());
        Assert.Equal((kind, expected.Schema.Hash), (actual.Kind, actual.Schema.Hash));
        var rows = Vectors.Newest(TrainedModel.World, 30, expected.Schema);
        foreach (var row in rows.Concat(rows.Select(TrainingSample.Withheld)))
        {
            Assert.Equal(expected.Estimate(row), actual.Estimate(row));
            Assert.Equal(expected.Contributions(row), actual.Contributions(row));
        }
        Assert.True(rows.Select(row => actual.Judge(row).Probability).Distinct().Count() > 20);
    }

    [Fact]
    public void Both_sides_of_the_ensemble_are_made_of_all_parts_and_those_of_the_others_of_one()
    {
        Assert.All(Trained.Value.Artefacts.SelectMany(artefact => new[] { (artefact.Kind, Side: artefact.Known!), (artefact.Kind, Side: artefact.Unknown!) }), made =>
        {
            Assert.Equal(made.Kind == "ensemble" ? ["logistic", "boosted", "forest-25", "forest"] : [made.Kind], made.Side.Parts.Select(part => part.Kind));
            Assert.Equal(1, made.Side.Parts.Sum(part => part.Weight), 1e-9);
        });
        Assert.Equal(ModelKinds.All, Trained.Value.Artefacts.Select(artefact => artefact.Kind));
    }

    [Fact]
    public void A_new_issue_is_judged_by_the_other_side_of_every_kind_and_with_less_certainty() => Assert.All(Trained.Value.Artefacts, artefact =>
    {
        var (scorer, schema) = (artefact.ToScorer(), FeatureSchema.With(artefact.Attributes));
        var rows = Vectors.Newest(TrainedModel.World, 30, schema).Where(row => FeatureSchema.KnowsIssue(row)).ToList();
        foreach (var row in rows)
        {
            var withheld = TrainingSample.Withheld(row);
            Assert.Equal(artefact.Known!.ToScorer(artefact.Kind, schema).Estimate(row), scorer.Estimate(row));
            Assert.Equal(artefact.Unknown!.ToScorer(artefact.Kind, schema).Estimate(withheld), scorer.Estimate(withheld));
        }
        var triedByOthers = rows.Where(row => row[FeatureSchema.N(Level.AgentIssue)] == 0).ToList(); // an own attempt or two say less than those of many
        var (known, unknown) = (triedByOthers.Average(row => scorer.Estimate(row).Variance), triedByOthers.Average(row => scorer.Estimate(TrainingSample.Withheld(row)).Variance));
        Assert.True(unknown > 1.2 * known, $"{artefact.Kind}: {unknown} against {known}");
    });
}
