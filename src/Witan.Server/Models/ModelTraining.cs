using Witan.Client;
using Witan.Fixes;
using Witan.Intelligence.Training;
using Witan.Server.Storage;
using Witan.Server.TrackRecords;

namespace Witan.Server.Models;

/// <summary>What came of a training: the model it registered, or why there is none.</summary>
/// <param name="Result">What the trainer says.</param>
/// <param name="Version">The model that was registered first; null after a refusal.</param>
/// <param name="Promoted">What answers from now on; null when that is what answered before.</param>
internal sealed record TrainedModel(TrainingResult Result, string? Version, string? Promoted)
{
    public string Message => this switch
    {
        { Result.Refusal: { } refusal } => refusal,
        { Promoted: ServingScorers.TrackRecord } => $"{Version} was trained and scores in shadow, and the {Promoted} answers from now on: {Result.Choice!.Reason}.",
        { Promoted: not null } => $"{Version} was trained and is the champion now: {Result.Choice!.Reason}.",
        _ => $"{Version} was trained and scores in shadow: {Result.Choice!.Reason}.",
    };
}

/// <summary>Trains scorers from the log and registers them; one at a time, beside the serving and never in its way.</summary>
internal sealed partial class ModelTraining : IAsyncDisposable
{
    private const int TriesForLock = 40;
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(25);

    private readonly Database _database;
    private readonly OutcomeLog _log;
    private readonly ModelRegistry _registry;
    private readonly WriteQueue _writes;
    private readonly Policy _policy;
    private readonly TimeProvider _clock;
    private readonly ILogger<ModelTraining> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly WriteOperation<(IReadOnlyList<NewModel> Models, Promotion Promotion), string> _add;
    private readonly WriteOperation<(Guid, string, string, string?), bool> _finish;
    private readonly Lock _gate = new();
    private Running? _running;

    public ModelTraining(Database database, OutcomeLog log, ModelRegistry registry, WriteQueue writes, Policy policy, TimeProvider clock, ILogger<ModelTraining> logger)
    {
        (_database, _log, _registry, _writes, _policy, _clock, _logger) = (database, log, registry, writes, policy, clock, logger);
        Start = OneByOne.Of<string, (Guid, DateTimeOffset?)>(StartAsync);
        _add = OneByOne.Of<(IReadOnlyList<NewModel> Models, Promotion Promotion), string>(AddAsync);
        _finish = OneByOne.Of<(Guid Id, string Status, string Message, string? Version), bool>(async (session, end) =>
        {
            await ModelStore.FinishTrainingAsync(session, end.Id, end.Status, end.Message, end.Version, _clock.GetUtcNow());
            session.AfterCommit(() => _running?.IsOver(end.Id));
            return true;
        });
    }

    /// <summary>Begins a training for a reason. The answer is its id and start, or only the id of the one that is running already.</summary>
    public WriteOperation<string, (Guid Id, DateTimeOffset? StartedAt)> Start { get; }

    /// <summary>How far a running training is, or null when it is not running here.</summary>
    public TrainingProgress? ProgressOf(Guid id) => _running is { } running && running.Id == id ? running.Progress : null;

    /// <summary>True while a training runs here.</summary>
    public bool IsRunning => _running?.Occupies(null) == true;

    /// <summary>Stops a training that runs here.</summary>
    /// <returns>False when it does not.</returns>
    public bool Cancel(Guid id)
    {
        if (_running is not { } running || running.Id != id || !running.Occupies(null))
            return false;
        running.Cancel();
        return true;
    }

    /// <summary>Trains now and registers the result.</summary>
    /// <param name="kinds">The kinds of scorer to fit; null for all.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancel">Stops between steps; nothing is registered then.</param>
    public async Task<TrainedModel> TrainAsync(IReadOnlyList<string>? kinds, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        progress?.Report(new("reading outcomes", 0));
        var history = new OutcomeHistory(await _log.ReadAllAsync(cancel));
        var options = new TrainingOptions { Gate = _policy.AutoApply, IncumbentModel = _registry.Serving.Artefact };
        var result = Trainer.Train(history, kinds is null ? options : options with { Kinds = kinds }, progress, cancel);
        if (result.Artefacts.Count == 0)
            return new(result, null, null);
        // The one that should answer is registered first, or else the best of them.
        var first = result.Champion ?? result.Artefacts.MinBy(a => a.Metrics.LogLoss.Value)!;
        var reports = result.ReportsJson();
        var models = result.Artefacts.Where(a => a != first).Prepend(first).Select(a => new NewModel(
            a.Kind, a.Outcomes, a.SchemaHash, a.Features, a.DataHash, reports, a.ToJson())).ToList();
        cancel.ThrowIfCancellationRequested();
        var promotion = PromotionOf(result);
        var version = await _writes.RunAsync(_add, (models, promotion));
        await _registry.RefreshAsync(CancellationToken.None);
        return new(result, version, promotion switch { Promotion.First => version, Promotion.TrackRecord => ServingScorers.TrackRecord, _ => null });
    }

