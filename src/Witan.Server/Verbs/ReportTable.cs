using System.Globalization;
using Witan.Intelligence.Models;
using Witan.Intelligence.Training;

namespace Witan.Server.Verbs;

/// <summary>Evaluation reports as a table that fits a terminal of 120 columns.</summary>
internal static class ReportTable
{
    private static readonly (string Title, Func<ScorerReport, Estimate> Figure)[] Columns =
    [
        ("AUC", r => r.Auc), ("Brier", r => r.Brier), ("log loss", r => r.LogLoss), ("ECE", r => r.Ece),
        ("@10 %", r => r.SuccessAt10), ("@25 %", r => r.SuccessAt25), ("@50 %", r => r.SuccessAt50),
    ];

    /// <summary>An evaluation, with known and new issues apart.</summary>
    public static void Print(EvaluationSummary summary, TextWriter output)
    {
        Print(summary.Reports, output);
        output.WriteLine();
        foreach (var (where, reports, intervals) in new[] { ("issues that somebody had tried", summary.KnownIssues, summary.IntervalsKnown), ("issues that nobody had tried", summary.UnknownIssues, summary.IntervalsUnknown) })
        {
            if (reports.Count == 0)
            {
                output.WriteLine($"On {where}: no fix.");
                continue;
            }
            output.WriteLine($"On {where} (n = {reports[0].N}, {Number(reports[0].BaseRate)} succeeded):");
            foreach (var report in reports)
                output.WriteLine($"  {report.Scorer,-13}AUC {Number(report.Auc.Value)}  Brier {Number(report.Brier.Value)}  log loss {Number(report.LogLoss.Value)} [{Interval(report.LogLoss)}]  ECE {Number(report.Ece.Value)}");
            output.WriteLine($"  90 % intervals of the champion: the realised rate lies inside in {intervals!.Inside} of {IntervalReport.Groups} groups by probability; mean width {Number(intervals.MeanWidth)}");
        }
        output.WriteLine();
        Print(summary.Choices, output);
        Print(summary.Budget, output);
        foreach (var difference in summary.Against)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{difference.First,-13} minus {difference.Second}, log loss: {difference.LogLoss.Value:+0.0000;-0.0000} [{difference.LogLoss.Low:+0.0000;-0.0000}, {difference.LogLoss.High:+0.0000;-0.0000}] on {difference.N} shared fixes ({difference.LogLossFirst:0.0000} against {difference.LogLossSecond:0.0000})"));
        }
    }

    private static void Print(IReadOnlyList<ChampionChoice> choices, TextWriter output)
    {
        output.WriteLine(choices.Count == 1
            ? $"The champion is the {choices[0].Kind}: {choices[0].Reason}."
            : $"The champion over {choices.Count} fits: {string.Join(", ", choices.GroupBy(c => c.Kind).Select(g => $"{g.Key} {g.Count()} times"))}. At the last one {choices[^1].Reason}.");
    }

    private static void Print(BudgetReport budget, TextWriter output)
    {
        var share = budget.Budget.ToString("P0", CultureInfo.InvariantCulture);
        output.WriteLine(budget.Applied == 0
            ? $"A gate that lets at most {share} of what is applied fail: nothing could be promised on what came before, so it would apply nothing."
            : string.Create(CultureInfo.InvariantCulture,
                $"A gate that lets at most {share} of what is applied fail, chosen on what came before ({budget.LastGate:0.00}): it would apply {budget.Applied} of {budget.N} ({(double)budget.Applied / budget.N:P1}), and {budget.FailureRate.Value:P1} [{budget.FailureRate.Low:P1}, {budget.FailureRate.High:P1}] of them failed."));
    }

    public static void Print(IReadOnlyList<ScorerReport> reports, TextWriter output)
    {
        output.WriteLine($"n = {reports[0].N} fixes on {reports[0].Clusters} issues (or repositories, where no issue is told), {Number(reports[0].BaseRate)} of them succeeded; below each figure its 95 % interval");
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
