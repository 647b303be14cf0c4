using System.Text.Json;
using Witan.Intelligence.Models;

namespace Witan.Tests.Intelligence.Models;

/// <summary>
/// Models that earlier versions wrote must load and score the same for ever. A golden file is written once, when
/// WITAN_UPDATE_SNAPSHOTS is 1 and it does not exist, and never again.
/// </summary>
public sealed class GoldenModelTests
{
    private const int Cases = 12;

    private static readonly string Folder = Path.Combine(RepositoryRoot(), "tests", "Witan.Tests", "Intelligence", "Models", "Golden");

    [Theory]
    [InlineData("logistic-1")]
    public void A_model_of_an_earlier_version_still_scores_the_same(string name)
    {
        WriteWhereMissing(name);
        var artefact = ModelArtefact.TryParse(File.ReadAllText(FileOf(name)), out var problem);
        var golden = JsonSerializer.Deserialize<GoldenCases>(File.ReadAllText(FileOf($"{name}.cases")), JsonSerializerOptions.Web)!;

        Assert.Empty(problem);
        var scorer = artefact!.ToScorer();
        Assert.Equal(Cases, golden.Probabilities.Length);
        for (var i = 0; i < Cases; i++)
            Assert.Equal(golden.Probabilities[i], scorer.Judge(golden.Features[i]).Probability, 1e-9);
    }

    private static void WriteWhereMissing(string name)
    {
        if (Environment.GetEnvironmentVariable("WITAN_UPDATE_SNAPSHOTS") != "1" || File.Exists(FileOf(name)))
            return;
        var features = Vectors.Newest(TrainedModel.World, Cases, TrainedModel.Scorer.Schema).ToArray();
        var cases = new GoldenCases(features, [.. features.Select(f => TrainedModel.Scorer.Judge(f).Probability)]);
        Directory.CreateDirectory(Folder);
        File.WriteAllText(FileOf($"{name}.cases"), JsonSerializer.Serialize(cases, JsonSerializerOptions.Web));
        File.WriteAllText(FileOf(name), TrainedModel.Artefact.ToJson());
    }

    private static string FileOf(string name) => Path.Combine(Folder, $"{name}.json");

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Witan.slnx")))
            folder = folder.Parent;
        return folder.FullName;
    }

    private sealed record GoldenCases(double[][] Features, double[] Probabilities);
}
