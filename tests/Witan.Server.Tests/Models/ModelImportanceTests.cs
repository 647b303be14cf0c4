using Witan.Client;
using Witan.Intelligence.Models;

namespace Witan.Server.Tests.Models;

/// <summary>What a model leans on, as the API tells it.</summary>
public sealed class ModelImportanceTests(TrainedTwice trained) : IClassFixture<TrainedTwice>
{
    private readonly WitanServer _server = trained.Server;

    [Theory]
    [InlineData("model-6")]
    [InlineData("model-9")]
    [InlineData("model-1")]
    public async Task What_tells_most_of_an_outcome_stands_first(string version)
    {
        var importance = await ImportanceAsync(version);

        Assert.Equal("attribute.hard", importance[0].Feature); // which the world gives two logits
        Assert.True(importance[0].Mean > 0.1);
        Assert.Equal(importance.Select(one => Math.Abs(one.Mean)).OrderDescending(), importance.Select(one => Math.Abs(one.Mean)));
        Assert.All(importance, one => Assert.True(one is { Deviation: >= 0, Repeats: 3 }));
        Assert.Distinct(importance.Select(one => one.Feature));
        Assert.DoesNotContain(importance, one => one.Feature.EndsWith(".lift", StringComparison.Ordinal)); // in words, as in the factors of an answer
    }

    [Fact]
    public async Task A_model_from_before_it_was_measured_has_none_and_goes_on()
    {
        var json = (await _server.QueryAsync<string>("SELECT artefact FROM models WHERE version = 'model-8'"))!;
        var before = ModelArtefact.TryParse(json, out _)! with { Importance = null };
        await _server.ExecuteAsync("UPDATE models SET artefact = @json WHERE version = 'model-8'", new { json = before.ToJson() });

        Assert.DoesNotContain("importance", before.ToJson(), StringComparison.Ordinal);
        Assert.Empty(await ImportanceAsync("model-8"));
        Assert.NotEmpty((await _server.Client.GetModelCurvesAsync("model-8", TestContext.Current.CancellationToken)).Reliability);
    }

    private async Task<IReadOnlyList<FeatureImportance>> ImportanceAsync(string version)
    {
        var answer = await _server.GetAsync($"/models/{version}/curves");
        Assert.True(answer.Status == 200, answer.Text);
        return answer.As<ModelCurves>().Importance;
    }
}
