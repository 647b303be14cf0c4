using Witan.Client;

namespace Witan.Server.Tests.Models;

/// <summary>Whether the numbers of a model mean what they say, and what applying the best of them costs.</summary>
public sealed class CurvesTests(TrainedTwice trained) : IClassFixture<TrainedTwice>
{
    private readonly WitanServer _server = trained.Server;

    [Theory]
    [InlineData("model-6")]
    [InlineData("model-9")]
    [InlineData("model-1")]
    public async Task A_trained_model_has_curves_over_the_fixes_that_it_was_judged_on(string version)
    {
        var answer = await _server.GetAsync($"/models/{version}/curves");
        Assert.Equal(200, answer.Status);
        Assert.Equal(["version", "n", "reliability", "riskCoverage", "importance"], answer.Keys);
        var curves = answer.As<ModelCurves>();

        Assert.Equal(version, curves.Version);
        Assert.Equal((await _server.GetAsync($"/models/{version}"))["metrics"].GetProperty("n").GetInt32(), curves.N);
        Assert.Equal(curves.N, curves.Reliability.Sum(bin => bin.N));
        foreach (var bin in curves.Reliability)
        {
            Assert.True(bin.N > 0 && bin.From < bin.To);
            Assert.InRange(bin.Predicted, bin.From, bin.To);
            Assert.InRange(bin.Observed, bin.Low, bin.High);
        }
        Assert.Equal(curves.Reliability.Select(bin => bin.From).Order(), curves.Reliability.Select(bin => bin.From));
        foreach (var point in curves.RiskCoverage)
        {
            Assert.InRange(point.FailureRate, point.Low, point.High);
            Assert.Equal((double)point.N / curves.N, point.Coverage, 1e-4);
            Assert.Equal(point.FailureRate, (double)point.Failures / point.N, 1e-4);
        }
        foreach (var (stricter, next) in curves.RiskCoverage.Zip(curves.RiskCoverage.Skip(1)))
            Assert.True(stricter.Threshold > next.Threshold && stricter.N <= next.N && stricter.Failures <= next.Failures && stricter.Coverage <= next.Coverage);
        Assert.Equal(304, (await _server.GetAsync($"/models/{version}/curves", answer.ETag)).Status);
    }

    [Theory]
    [InlineData("heuristic", "heuristic has no curves")]
    [InlineData("track-record", "track-record has no curves")]
    [InlineData("model-3", "model-3 has no curves: it is built in, its artefact cannot be read, or it was discarded")]
    [InlineData("model-99", "No model has the version \"model-99\"")]
    public async Task What_has_none_says_why(string version, string why)
    {
        var answer = await _server.GetAsync($"/models/{version}/curves");

        Assert.Equal((404, "not_found"), (answer.Status, answer.Code));
        Assert.StartsWith(why, answer["detail"].GetString(), StringComparison.Ordinal);
    }
}
