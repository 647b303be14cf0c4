using System.Text.Json;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.Models;

/// <summary>
/// Models that earlier versions wrote must load and score the same for ever. A golden file is written once, when
/// WITAN_UPDATE_SNAPSHOTS is 1 and it does not exist, and never again.
/// </summary>
public sealed class GoldenModelTests
{
    private static readonly string Folder = Path.Combine(RepositoryRoot(), "tests", "Witan.Tests", "Intelligence", "Models", "Golden");

    [Fact]
    public void A_model_of_the_first_format_still_scores_the_same()
    {
        var (scorer, golden) = Read("logistic-1");

        Assert.Equal(12, golden.Probabilities.Length);
        AssertSame(golden.Probabilities, golden.Features.Select(row => scorer.Judge(row).Probability));
    }

    [Fact]
    public void A_model_of_the_second_format_still_scores_and_explains_the_same()
    {
        WriteWhereMissing("ensemble-2");
        var (scorer, golden) = Read("ensemble-2");

        Assert.Equal(16, golden.Probabilities.Length);
        Assert.Equal(4, golden.Features.Count(row => !FeatureSchema.KnowsIssue(row)));
        AssertSame(golden.Probabilities, golden.Features.Select(row => scorer.Judge(row).Probability));
        AssertSame(golden.Lows!, golden.Features.Select(row => scorer.Judge(row).Low));
        AssertSame(golden.Highs!, golden.Features.Select(row => scorer.Judge(row).High));
        AssertSame(golden.Contributions!, golden.Features.Select(row => scorer.Contributions(row).Sum()));
    }

    private static (IScorer Scorer, GoldenCases Cases) Read(string name)
    {
        var artefact = ModelArtefact.TryParse(File.ReadAllText(FileOf(name)), out var problem);
        Assert.Empty(problem);
        Assert.Equal(File.ReadAllText(FileOf(name)), artefact!.ToJson()); // with its checksum, and without what later versions add
        return (artefact!.ToScorer(), JsonSerializer.Deserialize<GoldenCases>(File.ReadAllText(FileOf($"{name}.cases")), JsonSerializerOptions.Web)!);
    }

    private static void AssertSame(double[] golden, IEnumerable<double> now) => Assert.Equal(golden, now, (one, other) => Math.Abs(one - other) < 1e-9);

    private static void WriteWhereMissing(string name)
    {
        if (Environment.GetEnvironmentVariable("WITAN_UPDATE_SNAPSHOTS") != "1" || File.Exists(FileOf(name)))
            return;
        var world = SimulatedWorld.Of(300, 7);
        var artefact = Trainer.Train(new OutcomeHistory(world.Log), new() { Kinds = ["logistic", "boosted", "forest-25"] }, null, CancellationToken.None)
            .Artefacts.Single(candidate => candidate.Kind == "ensemble");
        var scorer = artefact.ToScorer();
        var known = Vectors.Newest(world, 40, scorer.Schema).Where(row => FeatureSchema.KnowsIssue(row)).TakeLast(12).ToList();
        double[][] features = [.. known, .. known.Take(4).Select(row => TrainingSample.Withheld(row))];
        var cases = new GoldenCases(
            features,
            [.. features.Select(row => scorer.Judge(row).Probability)],
            [.. features.Select(row => scorer.Judge(row).Low)],
            [.. features.Select(row => scorer.Judge(row).High)],
            [.. features.Select(row => scorer.Contributions(row).Sum())]);
        File.WriteAllText(FileOf($"{name}.cases"), JsonSerializer.Serialize(cases, JsonSerializerOptions.Web));
        File.WriteAllText(FileOf(name), artefact.ToJson());
    }

    private static string FileOf(string name) => Path.Combine(Folder, $"{name}.json");

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Witan.slnx")))
            folder = folder.Parent;
        return folder.FullName;
    }

    private sealed record GoldenCases(double[][] Features, double[] Probabilities, double[]? Lows, double[]? Highs, double[]? Contributions);
}