    // Where nothing that was trained is better than the track record, a model that answers gives way to it, as does one that cannot be used.
    private Promotion PromotionOf(TrainingResult result) => (result.Champion, _registry.Serving) switch
    {
        (not null, _) => Promotion.First,
        (null, { Artefact: not null } or { Fault: not null }) when result.Choice!.Kind == ServingScorers.TrackRecord => Promotion.TrackRecord,
        _ => Promotion.None,
    };

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_running is { } running && running.Occupies(null))
            await running.Work;
        _running?.Dispose();
        _stopping.Dispose();
    }

    private async Task<string> AddAsync(WriteSession session, (IReadOnlyList<NewModel> Models, Promotion Promotion) trained)
    {
        var versions = await ModelStore.AddAsync(session, trained.Models, _clock.GetUtcNow());
        if (trained.Promotion != Promotion.None)
            await ModelStore.PromoteAsync(session, trained.Promotion == Promotion.First ? versions[0] : ServingScorers.TrackRecord, _clock.GetUtcNow());
        return versions[0];
    }

    private async Task<(Guid, DateTimeOffset?)> StartAsync(WriteSession session, string reason)
    {
        var now = WitanTime.ToMicroseconds(_clock.GetUtcNow());
        Running running;
        lock (_gate)
        {
            if (_running is { } current && current.Occupies(session))
                return (current.Id, null);
            _running?.Dispose();
            _running = running = new(Guid.CreateVersion7(now), session);
        }
        IHeldLock? held;
        for (var tries = 1; (held = await _database.TryLockAsync(FleetLock.Training, CancellationToken.None)) is null; tries++)
        {
            var other = await ModelStore.RunningTrainingAsync(session);
            if (other is null && tries < TriesForLock)
            {
                await Task.Delay(LockPause); // one has just ended, or failed to begin, and its lock is about to go
                continue;
            }
            running.End();
            return (other ?? running.Id, null); // another node trains
        }
        running.Hold(held);
        await ModelStore.AbandonTrainingsAsync(session, now);
        await ModelStore.StartTrainingAsync(session, running.Id, reason, now);
        session.AfterCommit(() => running.Begin(() => RunAsync(running)));
        return (running.Id, now);
    }

    private async Task RunAsync(Running running)
    {
        var (status, message, version) = ("failed", "Training failed; the server's log says why.", (string?)null);
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, running.Cancelled);
            var trained = await TrainAsync(null, running, stop.Token);
            (status, message, version) = (trained.Version is null ? "refused" : "succeeded", trained.Message, trained.Version);
        }
        catch (OperationCanceledException)
        {
            (status, message) = running.Cancelled.IsCancellationRequested
                ? ("cancelled", "It was cancelled; nothing was registered.")
                : ("failed", "The server stopped before it was done.");
        }
        catch (Exception e)
        {
            LogFailed(_logger, running.Id, e);
        }
        LogEnded(_logger, running.Id, status, message);
        try
        {
            await _writes.RunAsync(_finish, (running.Id, status, message, version));
        }
        catch (StorageFault e)
        {
            LogFailed(_logger, running.Id, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Training {Id} {Status}: {Message}")]
    private static partial void LogEnded(ILogger logger, Guid id, string status, string message);

    [LoggerMessage(Level = LogLevel.Error, Message = "Training {Id} failed")]
    private static partial void LogFailed(ILogger logger, Guid id, Exception exception);

    private enum Promotion
    {
        None,
        First,
        TrackRecord,
    }

    private sealed class Running(Guid id, WriteSession beginning) : IProgress<TrainingProgress>, IDisposable
    {
        private volatile bool _begun;
        private volatile bool _over;
        private IHeldLock? _held;
        private readonly CancellationTokenSource _cancel = new();
        private readonly TaskCompletionSource _work = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Guid Id => id;

        public Task Work => _work.Task;

        public CancellationToken Cancelled => _cancel.Token;

        public void Cancel() => _cancel.Cancel();

        /// <summary>Keeps other nodes from training until the end.</summary>
        public void Hold(IHeldLock held) => _held = held;

        /// <summary>It will not begin.</summary>
        public void End()
        {
            _begun = true;
            _work.TrySetResult();
        }

        public void Dispose()
        {
            _cancel.Dispose();
            _ = _held?.DisposeAsync().AsTask();
        }

        public TrainingProgress Progress { get; private set; } = new("waiting", 0);

        public void Report(TrainingProgress value) => Progress = value;

        /// <summary>True while it works, or is about to when the given transaction commits. One whose transaction failed occupies nothing.</summary>
        public bool Occupies(WriteSession? session) => _begun ? !_over && !Work.IsCompleted : session == beginning;

        /// <summary>Its end is stored: the next one may begin.</summary>
        public void IsOver(Guid which) => _over |= which == id;

        public void Begin(Func<Task> work)
        {
            _begun = true;
            _ = Task.Run(async () =>
            {
                try
                {
                    await work();
                }
                finally
                {
                    if (_held is not null)
                        await _held.DisposeAsync();
                    _work.SetResult();
                }
            });
        }
    }
}
