using Witan.Intelligence.Features;
using Witan.Intelligence.Models;

namespace Witan.Intelligence.Training;

/// <summary>Which scorer should answer, and on what grounds.</summary>
/// <param name="Kind">The kind of scorer.</param>
/// <param name="Reason">Why, in a sentence.</param>
/// <param name="Against">How it compares with the incumbent's kind, the track record and a constant on the same out-of-time scores.</param>
public sealed record ChampionChoice(string Kind, string Reason, IReadOnlyList<PairedDifference> Against)
{
    private const int Seed = 20240401;
    private const int LeastNewer = 100;

    /// <summary>Why the very model that answers now should stay, although its kind was chosen; null when it should be renewed.</summary>
    public PairedDifference? KeptModel { get; private init; }

    /// <summary>
    /// The kind with the least out-of-time log loss takes over from the incumbent's kind when a paired bootstrap over issues
    /// says that it is better; otherwise the incumbent's kind stays, fitted anew. A trained kind must beat the track record and
    /// a constant by the same margin, and the ensemble each of its parts in the mean.
    /// </summary>
    /// <param name="set">What there is to choose from.</param>
    /// <param name="incumbent">The kind that answers now.</param>
    internal static ChampionChoice Of(CandidateSet set, string incumbent)
    {
        var (labels, clusters) = (set.Labels, set.Clusters);
        var trackRecord = set.Of(LinearScorer.TrackRecord.Kind);
        var losses = set.All.ToDictionary(c => c.Kind, c => labels.Length == 0 ? 0 : c.OutOfTime.Select((p, i) => Losses.Log(p, labels[i])).Average());
        var best = set.All.Where(c => c.Known is not null).MinBy(c => losses[c.Kind])!; // an ensemble that a part beats is not the least
        var holder = set.All.FirstOrDefault(c => c.Kind == incumbent) ?? trackRecord;
        if (labels.Length == 0)
            return new(trackRecord.Kind, "no outcome could be scored out of time, so the track record answers", []);

        if (best.Kind != holder.Kind && Compare(best, holder) is { LogLoss.High: < 0 } better && Beats(best) is { } grounds)
            return new(best.Kind, $"the {best.Kind} has a lower log loss than the {holder.Kind} ({Words(better)})", [better, .. grounds]);
        if (holder.Known is not null && Beats(holder) is { } stays)
            return new(holder.Kind, $"the {holder.Kind} stays: nothing is better by a margin", stays);
        return new(trackRecord.Kind, "nothing that was trained is better than the track record and a constant by a margin", [Compare(best, trackRecord)]);

        PairedDifference Compare(Candidate first, Candidate second) =>
            PairedDifference.Of(first.Kind, first.OutOfTime, second.Kind, second.OutOfTime, labels, clusters, Seed);

        PairedDifference[]? Beats(Candidate candidate)
        {
            PairedDifference[] baselines = [Compare(candidate, trackRecord), Compare(candidate, set.Of(ConstantScorer.Name))];
            return baselines.All(b => b.LogLoss.High < 0) ? baselines : null;
        }
    }

    /// <summary>
    /// The same choice, told which model answers now. One of the same kind is renewed with what came since, unless on the fixes
    /// after its training the renewed kind was worse by a margin.
    /// </summary>
    internal ChampionChoice Renewing(ModelArtefact incumbent, CandidateSet set, OutcomeHistory history)
    {
        if (incumbent.Kind != Kind)
            return this;
        var newer = Enumerable.Range(0, set.Attempts.Count).Where(i => set.Attempts[i].Attempt.ProposedAt > incumbent.TrainedUntil).ToArray();
        if (newer.Length < LeastNewer)
            return this;
        var scorer = incumbent.ToScorer();
        var (row, scores) = (new double[scorer.Schema.Count], new double[newer.Length]);
        for (var k = 0; k < newer.Length; k++)
        {
            FeatureExtractor.ExtractBefore(history.Records, set.Attempts[newer[k]].Attempt, scorer.Schema, row);
            scores[k] = scorer.Judge(row).Probability;
        }
        var renewed = set.Of(Kind).OutOfTime;
        var difference = PairedDifference.Of("renewed", [.. newer.Select(i => renewed[i])], "serving", scores,
            [.. newer.Select(i => set.Labels[i])], [.. newer.Select(i => set.Clusters[i])], Seed);
        return difference.LogLoss.Low > 0
            ? this with { KeptModel = difference, Reason = $"the serving {Kind} stays: on what came since, one fitted anew was worse ({Words(difference)})" }
            : this with { Reason = $"the {Kind} is renewed with what came since" };
    }

    private static string Words(PairedDifference d) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{d.LogLoss.Value:0.0000} [{d.LogLoss.Low:0.0000}, {d.LogLoss.High:0.0000}] on {d.N} fixes, {d.Clusters} issues");
}
