namespace Witan.Intelligence.Models;

/// <summary>How much worse a scorer predicts when one feature tells it nothing.</summary>
/// <param name="Feature">The label of a level, whose rate and n count as one feature; the name in the schema otherwise.</param>
/// <param name="Mean">By how much the mean log loss rises, in nats, on average over the repeats; around 0 where the feature does not help.</param>
/// <param name="Deviation">The standard deviation over the repeats, at least 0: how much the dealing varies, not how much other rows would.</param>
/// <param name="Least">The smallest rise.</param>
/// <param name="Most">The largest.</param>
/// <param name="Repeats">How often the feature was permuted.</param>
public sealed record Importance(string Feature, double Mean, double Deviation, double Least, double Most, int Repeats);
