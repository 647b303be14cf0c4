using System.Globalization;
using Witan.Client;
using Witan.Intelligence.Experiments;
using Witan.Server.Models;
using Witan.Server.Platform.Http;

namespace Witan.Server.Experiments;

/// <summary>An experiment as it is answered, with its figures in words.</summary>
internal sealed class ExperimentAnswers(ExperimentStore store, Comparisons comparisons, ModelRegistry models)
{
    private const int MostArmsNamed = 20;

    /// <summary>The experiment of this name, or why there is none.</summary>
    public async Task<(ExperimentName? Name, ApiProblem? Problem)> FindAsync(string name, CancellationToken cancel)
    {
        IReadOnlyList<string> arms = [Arms.Ml, .. await store.VersionsAsync(cancel)];
        if (ExperimentName.TryParse(name) is { } experiment && arms.Contains(experiment.First) && arms.Contains(experiment.Second))
            return (experiment, null);
        var named = string.Join(", ", arms.Take(MostArmsNamed)) + (arms.Count > MostArmsNamed ? ", …" : "");
        return (null, ApiProblem.NotFound($"There is no experiment \"{name}\". Name one first-vs-second, of two different arms among {named}."));
    }

    /// <summary>An experiment as it is now.</summary>
    public async Task<Experiment> GetAsync(ExperimentName name, CancellationToken cancel) =>
        (await ReadAsync(name, cancel))(await store.FindAsync(name.ToString(), cancel));

    /// <summary>A page of experiments by name, of one more than the limit.</summary>
    public async Task<IReadOnlyList<ExperimentName>> ListAsync(QueryValues query, CancellationToken cancel)
    {
        var changed = (await store.ListAsync(cancel)).Select(row => ExperimentName.TryParse(row.Name)).OfType<ExperimentName>();
        return [.. changed.Append(ExperimentName.BuiltIn).Distinct().OrderBy(name => name.ToString(), StringComparer.Ordinal)
            .Where(name => query.After is null || string.CompareOrdinal(name.ToString(), query.After.Key) > 0).Take(query.Limit + 1)];
    }

    /// <summary>Reads everything about an experiment but how it runs, which is given: a change is answered before it is there to be read.</summary>
    public async Task<Func<ExperimentRow?, Experiment>> ReadAsync(ExperimentName name, CancellationToken cancel)
    {
        var figures = await comparisons.ReadAsync(name, cancel);
        var served = (await store.ServedAsync(name.ToString(), cancel)).ToDictionary(row => row.Arm);
        var unusable = Arms.Unusable(name, models.Serving);
        return row => Of(name, row, figures, served, unusable);
    }

    private static Experiment Of(ExperimentName name, ExperimentRow? row, ExperimentFigures figures, Dictionary<string, ServedRow> served, string? unusable)
    {
        var verdict = figures.Verdict;
        return new()
        {
            Name = name.ToString(),
            Mode = row is { IsLive: true } ? ExperimentMode.Live : ExperimentMode.Shadow,
            Share = row?.Share,
            Since = row?.ChangedAt,
            Arms = [ArmOf(name.First, figures.FirstScored, figures.All.First, served), ArmOf(name.Second, figures.SecondScored, figures.All.Second, served)],
            Difference = verdict.Difference,
            Interval = verdict.Difference is null ? null : [verdict.Low, verdict.High],
            Verdict = (ExperimentVerdict)verdict.Verdict,
            Better = verdict.Verdict switch { ComparisonVerdict.FirstBetter => name.First, ComparisonVerdict.SecondBetter => name.Second, _ => null },
            Minimum = Comparison.DefaultMinimum,
            OutcomesUsed = verdict.First.Outcomes,
            Explanation = $"{Running(name, row, unusable)} {Standing(name, verdict)}",
        };
    }

    private static ExperimentArm ArmOf(string arm, int scored, ArmFigures figures, Dictionary<string, ServedRow> served)
    {
        var of = served.GetValueOrDefault(arm) ?? new() { Arm = arm };
        return new()
        {
            Arm = arm, Scored = scored, Outcomes = figures.Outcomes, Brier = figures.Brier, LogLoss = figures.LogLoss,
            Served = (int)of.Fixes, ServedOutcomes = (int)of.Outcomes, ServedSuccessRate = Rate(of.Successes, of.Outcomes),
            AutoApplied = (int)of.AutoApplied, AutoAppliedOutcomes = (int)of.AutoAppliedOutcomes, AutoAppliedSuccessRate = Rate(of.AutoAppliedSuccesses, of.AutoAppliedOutcomes),
        };
    }

    private static double? Rate(long successes, long outcomes) => outcomes == 0 ? null : (double)successes / outcomes;

    private static string Running(ExperimentName name, ExperimentRow? row, string? unusable) => row switch
    {
        not { IsLive: true } => "Both arms score in shadow and the champion answers.",
        _ when unusable is not null => $"It is live, but {unusable} cannot answer beside the other arm now, so the champion answers every fix.",
        _ => string.Create(CultureInfo.InvariantCulture, $"{name.Second} answers {row.Share:0.###} of the fixes, drawn by issue, {name.First} the others; each scores in shadow what the other answers."),
    };

    private static string Standing(ExperimentName name, Comparison c)
    {
        if (c.Difference is not { } difference)
            return "No outcome is known yet of a fix that both have scored.";
        var (better, worse) = difference <= 0 ? (name.First, name.Second) : (name.Second, name.First);
        var (less, low, high) = difference <= 0 ? (-difference, -c.High, -c.Low) : (difference, c.Low, c.High);
        var n = c.First.Outcomes;
        var figures = string.Create(CultureInfo.InvariantCulture, $"over {n} outcomes, the first of each issue, the mean Brier score of {better} is {less:0.0000} below that of {worse} (95 % interval {low:0.0000} to {high:0.0000}, however often one looks)");
        return c.Verdict != ComparisonVerdict.NoVerdict ? $"{better} is better: {figures}."
            : n < Comparison.DefaultMinimum ? $"No verdict before {Comparison.DefaultMinimum} outcomes: {figures}."
            : $"No verdict, because the interval includes 0: {figures}.";
    }
}
