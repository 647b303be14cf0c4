using System.Text.RegularExpressions;
using Witan.Intelligence.Models;

namespace Witan.Tests.Intelligence.Models;

public sealed partial class ModelArtefactTests
{
    private static readonly ModelArtefact Artefact = TrainedModel.Artefact;
    private static readonly string Json = Artefact.ToJson();

    [Fact]
    public void An_artefact_that_was_written_and_read_scores_the_same()
    {
        var read = ModelArtefact.TryParse(Json, out var problem);

        Assert.Empty(problem);
        var (expected, actual) = (TrainedModel.Scorer, read!.ToScorer());
        Assert.Equal((expected.Kind, expected.Schema.Hash), (actual.Kind, actual.Schema.Hash));
        foreach (var features in Vectors.Newest(TrainedModel.World, 40, expected.Schema))
        {
            var (before, after) = (expected.Judge(features), actual.Judge(features));
            Assert.Equal(before.Probability, after.Probability, 1e-12);
            Assert.Equal(before.Low, after.Low, 1e-12);
            Assert.Equal(before.High, after.High, 1e-12);
        }
    }

    [Fact]
    public void Everything_else_in_it_survives_too()
    {
        var read = ModelArtefact.TryParse(Json, out _)!;

        Assert.Equal(Artefact.SchemaHash, read.Attributes.Count == 0 ? null : read.ToScorer().Schema.Hash);
        Assert.Equal(Artefact.Features, read.Features);
        Assert.Equal(Artefact.Attributes, read.Attributes);
        Assert.Equal(Artefact.Metrics, read.Metrics);
        Assert.Equal((Artefact.DataHash, Artefact.Outcomes), (read.DataHash, read.Outcomes));
        Assert.Equal((Artefact.TrainedFrom, Artefact.TrainedUntil), (read.TrainedFrom, read.TrainedUntil));
        Assert.Equal(Json, read.ToJson());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("42")]
    [InlineData("\"witan-model\"")]
    [InlineData("not json at all")]
    [InlineData("{\"openapi\":\"3.1.0\"}")]
    [InlineData("{\"format\":\"witan-model\",\"formatVersion\":1}")]
    [InlineData("{\"format\":\"witan-model\",\"formatVersion\":\"1\"}")]
    [InlineData("\0\0\0\0")]
    public void What_is_no_model_is_refused(string text) => AssertRefused(text, "[Mm]odel");

    [Fact]
    public void A_text_with_half_a_character_is_refused() => AssertRefused("{\"format\":\"\ud800\"}", "[Mm]odel");

    [Fact]
    public void A_truncated_model_is_refused_wherever_it_ends()
    {
        for (var length = 1; length < Json.Length; length += 53)
            AssertRefused(Json[..length], "truncated");
        AssertRefused(Json[..^1], "truncated");
    }

    [Fact]
    public void A_changed_digit_is_refused()
    {
        foreach (var member in new[] { "intercept", "weights", "means", "covariance", "outcomes" })
        {
            var digit = Regex.Match(Json, $"\"{member}\":[^1-9]*([1-9])").Groups[1];
            AssertRefused(Json[..digit.Index] + (char)(digit.Value[0] == '9' ? '8' : digit.Value[0] + 1) + Json[(digit.Index + 1)..], "checksum");
        }
    }

    [Fact]
    public void A_changed_or_missing_checksum_is_refused()
    {
        AssertRefused(Checksum().Replace(Json, "\"checksum\":\"0000\""), "checksum");
        AssertRefused(Checksum().Replace(Json, "\"checksum\":\"\""), "checksum");
        AssertRefused(Checksum().Replace(Json, "\"other\":1"), "checksum");
        AssertRefused(Checksum().Replace(Json, "\"checksum\":null"), "[Mm]odel");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(99)]
    public void A_newer_format_is_refused_with_its_number(int version)
    {
        AssertRefused((Artefact with { FormatVersion = version }).ToJson(), $"format {version}");
        AssertRefused($$"""{"format":"witan-model","formatVersion":{{version}},"trees":[1,2]}""", $"format {version}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_format_that_never_was_is_refused(int version) => AssertRefused((Artefact with { FormatVersion = version }).ToJson(), "format");

    [Fact]
    public void A_foreign_format_or_an_unknown_kind_is_refused_by_name()
    {
        AssertRefused((Artefact with { Format = "other-model" }).ToJson(), "other-model");
        AssertRefused((Artefact with { Kind = "forest" }).ToJson(), "forest");
    }

    [Fact]
    public void Weights_that_do_not_fit_the_features_are_refused()
    {
        var linear = Artefact.Linear;
        AssertRefused((Artefact with { Linear = linear with { Weights = linear.Weights[1..] } }).ToJson(), "weights");
        AssertRefused((Artefact with { Linear = linear with { Means = [.. linear.Means, 0] } }).ToJson(), "weights");
        AssertRefused((Artefact with { Linear = linear with { Covariance = linear.Covariance[..^1] } }).ToJson(), "weights");
        AssertRefused((Artefact with { Features = [.. Artefact.Features, "one.more"] }).ToJson(), "features");
    }

    [Fact]
    public void A_model_without_covariance_is_whole() =>
        Assert.NotNull(ModelArtefact.TryParse((Artefact with { Linear = Artefact.Linear with { Covariance = [] } }).ToJson(), out _));

    [Fact]
    public void A_model_with_core_features_of_another_version_is_refused_or_scores_but_never_throws()
    {
        var linear = Artefact.Linear;
        var other = Artefact with
        {
            SchemaHash = "0123456789abcdef",
            Features = ["neighbours.lift", .. Artefact.Features],
            Linear = new(linear.Intercept, [0, .. linear.Weights], [0, .. linear.Means], []),
        };

        var read = ModelArtefact.TryParse(other.ToJson(), out var problem);

        Assert.True(read is null ? problem.Length > 0 : Record.Exception(() => read.ToScorer()) is null);
    }

    [GeneratedRegex("\"checksum\":\"[0-9a-f]+\"")]
    private static partial Regex Checksum();

    private static void AssertRefused(string text, string message)
    {
        Assert.Null(ModelArtefact.TryParse(text, out var problem));
        Assert.Matches(message, problem);
    }
}
