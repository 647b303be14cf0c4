using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;

namespace Witan.Intelligence.Training;

/// <summary>
/// Deals the values of a feature out to other fixes, and sees how the log loss rises (Breiman 2001, "Random forests",
/// section 10; Fisher, Rudin and Dominici 2019, "All models are wrong, but many are useful").
/// </summary>
/// <remarks>
/// It tells what the scorer leans on, not what causes success. Features that say much the same (an issue's rate, and its
/// rate lately) share their importance or hide each other's, and permuting one makes fixes that could not be. On rows that
/// the scorer was fitted on it also counts what was learnt by heart; rows that it had not seen are better.
/// </remarks>
public static class PermutationImportance
{
    /// <summary>How often each feature is permuted unless somebody says otherwise.</summary>
    public const int DefaultRepeats = 10;

    /// <summary>The importance of every feature of a scorer.</summary>
    /// <param name="scorer">The scorer.</param>
    /// <param name="rows">Vectors of its schema, at least one; they are only read.</param>
    /// <param name="labels">Whether each fix succeeded, as many.</param>
    /// <param name="repeats">How often each feature is permuted, at least once.</param>
    /// <param name="seed">The same seed deals the same. Every feature is dealt by the same permutations.</param>
    /// <param name="progress">Told of each feature.</param>
    /// <param name="cancel">Stops between repeats.</param>
    /// <returns>
    /// Those that change the loss most first, by name where equal. A feature that the scorer does not use has exactly 0; one that
    /// is the same for all fixes is left out, since there is nothing to permute.
    /// </returns>
    /// <exception cref="ArgumentException">There are no rows, or not as many labels, or rows are not of the schema.</exception>
    public static IReadOnlyList<Importance> Of(
        IScorer scorer, IReadOnlyList<double[]> rows, IReadOnlyList<bool> labels, int repeats, int seed,
        IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(repeats, 1);
        if (rows.Count == 0 || rows.Count != labels.Count || rows.Any(row => row.Length != scorer.Schema.Count))
            throw new ArgumentException($"There are {rows.Count} rows and {labels.Count} labels; as many of each are needed, one at least, and {scorer.Schema.Count} features in every row.", nameof(rows));
        var random = new Random(seed);
        var dealt = Enumerable.Range(0, repeats).Select(_ => Permutation(rows.Count, random)).ToList();
        var before = LossOf(scorer, rows, labels, [], dealt[0]);
        var groups = GroupsOf(scorer.Schema).Where(group => rows.Any(row => group.Columns.Any(column => row[column] != rows[0][column]))).ToList();
        var importances = new List<Importance>(groups.Count);
        foreach (var (name, columns) in groups)
        {
            progress?.Report(new($"importance of features: {name}", (double)importances.Count / groups.Count));
            var rises = new double[repeats];
            for (var i = 0; i < repeats; i++)
            {
                cancel.ThrowIfCancellationRequested();
                rises[i] = LossOf(scorer, rows, labels, columns, dealt[i]) - before;
            }
            importances.Add(new(name, rises.Average(), Deviation(rises), rises.Min(), rises.Max(), repeats));
        }
        return [.. importances.OrderByDescending(one => Math.Abs(one.Mean)).ThenBy(one => one.Feature, StringComparer.Ordinal)];
    }

    private static List<(string Name, int[] Columns)> GroupsOf(FeatureSchema schema) =>
    [
        .. Levels.All.Take(schema.LevelCount).Select(rule => (rule.Label, new[] { FeatureSchema.Lift(rule.Level), FeatureSchema.N(rule.Level) })),
        .. Enumerable.Range(2 * schema.LevelCount, schema.Count - (2 * schema.LevelCount)).Select(i => (schema.Names[i], new[] { i })),
    ];

    // The rows are summed in the same order every time, so that what the scorer does not look at changes nothing, not even a last digit.
    private static double LossOf(IScorer scorer, IReadOnlyList<double[]> rows, IReadOnlyList<bool> labels, int[] columns, int[] dealt)
    {
        var (features, sum) = (new double[scorer.Schema.Count], 0.0);
        for (var i = 0; i < rows.Count; i++)
        {
            rows[i].CopyTo(features, 0);
            foreach (var column in columns)
                features[column] = rows[dealt[i]][column];
            sum += Losses.Log(LogOdds.ToProbability(scorer.Estimate(features).Logit), labels[i]);
        }
        return sum / rows.Count;
    }

    private static int[] Permutation(int count, Random random)
    {
        var order = Enumerable.Range(0, count).ToArray();
        random.Shuffle(order);
        return order;
    }

    private static double Deviation(double[] values)
    {
        if (values.Length == 1)
            return 0;
        var mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
    }
}
