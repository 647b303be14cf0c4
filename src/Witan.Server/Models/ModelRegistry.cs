using Witan.Intelligence.Features;
using Witan.Intelligence.Models;

namespace Witan.Server.Models;

/// <summary>The scorers that answer now. Swapped as a whole, so that a request sees one or the other, never a mixture.</summary>
/// <param name="Version">The champion's version.</param>
/// <param name="Champion">The champion.</param>
/// <param name="Fault">Why the registered champion cannot be used, or null.</param>
internal sealed record ServingScorers(string Version, IScorer Champion, string? Fault)
{
    /// <summary>With fewer outcomes than this in the whole fleet, no rate means much yet and the heuristic answers.</summary>
    private const int LeastForRates = 30;

    public const string Heuristic = "heuristic";
    public const string TrackRecord = "track-record";

    private static readonly HeuristicScorer HeuristicScorer = new();

    public static ServingScorers Untrained { get; } = new(TrackRecord, LinearScorer.TrackRecord, null);

    public FeatureSchema Schema => Champion.Schema;

    /// <summary>What the champion was made of; null for a built-in scorer.</summary>
    public ModelArtefact? Artefact { get; init; }

    /// <summary>Registered models that score beside the champion, each fix, and are not answered with.</summary>
    public IReadOnlyList<(string Version, IScorer Scorer)> Challengers { get; init; } = [];

    /// <summary>Who answers when the fleet has so many outcomes.</summary>
    public (string Version, IScorer Scorer) For(int fleetOutcomes) =>
        Version == TrackRecord && fleetOutcomes < LeastForRates ? (Heuristic, HeuristicScorer) : (Version, Champion);

    /// <summary>The scorers of a registered champion; one that cannot be used is replaced by the track record, visibly.</summary>
    public static ServingScorers Of(string version, string? artefact)
    {
        if (artefact is null)
            return version == Heuristic ? new(Heuristic, HeuristicScorer, null) : Untrained;
        if (ModelArtefact.TryParse(artefact, out var problem) is not { } model)
            return Untrained with { Fault = $"{version}: {problem}" };
        return model.SchemaHash == FeatureSchema.With(model.Attributes).Hash
            ? new(version, model.ToScorer(), null) { Artefact = model }
            : Untrained with { Fault = $"{version}: it was trained on features that this version of Witan does not make. Train again." };
    }
}

/// <summary>Keeps <see cref="Serving"/> current, also when another process trains or promotes.</summary>
internal sealed partial class ModelRegistry(ModelStore store, ILogger<ModelRegistry> log) : IDisposable
{
    private volatile ServingScorers _serving = ServingScorers.Untrained;
    private readonly SemaphoreSlim _oneByOne = new(1);
    private IReadOnlyList<string> _loaded = [];

    public ServingScorers Serving => _serving;

    /// <summary>Loads champion and challengers if they are others than those that score.</summary>
    public async Task RefreshAsync(CancellationToken cancel)
    {
        await _oneByOne.WaitAsync(cancel);
        try
        {
            await LoadAsync(cancel);
        }
        finally
        {
            _oneByOne.Release();
        }
    }

    public void Dispose() => _oneByOne.Dispose();

    private async Task LoadAsync(CancellationToken cancel)
    {
        var versions = await store.ScoringVersionsAsync(cancel);
        if (versions.Count == 0 || versions.SequenceEqual(_loaded))
            return;
        var champion = _loaded.Count > 0 && _loaded[0] == versions[0] ? _serving : ServingScorers.Of(versions[0], await store.ArtefactAsync(versions[0], cancel));
        if (champion.Fault is { } fault && champion != _serving)
            LogFault(log, fault, champion.Version);
        var challengers = new List<(string, IScorer)>();
        foreach (var version in versions.Skip(1))
        {
            var challenger = ServingScorers.Of(version, await store.ArtefactAsync(version, cancel));
            if (challenger.Fault is { } unusable)
                LogChallenger(log, unusable);
            else
                challengers.Add((version, challenger.Champion));
        }
        _serving = champion with { Challengers = challengers };
        _loaded = versions;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The champion cannot be used: {Fault} {Fallback} answers instead")]
    private static partial void LogFault(ILogger logger, string fault, string fallback);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A challenger cannot be used and does not score: {Fault}")]
    private static partial void LogChallenger(ILogger logger, string fault);
}
