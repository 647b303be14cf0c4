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
        var scorer = model.ToScorer();
        return scorer.Schema.Hash == model.SchemaHash
            ? new(version, scorer, null)
            : Untrained with { Fault = $"{version}: it was trained on features that this version of Witan does not make. Train again." };
    }
}

/// <summary>Keeps <see cref="Serving"/> current, also when another process trains or promotes.</summary>
internal sealed partial class ModelRegistry(ModelStore store, ILogger<ModelRegistry> log)
{
    private volatile ServingScorers _serving = ServingScorers.Untrained;
    private string? _loaded;

    public ServingScorers Serving => _serving;

    /// <summary>Loads the champion if it is another than the one that answers.</summary>
    public async Task RefreshAsync(CancellationToken cancel)
    {
        var version = await store.ChampionVersionAsync(cancel);
        if (version is null || version == _loaded)
            return;
        _serving = ServingScorers.Of(version, await store.ArtefactAsync(version, cancel));
        _loaded = version;
        if (_serving.Fault is { } fault)
            LogFault(log, fault, _serving.Version);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The champion cannot be used: {Fault} {Fallback} answers instead")]
    private static partial void LogFault(ILogger logger, string fault, string fallback);
}
