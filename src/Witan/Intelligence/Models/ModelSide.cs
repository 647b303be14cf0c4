using Witan.Intelligence.Features;

namespace Witan.Intelligence.Models;

/// <summary>One half of a trained model: what answers where outcomes on the issue are known, or where none is.</summary>
/// <param name="Parts">What is blended.</param>
/// <param name="Calibration">What is done to the blend.</param>
public sealed record ModelSide(IReadOnlyList<ModelPart> Parts, PlattCalibration Calibration)
{
    private const double Rounding = 1e-6;

    internal IScorer ToScorer(string kind, FeatureSchema schema) =>
        new BlendScorer(kind, [.. Parts.Select(part => part.ToScorer(schema))], [.. Parts.Select(part => part.Weight)], Calibration);

    /// <summary>Why it cannot be used with a schema, in one sentence, or null.</summary>
    internal string? Fault(FeatureSchema schema)
    {
        if (Parts.Count == 0 || Parts.Any(part => part is null))
            return "The model has a side without parts.";
        if (Parts.Any(part => !(part.Weight >= 0)) || Math.Abs(Parts.Sum(part => part.Weight) - 1) > Rounding)
            return "The weights of the model's parts are not a blend.";
        return double.IsFinite(Calibration.Slope) && double.IsFinite(Calibration.Intercept)
            ? Parts.Select(part => part.Fault(schema)).FirstOrDefault(fault => fault is not null)
            : "The model's calibration is not a number.";
    }
}

/// <summary>One part of a blend: a logistic regression or trees.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Weight">Its weight in the blend, 0 to 1.</param>
/// <param name="Linear">The numbers of a logistic regression; null for trees.</param>
/// <param name="Trees">The trees; null for a logistic regression.</param>
/// <param name="GivesLogit">True when the trees add up to a logit, false when to a probability.</param>
public sealed record ModelPart(string Kind, double Weight, LinearTerms? Linear, TreeTable? Trees, bool GivesLogit)
{
    internal static ModelPart Of(IScorer scorer, double weight) => scorer switch
    {
        LinearScorer linear => new(linear.Kind, weight, linear.Terms, null, true),
        TreeScorer trees => new(trees.Kind, weight, null, trees.Table, trees.GivesLogit),
        _ => throw new ArgumentException($"A {scorer.Kind} is no part of a model.", nameof(scorer)),
    };

    internal IScorer ToScorer(FeatureSchema schema) =>
        Linear is not null ? new LinearScorer(Kind, schema, Linear) : new TreeScorer(Kind, schema, Trees!, GivesLogit);

    internal string? Fault(FeatureSchema schema)
    {
        if ((Linear is null) == (Trees is null))
            return $"The model's part {Kind} is neither a regression nor trees.";
        return Linear is null ? Trees!.Fault(TreeInputs.Count(schema)) : Linear.Fault(schema.Count);
    }
}
