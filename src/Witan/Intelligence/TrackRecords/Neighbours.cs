namespace Witan.Intelligence.TrackRecords;

/// <summary>What agents that so far agreed with one did on an issue.</summary>
/// <param name="Agreement">
/// The sum over the neighbours of (correlation with the agent) x (standardised surprise on the issue). Positive: those who
/// succeed and fail where it does did better here than was to be expected. In no unit; a trained weight turns it into logits.
/// </param>
/// <param name="Count">How many neighbours were compared.</param>
public readonly record struct Neighbourhood(double Agreement, int Count);

/// <summary>
/// Collaborative filtering by users (Resnick et al. 1994, GroupLens) on surprises instead of ratings: an outcome counts by how
/// far it lay from what agent and issue together promised, so that agreeing on the obvious says little. The correlation of
/// two agents over the issues that both tried is drawn to 0 by <see cref="Shrinkage"/>.
/// </summary>
internal static class Neighbours
{
    private const int MostAgents = 64;      // on the issue, the latest ones
    private const int MostOutcomes = 256;   // of the issue that are looked through for them
    private const int MostShared = 256;     // outcomes of the agent elsewhere, the latest ones
    private const int MostOnShared = 64;    // outcomes of others on each of those issues, the latest ones
    private const double Shrinkage = 3;     // in outcomes of even odds on both sides, times 4

    public static Neighbourhood AsOf(OutcomeTable table, int self, TrackRecord agent, TrackRecord issue, long moment)
    {
        var slots = new Slots(stackalloc int[Slots.Size], stackalloc int[Slots.Size]);
        Span<double> surprises = stackalloc double[MostAgents];
        Span<int> counts = stackalloc int[MostAgents];
        Collect(table, self, issue, moment, ref slots, surprises, counts);
        if (slots.Count == 0)
            return default;
        Span<double> covariances = stackalloc double[MostAgents];
        Span<double> scales = stackalloc double[MostAgents];
        covariances.Clear();
        scales.Clear();
        Compare(table, agent, issue, moment, slots, covariances, scales);
        var (agreement, compared) = (0.0, 0);
        for (var i = 0; i < slots.Count; i++)
        {
            if (scales[i] == 0)
                continue;
            agreement += covariances[i] / (scales[i] + Shrinkage) * surprises[i] / counts[i];
            compared++;
        }
        return new(agreement, compared);
    }

    // Who else tried the issue, and how surprising each one's outcomes there were on average.
    private static void Collect(OutcomeTable table, int self, TrackRecord issue, long moment, ref Slots slots, Span<double> surprises, Span<int> counts)
    {
        surprises.Clear();
        counts.Clear();
        var known = issue.KnownBy(moment);
        for (var i = known - 1; i >= Math.Max(0, known - MostOutcomes); i--)
        {
            var surprise = table.SurpriseAsOf(issue.OutcomeAt(i), moment);
            if (surprise.Agent == self)
                continue;
            var slot = slots.Find(surprise.Agent);
            if (slot < 0 && slots.Count < MostAgents)
                slot = slots.Add(surprise.Agent);
            if (slot < 0)
                continue;
            surprises[slot] += surprise.Residual / surprise.Deviation;
            counts[slot]++;
        }
    }

    // How the outcomes of the agent elsewhere went together with those of its neighbours on the same issues.
    private static void Compare(OutcomeTable table, TrackRecord agent, TrackRecord issue, long moment, in Slots slots, Span<double> covariances, Span<double> scales)
    {
        var known = agent.KnownBy(moment);
        for (var i = known - 1; i >= Math.Max(0, known - MostShared); i--)
        {
            var outcome = agent.OutcomeAt(i);
            if (table[outcome].Where?.Issue is not { } shared || shared == issue)
                continue;
            var own = table.SurpriseAsOf(outcome, moment);
            var others = shared.KnownBy(moment);
            for (var k = others - 1; k >= Math.Max(0, others - MostOnShared); k--)
            {
                var other = table.SurpriseAsOf(shared.OutcomeAt(k), moment);
                var slot = slots.Find(other.Agent);
                if (slot < 0)
                    continue;
                covariances[slot] += own.Residual * other.Residual;
                scales[slot] += own.Deviation * other.Deviation;
            }
        }
    }

    // A small open-addressing table from agents to places, on the stack.
    private ref struct Slots
    {
        public const int Size = 256;

        private readonly Span<int> _keys;
        private readonly Span<int> _places;

        public Slots(Span<int> keys, Span<int> places)
        {
            _keys = keys;
            _places = places;
            keys.Fill(-1);
        }

        public int Count { get; private set; }

        public readonly int Find(int agent)
        {
            for (var at = Home(agent); _keys[at] >= 0; at = (at + 1) % Size)
            {
                if (_keys[at] == agent)
                    return _places[at];
            }
            return -1;
        }

        public int Add(int agent)
        {
            var at = Home(agent);
            while (_keys[at] >= 0)
                at = (at + 1) % Size;
            (_keys[at], _places[at]) = (agent, Count);
            return Count++;
        }

        private static int Home(int agent) => (int)(((uint)agent * 2654435769u) >> 24);
    }
}
