using System.Text.Json;
using System.Text.Json.Serialization;
using Witan.Intelligence.Models;

namespace Witan.Intelligence.Training;

/// <summary>Everything that an evaluation says.</summary>
/// <param name="Reports">Each scorer on all fixes; the one that would have answered is the champion.</param>
/// <param name="KnownIssues">The same where somebody had tried the issue.</param>
/// <param name="UnknownIssues">The same where nobody had: a mixed figure flatters.</param>
/// <param name="Choices">Who would have answered after each fit, and why.</param>
/// <param name="Intervals">How well the champion's intervals hold; null where nothing was judged.</param>
/// <param name="IntervalsKnown">The same where somebody had tried the issue.</param>
/// <param name="IntervalsUnknown">The same where nobody had.</param>
/// <param name="Budget">What a gate for the risk budget would have done.</param>
/// <param name="Against">How each scorer compares with other predictions of the same fixes; none where none were given.</param>
public sealed record EvaluationSummary(
    IReadOnlyList<ScorerReport> Reports,
    IReadOnlyList<ScorerReport> KnownIssues,
    IReadOnlyList<ScorerReport> UnknownIssues,
    IReadOnlyList<ChampionChoice> Choices,
    IntervalReport? Intervals,
    IntervalReport? IntervalsKnown,
    IntervalReport? IntervalsUnknown,
    BudgetReport Budget,
    IReadOnlyList<PairedDifference> Against)
{
    /// <summary>Sums a run up.</summary>
    /// <param name="run">The run; it judged at least one fix.</param>
    /// <param name="reference">Other predictions with their name, by the number of the outcome in the log; null for none.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancel">Stops between steps.</param>
    public static EvaluationSummary Of(
        EvaluationRun run, (string Name, IReadOnlyDictionary<int, double> Predictions)? reference, IProgress<TrainingProgress>? progress, CancellationToken cancel) => new(
        run.Reports(null, progress, cancel),
        run.Reports(true, progress, cancel),
        run.Reports(false, progress, cancel),
        run.Choices,
        run.Intervals(null),
        run.Intervals(true),
        run.Intervals(false),
        run.Budget(),
        reference is { } other ? run.Against(other.Name, other.Predictions) : []);

    /// <summary>The summary as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, EvaluationJson.Default.EvaluationSummary);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EvaluationSummary))]
[JsonSerializable(typeof(ChampionImportance))]
internal sealed partial class EvaluationJson : JsonSerializerContext;
