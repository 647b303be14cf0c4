namespace Witan.Intelligence.Training;

/// <summary>Rows as ML.NET takes them: floats, without the columns that may not be used or are the same everywhere.</summary>
internal sealed class TreeSample
{
    private TreeSample(int[] columns, TreeRow[] rows) => (Columns, Rows) = (columns, rows);

    /// <summary>The feature that each column holds.</summary>
    public int[] Columns { get; }

    public TreeRow[] Rows { get; }

    /// <summary>The share of successes.</summary>
    public double BaseRate => Rows.Average(row => row.Outcome);

    /// <summary>The log-odds of a success, drawn by one outcome of each kind away from infinity.</summary>
    public double BaseLogOdds => Math.Log((Rows.Count(row => row.Success) + 1.0) / (Rows.Count(row => !row.Success) + 1.0));

    public static TreeSample Of(IReadOnlyList<double[]> rows, IReadOnlyList<bool> labels, IReadOnlyList<bool>? usable)
    {
        ArgumentOutOfRangeException.ThrowIfZero(rows.Count, nameof(rows));
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Count, rows.Count, nameof(labels));
        ArgumentOutOfRangeException.ThrowIfNotEqual(usable?.Count ?? rows[0].Length, rows[0].Length, nameof(usable));
        if (rows.Any(row => row.Length != rows[0].Length || !row.All(x => float.IsFinite((float)x))))
            throw new ArgumentException("Rows need one finite number for each feature.", nameof(rows));
        int[] columns = [.. Enumerable.Range(0, rows[0].Length).Where(j => usable?[j] != false && rows.Any(row => (float)row[j] != (float)rows[0][j]))];
        return new(columns, [.. rows.Select((row, i) => new TreeRow
        {
            Features = [.. columns.Select(j => (float)row[j])],
            Success = labels[i],
            Outcome = labels[i] ? 1 : 0,
        })]);
    }
}

/// <summary>One row as ML.NET reads it; the label is there for either kind of training.</summary>
internal sealed class TreeRow
{
    public float[] Features { get; set; } = [];

    public bool Success { get; set; }

    public float Outcome { get; set; }
}
