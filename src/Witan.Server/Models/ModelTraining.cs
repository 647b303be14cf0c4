using Witan.Client;
using Witan.Fixes;
using Witan.Intelligence.Training;
using Witan.Server.Storage;
using Witan.Server.TrackRecords;

namespace Witan.Server.Models;

/// <summary>What came of a training: the model it registered, or why there is none.</summary>
internal sealed record TrainedModel(TrainingResult Result, string? Version, bool Promoted)
{
    public string Message => this switch
    {
        { Result.Refusal: { } refusal } => refusal,
        { Promoted: true } => $"{Version} was trained and is the champion now.",
        _ => $"{Version} was trained and kept as a candidate: on the fixes held out its log loss was not below that of the track record alone, or of a constant.",
    };
}

/// <summary>Trains scorers from the log and registers them; one at a time, beside the serving and never in its way.</summary>
internal sealed partial class ModelTraining : IAsyncDisposable
{
    private readonly OutcomeLog _log;
    private readonly ModelRegistry _registry;
    private readonly WriteQueue _writes;
    private readonly Policy _policy;
    private readonly TimeProvider _clock;
    private readonly ILogger<ModelTraining> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly WriteOperation<NewModel, string> _add;
    private readonly WriteOperation<(Guid, string, string, string?), bool> _finish;
    private readonly Lock _gate = new();
    private Running? _running;

    public ModelTraining(OutcomeLog log, ModelRegistry registry, WriteQueue writes, Policy policy, TimeProvider clock, ILogger<ModelTraining> logger)
    {
        (_log, _registry, _writes, _policy, _clock, _logger) = (log, registry, writes, policy, clock, logger);
        Start = OneByOne.Of<string, (Guid, DateTimeOffset?)>(StartAsync);
        _add = OneByOne.Of<NewModel, string>(AddAsync);
        _finish = OneByOne.Of<(Guid Id, string Status, string Message, string? Version), bool>(async (session, end) =>
        {
            await ModelStore.FinishTrainingAsync(session, end.Id, end.Status, end.Message, end.Version, _clock.GetUtcNow());
            return true;
        });
    }

    /// <summary>Begins a training for a reason. The answer is its id and start, or only the id of the one that is running already.</summary>
    public WriteOperation<string, (Guid Id, DateTimeOffset? StartedAt)> Start { get; }

    /// <summary>How far a running training is, or null when it is not running here.</summary>
    public TrainingProgress? ProgressOf(Guid id) => _running is { } running && running.Id == id ? running.Progress : null;

    /// <summary>Trains now and registers the result.</summary>
    public async Task<TrainedModel> TrainAsync(EvaluationPlan? plan, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        progress?.Report(new("reading outcomes", 0));
        var history = new OutcomeHistory(await _log.ReadAllAsync(cancel));
        var result = Trainer.Train(history, plan, _policy.AutoApply, progress, cancel);
        if (result.Artefact is not { } artefact)
            return new(result, null, false);
        var model = new NewModel(artefact.Kind, artefact.Outcomes, artefact.SchemaHash, artefact.Features, artefact.DataHash,
            result.ReportsJson(), artefact.ToJson(), result.BeatsBaselines);
        var version = await _writes.RunAsync(_add, model);
        await _registry.RefreshAsync(cancel);
        return new(result, version, model.Promote);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_running is { } running && running.Occupies(null))
            await running.Work;
        _stopping.Dispose();
    }

    private async Task<string> AddAsync(WriteSession session, NewModel model)
    {
        var version = await ModelStore.AddAsync(session, model, _clock.GetUtcNow());
        if (model.Promote)
            await ModelStore.PromoteAsync(session, version);
        return version;
    }

    private async Task<(Guid, DateTimeOffset?)> StartAsync(WriteSession session, string reason)
    {
        var now = WitanTime.ToMicroseconds(_clock.GetUtcNow());
        Running running;
        lock (_gate)
        {
            if (_running is { } current && current.Occupies(session))
                return (current.Id, null);
            _running = running = new(Guid.CreateVersion7(now), session);
        }
        await ModelStore.StartTrainingAsync(session, running.Id, reason, now);
        session.AfterCommit(() => running.Begin(() => RunAsync(running)));
        return (running.Id, now);
    }

    private async Task RunAsync(Running running)
    {
        var (status, message, version) = ("failed", "Training failed; the server's log says why.", (string?)null);
        try
        {
            var trained = await TrainAsync(null, running, _stopping.Token);
            (status, message, version) = (trained.Version is null ? "refused" : "succeeded", trained.Message, trained.Version);
        }
        catch (OperationCanceledException)
        {
            message = "The server stopped before it was done.";
        }
        catch (Exception e)
        {
            LogFailed(_logger, running.Id, e);
        }
        try
        {
            await _writes.RunAsync(_finish, (running.Id, status, message, version));
        }
        catch (StorageFault e)
        {
            LogFailed(_logger, running.Id, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Training {Id} failed")]
    private static partial void LogFailed(ILogger logger, Guid id, Exception exception);

    private sealed class Running(Guid id, WriteSession beginning) : IProgress<TrainingProgress>
    {
        private volatile bool _begun;
        private readonly TaskCompletionSource _work = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Guid Id => id;

        public Task Work => _work.Task;

        public TrainingProgress Progress { get; private set; } = new("waiting", 0);

        public void Report(TrainingProgress value) => Progress = value;

        /// <summary>True while it works, or is about to when the given transaction commits. One whose transaction failed occupies nothing.</summary>
        public bool Occupies(WriteSession? session) => _begun ? !Work.IsCompleted : session == beginning;

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
                    _work.SetResult();
                }
            });
        }
    }
}
