using Witan.Intelligence.Features;

namespace Witan.Intelligence.Training;

/// <summary>The rows that scorers are fitted on: features as of each proposal, and what was known of its outcome by the cut.</summary>
public sealed class TrainingSample
{
    private const double LeastShare = 0.05; // of the rows must carry an attribute for it to become a feature
    private const int MostAttributes = 32;

    private TrainingSample(OutcomeHistory history, List<ResolvedAttempt> attempts, DateTimeOffset cut)
    {
        (Attempts, Cut) = (attempts, cut);
        Schema = FeatureSchema.With(ChooseAttributes(attempts));
        Labels = [.. attempts.Select(a => a.SucceededAsOf(cut))];
        Rows = [.. attempts.Select(a =>
        {
            var row = new double[Schema.Count];
            FeatureExtractor.ExtractBefore(history.Records, a.Attempt, Schema, row);
            return row;
        })];
    }

    private TrainingSample(FeatureSchema schema, IReadOnlyList<ResolvedAttempt> attempts, IReadOnlyList<double[]> rows, DateTimeOffset cut)
    {
        (Schema, Attempts, Rows, Cut) = (schema, attempts, rows, cut);
        Labels = [.. attempts.Select(a => a.SucceededAsOf(cut))];
    }

    /// <summary>The features, with the attributes that these rows carry.</summary>
    public FeatureSchema Schema { get; }

    /// <summary>The fixes, in the order of their proposals.</summary>
    public IReadOnlyList<ResolvedAttempt> Attempts { get; }

    /// <summary>One vector for each fix.</summary>
    public IReadOnlyList<double[]> Rows { get; }

    /// <summary>Whether each had succeeded, as known at the cut.</summary>
    public IReadOnlyList<bool> Labels { get; }

    /// <summary>The moment up to which outcomes were known.</summary>
    public DateTimeOffset Cut { get; }

    /// <summary>The share of successes, drawn by one outcome of each kind away from 0 and 1.</summary>
    public double BaseRate => (Labels.Count(y => y) + 1.0) / (Labels.Count + 2.0);

    /// <summary>The fixes proposed from a moment on (null: all) whose outcome was known by the cut.</summary>
    public static TrainingSample Known(OutcomeHistory history, DateTimeOffset? from, DateTimeOffset cut) =>
        new(history, [.. history.Attempts.Where(a => a.CompletedAt <= cut && a.Attempt.ProposedAt < cut && (from is null || a.Attempt.ProposedAt >= from))], cut);

    /// <summary>Those of these fixes that were known by an earlier cut, with what was known of them then.</summary>
    internal TrainingSample KnownBy(DateTimeOffset cut)
    {
        var known = Enumerable.Range(0, Rows.Count).Where(i => Attempts[i].CompletedAt <= cut && Attempts[i].Attempt.ProposedAt < cut).ToList();
        return new(Schema, [.. known.Select(i => Attempts[i])], [.. known.Select(i => Rows[i])], cut);
    }

    /// <summary>Those of these fixes whose issue somebody had tried before.</summary>
    internal TrainingSample OnKnownIssues()
    {
        var known = Enumerable.Range(0, Rows.Count).Where(i => FeatureSchema.KnowsIssue(Rows[i])).ToList();
        return new(Schema, [.. known.Select(i => Attempts[i])], [.. known.Select(i => Rows[i])], Cut);
    }

    /// <summary>The same fixes as if nobody had tried their issues.</summary>
    internal TrainingSample WithoutIssues() => new(Schema, Attempts, [.. Rows.Select(Withheld)], Cut);

    /// <summary>A vector as if nobody had tried the issue.</summary>
    internal static double[] Withheld(double[] row)
    {
        double[] copy = [.. row];
        FeatureSchema.WithholdIssue(copy);
        return copy;
    }

    // The commonest attributes that are not the same everywhere; by name where equally common.
    private static List<AttributeFeature> ChooseAttributes(List<ResolvedAttempt> attempts) =>
    [
        .. attempts.SelectMany(a => a.Attempt.Attributes)
            .GroupBy(attribute => attribute.Key, attribute => FeatureExtractor.Squash(attribute.Value))
            .Where(values => values.Count() >= LeastShare * attempts.Count && values.Min() < values.Max())
            .OrderByDescending(values => values.Count())
            .ThenBy(values => values.Key, StringComparer.Ordinal)
            .Take(MostAttributes)
            .Select(values => new AttributeFeature(values.Key, values.Average())),
    ];
}
