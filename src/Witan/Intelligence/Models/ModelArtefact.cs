using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Witan.Intelligence.Features;

namespace Witan.Intelligence.Models;

/// <summary>
/// A trained scorer as one JSON text: everything needed to score, to check that it is whole, and to know where it came
/// from. The same data and options give the same bytes.
/// </summary>
public sealed record ModelArtefact
{
    /// <summary>The newest layout that this version reads and the one that it writes.</summary>
    public const int CurrentFormat = 2;

    private const string FormatName = "witan-model";

    /// <summary>Always <c>witan-model</c>.</summary>
    public string Format { get; init; } = FormatName;

    /// <summary>The layout of this text.</summary>
    public int FormatVersion { get; init; } = CurrentFormat;

    /// <summary>The kind of scorer, for example <c>logistic</c> or <c>ensemble</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The digest of the feature schema it was trained with.</summary>
    public required string SchemaHash { get; init; }

    /// <summary>The names of its features, in order.</summary>
    public required IReadOnlyList<string> Features { get; init; }

    /// <summary>The attributes among them with their defaults.</summary>
    public required IReadOnlyList<AttributeFeature> Attributes { get; init; }

    /// <summary>The digest of the outcomes it was trained on.</summary>
    public required string DataHash { get; init; }

    /// <summary>How many outcomes it was trained on.</summary>
    public required int Outcomes { get; init; }

    /// <summary>The first and the last proposal it was trained on, UTC.</summary>
    public required DateTimeOffset TrainedFrom { get; init; }

    /// <summary>See <see cref="TrainedFrom"/>.</summary>
    public required DateTimeOffset TrainedUntil { get; init; }

    /// <summary>The weights of a model of format 1, which was one logistic regression; null since.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] // so that a text of format 1 keeps its checksum
    public LinearTerms? Linear { get; init; }

    /// <summary>What answers where outcomes on the issue are known; null in format 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ModelSide? Known { get; init; }

    /// <summary>What answers where nobody has tried the issue; null in format 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ModelSide? Unknown { get; init; }

    /// <summary>The seed of everything random in its training; null in format 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Seed { get; init; }

    /// <summary>How its like did on outcomes that it had not seen.</summary>
    public required ScorerReport Metrics { get; init; }

    /// <summary>The newest scores that its like gave to outcomes that it had not seen, in the order of time; null in format 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OutOfTimeScores? OutOfTime { get; init; }

    /// <summary>Reliability and risk-coverage of all such scores; null in format 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ScoreCurves? Curves { get; init; }

    /// <summary>How features and score were distributed in training, by name, to notice drift; null in format 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, ReferenceDistribution>? Distributions { get; init; }

    /// <summary>What the scorer leans on, on the newest outcomes that it was fitted on; null in texts from before this was measured.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Importance>? Importance { get; init; }

    /// <summary>SHA-256 of this text with an empty checksum.</summary>
    public string Checksum { get; init; } = "";

    /// <summary>The artefact as JSON, with its checksum.</summary>
    public string ToJson() => Serialize(this with { Checksum = ChecksumOf(this) });

    /// <summary>Reads an artefact, or says why it cannot be used.</summary>
    /// <param name="json">The text.</param>
    /// <param name="problem">What is wrong, in one sentence; empty when nothing is.</param>
    /// <returns>The artefact, or null.</returns>
    public static ModelArtefact? TryParse(string json, out string problem)
    {
        try
        {
            var artefact = JsonSerializer.Deserialize(json, ArtefactJson.Default.ModelArtefact);
            problem = artefact is null ? "The model is empty. Train again." : artefact.Fault();
            return problem.Length == 0 ? artefact : null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException) // the latter: half of a surrogate pair, or a number beyond all numbers
        {
            problem = FormatVersionOf(json) is > CurrentFormat and var newer
                ? $"The model has format {newer}, and this version of Witan reads up to {CurrentFormat}: upgrade Witan, or train again."
                : "The model is not a complete JSON text of a model: it was truncated or is something else. Train again.";
            return null;
        }
    }

    /// <summary>The scorer that this artefact describes. Its schema is the artefact's; whether the running version still extracts it is for the caller to compare.</summary>
    public IScorer ToScorer()
    {
        var schema = FeatureSchema.Of(Features, Attributes)!;
        return Linear is not null ? new LinearScorer(Kind, schema, Linear) : new RoutedScorer(Known!.ToScorer(Kind, schema), Unknown!.ToScorer(Kind, schema));
    }

    private string Fault()
    {
        if (Format != FormatName)
            return $"The text is a \"{Format}\", not a \"{FormatName}\".";
        if (FormatVersion is < 1 or > CurrentFormat)
            return $"The model has format {FormatVersion}, and this version of Witan reads up to {CurrentFormat}: upgrade Witan, or train again.";
        if (Checksum != ChecksumOf(this))
            return "The model's checksum does not fit its content: it was changed or damaged. Train again.";
        if (!(FormatVersion == 1 ? Kind == "logistic" : ModelKinds.All.Contains(Kind)))
            return $"The kind of model \"{Kind}\" is unknown to this version of Witan.";
        if (Attributes.Any(attribute => attribute is null) || FeatureSchema.Of(Features, Attributes) is not { } schema)
            return "The model was trained on features that this version of Witan does not make. Train again.";
        var fault = FormatVersion == 1 ? Linear is null ? "The model has no weights." : Linear.Fault(schema.Count)
            : Known is null || Unknown is null ? "The model lacks a side." : Linear is not null ? "The model has weights beside its sides." : Known.Fault(schema) ?? Unknown.Fault(schema);
        return fault is null ? "" : $"{fault} Train again.";
    }

    private static int? FormatVersionOf(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.TryGetProperty("formatVersion", out var version) && version.TryGetInt32(out var number) ? number : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private static string ChecksumOf(ModelArtefact artefact) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(artefact with { Checksum = "" }, ArtefactJson.Default.ModelArtefact)));

    private static string Serialize(ModelArtefact artefact) => JsonSerializer.Serialize(artefact, ArtefactJson.Default.ModelArtefact);
}

/// <summary>Scores of outcomes that were not known when the scorer was fitted.</summary>
/// <param name="Scores">The probabilities, rounded to four digits.</param>
/// <param name="Successes">Whether each succeeded.</param>
public sealed record OutOfTimeScores(IReadOnlyList<double> Scores, IReadOnlyList<bool> Successes);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ModelArtefact))]
[JsonSerializable(typeof(IReadOnlyList<ScorerReport>))]
internal sealed partial class ArtefactJson : JsonSerializerContext;
