using System.Data.Common;
using Dapper;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Witan.Fixes;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Server.Experiments;
using Witan.Server.Fixes;
using Witan.Server.Storage;

namespace Witan.Server.Tests.Experiments;

/// <summary>The scoring beside the requests: who scores, and what happens when it cannot keep up or cannot store.</summary>
public sealed class ShadowScoringTests : IAsyncLifetime
{
    private readonly Messages _messages = new();
    private WitanServer _server = null!;
    private ShadowScoring _scoring = null!;
    private Guid _fix;
    private Scored _scored = null!;

    private WriteQueue Writes => _server.Room<WriteQueue>();

    // A clock that stands, and the server's own scores stored: nothing else touches the connection while a test spoils it.
    public async ValueTask InitializeAsync()
    {
        _server = await WitanServer.StartAsync(new FakeTimeProvider(OneServer.Start));
        await _server.KnowTwoAsync();
        _fix = (await _server.ProposeAsync(Some.Fix("good", "issue"))).Id!.Value;
        _scored = _server.Room<FixJudge>().Score(new Attempt { AgentId = "good", Strategy = "code_patch", Issue = "issue", ProposedAt = OneServer.Start, Attributes = new Dictionary<string, double>() });
        _scoring = new(Writes, _messages);
        await _server.ShadowAsync(_fix);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Challengers_score_beside_the_heuristic_where_they_know_the_features()
    {
        var stranger = new ConstantScorer(0.3, FeatureSchema.With([new("unheard-of", 0)]));
        await TakeAsync(With(("model-8", new ConstantScorer(0.25, FeatureSchema.Core)), ("model-9", stranger)));
        await RunAsync();

        Assert.Equal(0.25, await _server.ShadowAsync(_fix, "model-8"), 1e-12);
        Assert.Equal(_scored.Features.Length, FeatureSchema.CoreCount);
        await _server.ShadowAsync(_fix, "heuristic");
        Assert.Null(await _server.FindShadowAsync(_fix, "model-9"));

        await _server.ExecuteAsync("INSERT INTO models (version, kind, status, outcomes) VALUES ('model-8', 'logistic', 'shadow', 0)");
        await _server.ReportAsync(_fix, new { success = false });
        var experiment = await _server.PairedAsync(1, "ml-vs-model-8");
        Assert.Equal(0.0625, experiment.Arms[1].Brier!.Value, 1e-12);
        await _server.PairedAsync(1, "model-8-vs-heuristic");
    }

    [Fact]
    public async Task A_score_that_is_no_probability_is_left_out()
    {
        await TakeAsync(With(("model-8", new ConstantScorer(double.NaN, FeatureSchema.Core))));
        await RunAsync();

        await _server.ShadowAsync(_fix, "heuristic");
        Assert.Null(await _server.FindShadowAsync(_fix, "model-8"));
    }

    [Fact]
    public async Task When_too_many_wait_the_oldest_are_passed_over_and_that_is_told_once()
    {
        var (old, young) = (With(("old", new ConstantScorer(0.1, FeatureSchema.Core))), With(("young", new ConstantScorer(0.2, FeatureSchema.Core))));
        await TakeAsync([.. Enumerable.Repeat(old, 7), .. Enumerable.Repeat(young, 10_000)]);
        Assert.Equal(["10000 fixes wait to be scored in shadow; the oldest are passed over, and experiments do without them"], _messages.All);
        await RunAsync();

        Assert.Null(await _server.FindShadowAsync(_fix, "old"));
        await _server.ShadowAsync(_fix, "young");
        Assert.Equal("Shadow scoring has caught up; 7 fixes were passed over", _messages.All[^1]);
        Assert.Equal(2, _messages.All.Count);
    }

    [Fact]
    public async Task While_the_database_cannot_be_written_scores_wait()
    {
        await TakeAsync(With(("model-8", new ConstantScorer(0.25, FeatureSchema.Core))));
        var writer = await WriterAsync();
        await Engine.RefuseWritesAsync(_server.Database, writer, true);
        _scoring.Start();
        await _messages.Any;
        Assert.StartsWith("Shadow scores are stored late: The database is read-only", Assert.Single(_messages.All), StringComparison.Ordinal);
        await Engine.RefuseWritesAsync(_server.Database, writer, false);
        await _scoring.DisposeAsync();

        Assert.Equal(0.25, await _server.ShadowAsync(_fix, "model-8"), 1e-12);
        Assert.Single(_messages.All);
    }

    [Fact]
    public async Task A_server_that_stops_then_tells_what_is_lost()
    {
        await TakeAsync(With(("model-8", new ConstantScorer(0.25, FeatureSchema.Core))));
        var writer = await WriterAsync();
        await Engine.RefuseWritesAsync(_server.Database, writer, true);
        _scoring.Start();
        await _scoring.DisposeAsync();
        await Engine.RefuseWritesAsync(_server.Database, writer, false);

        Assert.Equal("2 shadow scores are lost; experiments do without them", _messages.All[^1]);
        Assert.Null(await _server.FindShadowAsync(_fix, "model-8"));
    }

    private Scored With(params (string, IScorer)[] challengers) => _scored with { Serving = _scored.Serving with { Challengers = challengers } };

    private Task TakeAsync(params IReadOnlyList<Scored> fixes) => Writes.RunAsync<int, bool>(async (session, inputs) =>
    {
        foreach (var fix in fixes)
            await _scoring.TakeAsync(session, _fix, fix);
        return [.. inputs.Select(_ => true)];
    }, 0);

    private async Task RunAsync()
    {
        _scoring.Start();
        await _scoring.DisposeAsync();
    }

    private Task<DbConnection> WriterAsync() => Writes.RunAsync<int, DbConnection>((session, inputs) => Task.FromResult<IReadOnlyList<DbConnection>>([.. inputs.Select(_ => session.Connection)]), 0);

    /// <summary>The same for every fix, for vectors of a schema of its own.</summary>
    private sealed class ConstantScorer(double rate, FeatureSchema schema) : IScorer
    {
        public string Kind => "constant";

        public FeatureSchema Schema => schema;

        public LogitEstimate Estimate(ReadOnlySpan<double> features) => new(Math.Log(rate / (1 - rate)), 0);

        public void Explain(ReadOnlySpan<double> features, Span<double> contributions) => contributions.Clear();
    }

    private sealed class Messages : ILogger<ShadowScoring>
    {
        private readonly TaskCompletionSource _any = new();
        private readonly List<string> _all = [];

        public Task Any => _any.Task;

        public IReadOnlyList<string> All
        {
            get
            {
                lock (_all)
                    return [.. _all];
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_all)
                _all.Add(formatter(state, exception));
            _any.TrySetResult();
        }
    }
}
