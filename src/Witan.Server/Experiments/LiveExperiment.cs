using Witan.Client;
using Witan.Fixes;
using Witan.Server.Fixes;
using Witan.Server.Models;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;

namespace Witan.Server.Experiments;

/// <summary>How an experiment runs now, or why it was not changed.</summary>
internal sealed record ExperimentChanged(ExperimentRow? Row, ApiProblem? Problem);

/// <summary>The experiment that is live, in memory: a proposal costs no query. Changed by the writer alone.</summary>
internal sealed class LiveExperiment
{
    private const double DefaultShare = 0.5;

    private readonly ModelRegistry _models;
    private readonly TimeProvider _clock;
    private volatile Running? _live;

    public LiveExperiment(ModelRegistry models, TimeProvider clock)
    {
        (_models, _clock) = (models, clock);
        Change = OneByOne.Of<(ExperimentName Name, ExperimentChange Change), ExperimentChanged>((session, wanted) => wanted.Change.Mode == ExperimentMode.Live
            ? StartAsync(session, wanted.Name, wanted.Change.Share ?? DefaultShare)
            : StopAsync(session, wanted.Name));
    }

    /// <summary>Sets how an experiment runs.</summary>
    public WriteOperation<(ExperimentName Name, ExperimentChange Change), ExperimentChanged> Change { get; }

    /// <summary>Reads anew what is live.</summary>
    public async Task CatchUpAsync(WriteSession session) => _live = Running.Of(await ExperimentStore.FindLiveAsync(session));

    /// <summary>The arm that answers an attempt; null when no experiment is live, or its arms cannot both answer.</summary>
    public Assignment? Assign(Attempt attempt, Guid? id, ServingScorers serving, int fleetOutcomes)
    {
        if (_live is not { } live || serving.For(fleetOutcomes).Version != serving.Version)
            return null; // with so few outcomes every arm but the heuristic would be a guess
        if (Arms.Find(live.Name.First, serving) is not { } first || Arms.Find(live.Name.Second, serving) is not { } second || first.Version == second.Version)
            return null;
        var (name, text) = (live.Name, live.Name.ToString());
        return (attempt.Issue ?? id?.ToString()) is { } key && name.DrawsSecond(key, live.Share)
            ? new(text, name.Second, live.Share, second, name.First, first.Scorer)
            : new(text, name.First, 1 - live.Share, first, name.Second, second.Scorer);
    }

    private async Task<ExperimentChanged> StartAsync(WriteSession session, ExperimentName name, double share)
    {
        if (Arms.Unusable(name, _models.Serving) is { } arm)
            return Refuse("arm_unusable", $"{arm} cannot answer beside the other arm now: it is the same scorer, neither champion nor challenger, or made for other features than the champion.");
        if (await ExperimentStore.FindLiveAsync(session) is { } live && live.Name != name.ToString())
            return Refuse("experiment_running", $"{live.Name} is live, and a fix is answered in one experiment at a time. Set its mode to shadow first.");
        var stored = await ExperimentStore.FindAsync(session, name.ToString());
        return stored?.Share == share ? new(stored, null) : await PutAsync(session, name, ExperimentMode.Live, share);
    }

    private async Task<ExperimentChanged> StopAsync(WriteSession session, ExperimentName name)
    {
        var stored = await ExperimentStore.FindAsync(session, name.ToString());
        return stored is { IsLive: true } ? await PutAsync(session, name, ExperimentMode.Shadow, null) : new(stored, null);
    }

    private async Task<ExperimentChanged> PutAsync(WriteSession session, ExperimentName name, ExperimentMode mode, double? share)
    {
        var row = new ExperimentRow { Name = name.ToString(), Mode = Words.Of(mode), Share = share, ChangedAt = WitanTime.ToMicroseconds(_clock.GetUtcNow()) };
        await ExperimentStore.PutAsync(session, row);
        session.AfterCommit(() => _live = Running.Of(row));
        return new(row, null);
    }

    private static ExperimentChanged Refuse(string code, string detail) => new(null, new(409, code, detail));

    private sealed record Running(ExperimentName Name, double Share)
    {
        public static Running? Of(ExperimentRow? row) =>
            row is { IsLive: true } && ExperimentName.TryParse(row.Name) is { } name ? new(name, row.Share!.Value) : null;
    }
}
