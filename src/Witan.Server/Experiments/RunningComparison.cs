using Witan.Intelligence.Experiments;
using Witan.Server.Models;

namespace Witan.Server.Experiments;

/// <summary>What an experiment has come to.</summary>
/// <param name="Verdict">Over the first outcome of each issue.</param>
/// <param name="All">Over all outcomes that both arms had scored.</param>
/// <param name="FirstScored">Outcomes that the first arm had scored.</param>
/// <param name="SecondScored">Outcomes that the second arm had scored.</param>
internal sealed record ExperimentFigures(Comparison Verdict, Comparison All, int FirstScored, int SecondScored);

/// <summary>
/// The comparison of two arms, held in memory and carried on with the outcomes that came since, in the order of the log. One
/// outcome of each issue counts for the verdict, the first that both arms had scored; a later rollback does not take it back.
/// </summary>
internal sealed class RunningComparison(ExperimentName name, ExperimentStore store)
{
    private const int Page = 5_000;

    // A score is stored moments after its fix. Until then its outcome waits, and those after it, so that none is missed or
    // counted out of turn; what is not there after this long was passed over and never comes.
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    private readonly PairedComparison _verdict = new();
    private readonly PairedComparison _all = new();
    private readonly HashSet<string> _issues = [];
    private int _firstScored;
    private int _secondScored;
    private long _after;

    /// <summary>Reads on, and tells where it stands. One at a time.</summary>
    public async Task<ExperimentFigures> ReadAsync(DateTimeOffset now, CancellationToken cancel)
    {
        while (true)
        {
            var outcomes = await store.OutcomesAsync(name, _after, Page, cancel);
            var taken = 0;
            while (taken < outcomes.Count && Take(outcomes[taken], now))
                taken++;
            if (taken < Page)
                return new(_verdict.Result, _all.Result, _firstScored, _secondScored);
        }
    }

    private bool Take(ScoredOutcome outcome, DateTimeOffset now)
    {
        var (first, second) = (ScoreOf(name.First, outcome, outcome.First), ScoreOf(name.Second, outcome, outcome.Second));
        if ((first is null || second is null) && outcome.RecordedAt > now - Grace && MayCome(name.First, first, outcome) && MayCome(name.Second, second, outcome))
            return false;
        _after = outcome.Seq;
        _firstScored += first is null ? 0 : 1;
        _secondScored += second is null ? 0 : 1;
        if (first is not { } p || second is not { } q || (outcome.First is null && outcome.Second is null))
            return true; // with one scorer behind both arms there is nothing to compare
        _all.Add(p, q, outcome.Success);
        if (outcome.Issue is null || _issues.Add(outcome.Issue))
            _verdict.Add(p, q, outcome.Success);
        return true;
    }

    // What an arm said: in shadow, or as the answer.
    private static double? ScoreOf(string arm, ScoredOutcome outcome, double? shadow) =>
        shadow ?? (Answered(arm, outcome) ? outcome.Confidence : null);

    private static bool Answered(string arm, ScoredOutcome outcome) => arm == Arms.Ml
        ? outcome.Arm is null or Arms.Ml && outcome.Scorer is not ServingScorers.Heuristic
        : outcome.Scorer == arm;

    // Whether a score is there or may still come. The champion's comes late only where a live experiment had another arm answer.
    private static bool MayCome(string arm, double? score, ScoredOutcome outcome) =>
        score is not null || (outcome.Confidence is not null && (arm != Arms.Ml || outcome.Arm is not null));
}

/// <summary>The comparisons that somebody has looked at.</summary>
internal sealed class Comparisons(ExperimentStore store, TimeProvider clock) : IDisposable
{
    private const int Most = 64;

    private readonly Dictionary<ExperimentName, RunningComparison> _running = [];
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>What an experiment has come to by now.</summary>
    public async Task<ExperimentFigures> ReadAsync(ExperimentName name, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            if (!_running.TryGetValue(name, out var running))
            {
                if (_running.Count == Most)
                    _running.Clear(); // they are read anew when somebody asks
                _running[name] = running = new(name, store);
            }
            return await running.ReadAsync(clock.GetUtcNow(), cancel);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
