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
            Assert.Equal(expected.Estimate(features), actual.Estimate(features));
    }

    [Fact]
    public void Everything_else_in_it_survives_too()
    {
        var read = ModelArtefact.TryParse(Json, out _)!;

        Assert.Equal(Artefact.SchemaHash, read.Attributes.Count == 0 ? null : read.ToScorer().Schema.Hash);
        Assert.Equal(Artefact.Features, read.Features);
        Assert.Equal(Artefact.Attributes, read.Attributes);
        Assert.Equal(Artefact.Metrics, read.Metrics);
        Assert.Equal((Artefact.DataHash, Artefact.Outcomes, Artefact.Seed), (read.DataHash, read.Outcomes, read.Seed));
        Assert.Equal((Artefact.TrainedFrom, Artefact.TrainedUntil), (read.TrainedFrom, read.TrainedUntil));
        Assert.Equivalent(Artefact.OutOfTime, read.OutOfTime, strict: true);
        Assert.Equivalent(Artefact.Curves, read.Curves, strict: true);
        Assert.Equivalent(Artefact.Distributions, read.Distributions, strict: true);
        Assert.Equal(Artefact.Importance!, read.Importance!);
        Assert.Equal(Json, read.ToJson());
    }

    [Fact]
    public void A_text_from_before_importance_was_measured_is_whole_without_it()
    {
        var before = (Artefact with { Importance = null }).ToJson();

        Assert.DoesNotContain("importance", before, StringComparison.Ordinal);
        var read = ModelArtefact.TryParse(before, out var problem);
        Assert.Empty(problem);
        Assert.Null(read!.Importance);
        Assert.Equal(before, read.ToJson());
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
    [InlineData("{\"format\":\"witan-model\",\"formatVersion\":2}")]
    [InlineData("{\"format\":\"witan-model\",\"formatVersion\":\"1\"}")]
    [InlineData("\0\0\0\0")]
    public void What_is_no_model_is_refused(string text) => AssertRefused(text, "[Mm]odel");

    [Fact]
    public void A_text_with_half_a_character_is_refused() => AssertRefused("{\"format\":\"\ud800\"}", "[Mm]odel");

    [Fact]
    public void A_truncated_model_is_refused_wherever_it_ends()
    {
        for (var length = 1; length < Json.Length; length += 211)
            AssertRefused(Json[..length], "truncated");
        AssertRefused(Json[..^1], "truncated");
    }

    [Fact]
    public void A_changed_digit_is_refused()
    {
        foreach (var member in new[] { "intercept", "weights", "means", "covariance", "outcomes", "slope", "scores", "observed", "edges", "seed", "deviation" })
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
    [InlineData(3)]
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
        AssertRefused((Artefact with { Kind = "oracle" }).ToJson(), "oracle");
    }

    [Fact]
    public void Features_that_no_version_made_are_refused()
    {
        AssertRefused((Artefact with { Features = [.. Artefact.Features, "one.more"] }).ToJson(), "features");
        AssertRefused((Artefact with { Features = ["first", .. Artefact.Features.Skip(1)] }).ToJson(), "features");
        AssertRefused((Artefact with { Features = [.. Artefact.Features.SkipLast(1)] }).ToJson(), "features");
        AssertRefused((Artefact with { Attributes = [] }).ToJson(), "features");
    }

    [GeneratedRegex("\"checksum\":\"[0-9a-f]+\"")]
    private static partial Regex Checksum();

    private static void AssertRefused(string text, string message)
    {
        Assert.Null(ModelArtefact.TryParse(text, out var problem));
        Assert.Matches(message, problem);
    }
}
