using Witan.Intelligence.Features;
using Witan.Intelligence.TrackRecords;

namespace Witan.Intelligence.Models;

/// <summary>
/// What is watched for drift: what reporters send (sizes and attributes), and whether agent and issue are known. Rates are not:
/// they wander slowly from fix to fix, which the track records follow by themselves, and what it does to the score shows there.
/// </summary>
public static class DriftInputs
{
    /// <summary>The name of the score among the distributions of an artefact.</summary>
    public const string Score = "score";

    /// <summary>The inputs of a schema by name.</summary>
    /// <param name="schema">The schema.</param>
    public static IReadOnlyList<(string Name, Func<double[], double> Value)> Of(FeatureSchema schema) =>
    [
        ("agent.known", row => row[FeatureSchema.N(Level.Agent)] > 0 ? 1 : 0),
        ("issue.known", row => row[FeatureSchema.N(Level.Issue)] > 0 ? 1 : 0),
        .. Enumerable.Range(0, schema.Count)
            .Where(j => schema.Names[j].StartsWith("change.", StringComparison.Ordinal) || schema.Names[j].StartsWith("attribute.", StringComparison.Ordinal))
            .Select(j => (schema.Names[j], (Func<double[], double>)(row => row[j]))),
    ];
}
