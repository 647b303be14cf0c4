using System.Text.Json;

namespace Witan.Client;

/// <summary>A scorer in the registry.</summary>
public sealed record Model
{
    /// <summary>Its version, for example <c>model-3</c>, or the name of a built-in scorer.</summary>
    public required string Version { get; init; }

    /// <summary>What makes the number, for example <c>logistic</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>candidate</c>, <c>shadow</c>, <c>champion</c> (it answers) or <c>retired</c>.</summary>
    public required string Status { get; init; }

    /// <summary>When it was trained; null for a built-in scorer.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>How many outcomes it was trained on.</summary>
    public required long Outcomes { get; init; }

    /// <summary>The digest of its feature schema; null for a built-in scorer.</summary>
    public string? SchemaHash { get; init; }

    /// <summary>The digest of the outcomes it was trained on; null for a built-in scorer.</summary>
    public string? DataHash { get; init; }

    /// <summary>How it did on fixes it had not seen, each figure with its 95 % interval; null for a built-in scorer.</summary>
    public JsonElement? Metrics { get; init; }

    /// <summary>How every scorer did on the same fixes; null for a built-in scorer.</summary>
    public JsonElement? Comparison { get; init; }
}

/// <summary>A page of models, newest first.</summary>
/// <param name="Models">The models.</param>
/// <param name="NextCursor">Asks for the next page; null at the end.</param>
public sealed record ModelPage(IReadOnlyList<Model> Models, string? NextCursor);

/// <summary>How true and how selective a scorer is, on fixes that it had not seen.</summary>
/// <param name="Version">The scorer.</param>
/// <param name="N">How many fixes.</param>
/// <param name="Reliability">Predicted against realised rates, in bins of the probability; empty bins are left out.</param>
/// <param name="RiskCoverage">What a threshold would apply, and how much of it fails; from the strictest down.</param>
/// <param name="Importance">What the scorer leans on, the most important first; empty for a model that was trained before this was measured.</param>
public sealed record ModelCurves(string Version, int N, IReadOnlyList<CurveBin> Reliability, IReadOnlyList<CurvePoint> RiskCoverage, IReadOnlyList<FeatureImportance> Importance);

/// <summary>How much worse a scorer predicts when the values of a feature are dealt out to other fixes.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="Mean">By how much the mean log loss rises, in nats; around 0 where the feature does not help.</param>
/// <param name="Deviation">The standard deviation over the repeats.</param>
/// <param name="Repeats">How often it was dealt.</param>
public sealed record FeatureImportance(string Feature, double Mean, double Deviation, int Repeats);

/// <summary>How far the latest proposals have moved from what the champion was trained on, as the node that answers saw them.</summary>
/// <param name="Version">The champion.</param>
/// <param name="Proposals">How many proposals are looked at: the latest since this node serves this champion, 1,000 at most.</param>
/// <param name="Least">With fewer than this, nothing is said.</param>
/// <param name="Inputs">What is watched, the furthest moved first; empty while too little is known, or when the champion is a built-in scorer.</param>
public sealed record ModelDrift(string Version, int Proposals, int Least, IReadOnlyList<InputDrift> Inputs);

/// <summary>How far one input has moved.</summary>
/// <param name="Input">The feature, or <c>score</c>.</param>
/// <param name="Index">Its population stability index, 0 or more.</param>
/// <param name="Alarm">Above this it is drift, and training begins by itself.</param>
public sealed record InputDrift(string Input, double Index, double Alarm);

/// <summary>Fixes with about the same probability.</summary>
/// <param name="From">The least probability of the bin.</param>
/// <param name="To">The probability below which it ends.</param>
/// <param name="N">How many.</param>
/// <param name="Predicted">Their mean probability.</param>
/// <param name="Observed">The share that succeeded.</param>
/// <param name="Low">The 5 % bound of that share.</param>
/// <param name="High">The 95 % bound of that share.</param>
public sealed record CurveBin(double From, double To, int N, double Predicted, double Observed, double Low, double High);

/// <summary>What a threshold would apply.</summary>
/// <param name="Threshold">The least probability that is applied.</param>
/// <param name="Coverage">The share of all fixes that is.</param>
/// <param name="N">How many fixes.</param>
/// <param name="Failures">How many of them failed.</param>
/// <param name="FailureRate">Their share.</param>
/// <param name="Low">The 5 % bound of that share.</param>
/// <param name="High">The 95 % bound of that share.</param>
public sealed record CurvePoint(double Threshold, double Coverage, int N, int Failures, double FailureRate, double Low, double High);

/// <summary>A page of trainings, newest first.</summary>
/// <param name="Trainings">The trainings, asked for or begun by themselves.</param>
/// <param name="NextCursor">Asks for the next page; null at the end.</param>
public sealed record TrainingPage(IReadOnlyList<Training> Trainings, string? NextCursor);

/// <summary>The body of a request for training. It has no settings.</summary>
public sealed record TrainingRequest;

/// <summary>A training and how far it is.</summary>
public sealed record Training
{
    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary><c>running</c>, <c>succeeded</c>, <c>refused</c> (too few outcomes), <c>cancelled</c> or <c>failed</c>.</summary>
    public required string Status { get; init; }

    /// <summary>What is being done.</summary>
    public string? Step { get; init; }

    /// <summary>How much of the step is done, 0 to 1.</summary>
    public double? Progress { get; init; }

    /// <summary>Why it was started.</summary>
    public required string Reason { get; init; }

    /// <summary>What came of it, in words.</summary>
    public string? Message { get; init; }

    /// <summary>The model it made.</summary>
    public string? Version { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }
}
