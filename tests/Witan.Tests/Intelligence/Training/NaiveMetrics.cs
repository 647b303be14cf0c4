namespace Witan.Tests.Intelligence.Training;

/// <summary>The figures of a report, each by its definition.</summary>
internal static class NaiveMetrics
{
    public static double Auc((double P, bool Y)[] judged) => (
        from success in judged
        where success.Y
        from failure in judged
        where !failure.Y
        select success.P > failure.P ? 1 : success.P < failure.P ? 0 : 0.5).Average();

    public static double Brier((double P, bool Y)[] judged) => judged.Average(j => Math.Pow(j.P - (j.Y ? 1 : 0), 2));

    public static double LogLoss((double P, bool Y)[] judged) => judged.Average(j => -Math.Log(j.Y ? j.P : 1 - j.P));

    public static double Ece((double P, bool Y)[] judged) => judged
        .GroupBy(j => Math.Min(14, Math.Floor(j.P * 15)))
        .Sum(bin => bin.Count() * Math.Abs(bin.Average(j => j.P) - bin.Average(j => j.Y ? 1 : 0))) / judged.Length;

    /// <summary>The success rate among the given share with the highest probability; equal ones count in part, alike.</summary>
    public static double SuccessAt((double P, bool Y)[] judged, double share)
    {
        var (left, successes) = (share * judged.Length, 0.0);
        foreach (var equal in judged.GroupBy(j => j.P).OrderByDescending(group => group.Key))
        {
            var taken = Math.Min(left, equal.Count());
            successes += taken * equal.Average(j => j.Y ? 1 : 0);
            left -= taken;
        }
        return successes / (share * judged.Length);
    }
}
