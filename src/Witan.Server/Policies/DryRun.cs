using Witan.Agents;
using Witan.Client;
using Witan.Fixes;
using Witan.Server.Fixes;
using Witan.Server.Storage;

namespace Witan.Server.Policies;

/// <summary>
/// Decides history anew under another policy. The confidence of each fix is the one it got at the time, from its receipt, so
/// only fixes that were proposed can be decided; those that were reported after the fact have none.
/// </summary>
internal sealed class DryRun(FixStore fixes)
{
    public async Task<DryRunAnswer> RunAsync(Policy policy, DateTimeOffset? since, DateTimeOffset? until, CancellationToken cancel)
    {
        var tally = new Tally();
        await foreach (var (fix, receipt) in fixes.DecidedAsync(since, until, cancel))
        {
            var attempt = fix.ToAttempt();
            var attempts = attempt.Issue is not null && fix.Confidence >= policy.ThresholdsOf(attempt).AutoApply
                ? await fixes.CountRecentAsync(attempt, fix.Id, cancel)
                : 0;
            var verdict = policy.Decide(attempt, fix.Confidence, receipt.Comparable, attempts);
            var wasFull = receipt.Answer.Rule == policy.TooManyVotes.Rule; // how many votes were open then is known only by this
            tally.Add(fix, wasFull && verdict.Decision == Decision.Escalate ? Decision.Review : verdict.Decision);
        }
        return tally.Answer(await fixes.CountReportedAsync(since, until, cancel));
    }

    private sealed class Tally
    {
        private readonly Dictionary<Decision, (long Fixes, long Outcomes, long Successes)> _decisions = [];
        private long _unscored;
        private long _changed;

        public void Add(FixRow fix, Decision decision)
        {
            if (fix.Confidence is null)
            {
                _unscored++;
                return;
            }
            var (count, outcomes, successes) = _decisions.GetValueOrDefault(decision);
            _decisions[decision] = (count + 1, outcomes + (fix.Success is null ? 0 : 1), successes + (fix.Success == true ? 1 : 0));
            if (Words.Of(decision) != fix.Decision)
                _changed++;
        }

        public DryRunAnswer Answer(long reported)
        {
            var decisions = Enum.GetValues<Decision>().Select(ToAnswer).ToList();
            var judged = decisions.Sum(d => d.Fixes);
            List<DryRunGap> gaps =
            [
                new("reported after the fact, so it was never given a confidence", reported),
                new("no outcome was known in the whole fleet, so there was no confidence", _unscored),
                new("decided anew, but its outcome is not known, so it says nothing of success", decisions.Sum(d => d.Fixes - d.Outcomes)),
            ];
            return new(judged + reported + _unscored, judged, _changed, decisions, gaps);
        }

        private DryRunDecision ToAnswer(Decision decision)
        {
            var (count, outcomes, successes) = _decisions.GetValueOrDefault(decision);
            var posterior = new BetaPosterior(successes, outcomes);
            return outcomes == 0
                ? new((FixDecision)decision, count, 0, 0, null, null)
                : new((FixDecision)decision, count, outcomes, successes, posterior.Mean, [posterior.Interval.Low, posterior.Interval.High]);
        }
    }
}
