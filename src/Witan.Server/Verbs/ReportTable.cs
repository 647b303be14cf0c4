using System.Globalization;
using Witan.Intelligence.Models;

namespace Witan.Server.Verbs;

/// <summary>Evaluation reports as a table that fits a terminal of 120 columns.</summary>
internal static class ReportTable
{
    private static readonly (string Title, Func<ScorerReport, Estimate> Figure)[] Columns =
    [
        ("AUC", r => r.Auc), ("Brier", r => r.Brier), ("log loss", r => r.LogLoss), ("ECE", r => r.Ece),
        ("@10 %", r => r.SuccessAt10), ("@25 %", r => r.SuccessAt25), ("@50 %", r => r.SuccessAt50),
    ];

    public static void Print(IReadOnlyList<ScorerReport> reports, TextWriter output)
    {
        output.WriteLine($"n = {reports[0].N} fixes on {reports[0].Clusters} issues, {Number(reports[0].BaseRate)} of them succeeded; below each figure its 95 % interval");
        output.WriteLine($"{"scorer",-13}" + string.Concat(Columns.Select(c => $"{c.Title,14}")));
        foreach (var report in reports)
        {
            output.WriteLine($"{report.Scorer,-13}" + string.Concat(Columns.Select(c => $"{Number(c.Figure(report).Value),14}")));
            output.WriteLine(new string(' ', 13) + string.Concat(Columns.Select(c => $"{Interval(c.Figure(report)),14}")));
        }
        output.WriteLine("AUC: how often a success outranks a failure; Brier, log loss, ECE: smaller is better;");
        output.WriteLine("@10 %: success rate among the tenth that the scorer trusts most. None of these fixes was seen in training.");
        foreach (var report in reports)
            output.WriteLine($"{report.Scorer}: at {Number(report.Gate)} {Gate(report)}");
    }

    private static string Gate(ScorerReport r)
    {
        var c = r.Confusion;
        var applied = c.TruePositives + c.FalsePositives;
        return applied == 0
            ? "it would apply nothing by itself"
            : $"it would apply {applied} of {r.N} by itself, {Number(r.AutoAppliedSuccess.Value)} [{Interval(r.AutoAppliedSuccess)}] of them succeed"
                + $" (recall {Number(c.Recall)}, F1 {Number(c.F1)}; {c.TruePositives} true, {c.FalsePositives} false positives, {c.FalseNegatives} false, {c.TrueNegatives} true negatives)";
    }

    private static string Interval(Estimate estimate) => estimate.Low is null ? "" : $"{Number(estimate.Low)}–{Number(estimate.High)}";

    private static string Number(double? value) => value is null ? "-" : value.Value.ToString("0.000", CultureInfo.InvariantCulture);
}
