using Witan.Intelligence.Models;
using Witan.Intelligence.Training;
using Witan.Tests.Intelligence.Models;

namespace Witan.Tests.Intelligence.Training;

/// <summary>Evaluations of the kinds that are fitted in no time.</summary>
internal static class Evaluated
{
    public const double Budget = 0.05;

    public static EvaluationRun Run(OutcomeHistory history, EvaluationPlan plan, double gate = 0.85) =>
        Evaluation.Run(history, plan, TrainedModel.Quick with { Gate = gate }, Budget, null, TestContext.Current.CancellationToken);

    public static IReadOnlyList<ScorerReport> Reports(OutcomeHistory history, EvaluationPlan plan, double gate = 0.85) =>
        Run(history, plan, gate).Reports(null, null, TestContext.Current.CancellationToken);

    /// <summary>One cut, after four fifths of the proposals.</summary>
    public static EvaluationPlan LastFifth(OutcomeHistory history) => new(null, [history.Attempts[history.Attempts.Count * 4 / 5].Attempt.ProposedAt]);
}
