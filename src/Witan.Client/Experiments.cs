using System.Text.Json.Serialization;

namespace Witan.Client;

/// <summary>How an experiment runs.</summary>
[JsonConverter(typeof(SnakeCaseNames<ExperimentMode>))]
public enum ExperimentMode
{
    /// <summary>Both arms score every fix, and what the champion says is answered.</summary>
    Shadow,

    /// <summary>Each fix is answered by one of the arms, drawn by lot; the other one scores it in shadow.</summary>
    Live,
}

/// <summary>Which arm of an experiment forecasts better.</summary>
[JsonConverter(typeof(SnakeCaseNames<ExperimentVerdict>))]
public enum ExperimentVerdict
{
    /// <summary>Too few outcomes, or the interval of the difference includes 0.</summary>
    NoVerdict,

    /// <summary>The first one.</summary>
    FirstBetter,

    /// <summary>The second one.</summary>
    SecondBetter,
}

/// <summary>Two ways to score, compared on the same fixes.</summary>
public sealed record Experiment
{
    /// <summary>Its name, <c>first-vs-second</c>, for example <c>ml-vs-heuristic</c>.</summary>
    public required string Name { get; init; }

    /// <summary>How it runs; <c>shadow</c> unless somebody changed that.</summary>
    public required ExperimentMode Mode { get; init; }

    /// <summary>The share of fixes that the second arm answers; null in shadow.</summary>
    public double? Share { get; init; }

    /// <summary>When that was last changed; null when it never was.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The two arms, in the order of the name.</summary>
    public required IReadOnlyList<ExperimentArm> Arms { get; init; }

    /// <summary>The mean by which the first arm's Brier score exceeds the second's, -1 to 1; below 0 when the first does better. Null without outcomes.</summary>
    public double? Difference { get; init; }

    /// <summary>The 95 % confidence sequence of that mean, low and high: right at every reading together, however often one looks. Null without outcomes.</summary>
    public IReadOnlyList<double>? Interval { get; init; }

    /// <summary>Which arm is better, as far as is known.</summary>
    public required ExperimentVerdict Verdict { get; init; }

    /// <summary>The name of the better arm; null without a verdict.</summary>
    public string? Better { get; init; }

    /// <summary>With fewer outcomes than this there is no verdict.</summary>
    public required int Minimum { get; init; }

    /// <summary>The outcomes behind difference, interval and verdict: the first of each issue, because attempts on one issue share their fate.</summary>
    public required int OutcomesUsed { get; init; }

    /// <summary>All this in words.</summary>
    public required string Explanation { get; init; }
}

/// <summary>One arm of an experiment.</summary>
public sealed record ExperimentArm
{
    /// <summary><c>ml</c> (whatever champion answers), <c>heuristic</c>, <c>track-record</c> or a model's version.</summary>
    public required string Arm { get; init; }

    /// <summary>Fixes that it had scored and whose outcome is known, as it was first reported.</summary>
    public required int Scored { get; init; }

    /// <summary>Those among them that the other arm had scored too: what the next two figures are about.</summary>
    public required int Outcomes { get; init; }

    /// <summary>The mean squared error of its probabilities, 0 to 1, smaller is better; null without outcomes.</summary>
    public double? Brier { get; init; }

    /// <summary>Their mean negative log likelihood in nats, smaller is better; null without outcomes.</summary>
    public double? LogLoss { get; init; }

    /// <summary>Fixes that it answered while the experiment was live.</summary>
    public required int Served { get; init; }

    /// <summary>How many of those have a known outcome.</summary>
    public required int ServedOutcomes { get; init; }

    /// <summary>The share of those that worked, rollbacks counted as failures; null without outcomes.</summary>
    public double? ServedSuccessRate { get; init; }

    /// <summary>Fixes that it answered with <c>auto_apply</c>.</summary>
    public required int AutoApplied { get; init; }

    /// <summary>How many of those have a known outcome.</summary>
    public required int AutoAppliedOutcomes { get; init; }

    /// <summary>The share of those that worked; null without outcomes.</summary>
    public double? AutoAppliedSuccessRate { get; init; }
}

/// <summary>A page of experiments, by name.</summary>
/// <param name="Experiments">The built-in one, and all whose mode was ever changed.</param>
/// <param name="NextCursor">Asks for the next page; null at the end.</param>
public sealed record ExperimentPage(IReadOnlyList<Experiment> Experiments, string? NextCursor);

/// <summary>How an experiment is to run from now on.</summary>
public sealed record ExperimentChange
{
    /// <summary>The mode.</summary>
    public required ExperimentMode Mode { get; init; }

    /// <summary>With <c>live</c>: the share of fixes that the second arm answers, more than 0 and less than 1; 0.5 when absent.</summary>
    public double? Share { get; init; }
}
