using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Witan.Client;

/// <summary>
/// A typed client of Witan. Every call throws <see cref="WitanException"/> with the server's problem on an error, and
/// <see cref="HttpRequestException"/> when the server cannot be reached. Safe for concurrent use.
/// </summary>
/// <remarks>
/// Calls that may be repeated without harm (reads, and writes, which carry an Idempotency-Key) are tried again, with
/// jitter, after 429 and 503.
/// </remarks>
public sealed class WitanClient : IDisposable
{
    private const string Prefix = "api/agent-intelligence/";
    private readonly HttpClient _http;
    private readonly Retries _retries;

    /// <summary>Makes a client.</summary>
    /// <param name="server">Where Witan listens, for example <c>http://localhost:5080</c>.</param>
    /// <param name="key">The API key, sent as a bearer token; null where none is needed.</param>
    /// <param name="handler">How requests are sent; null for the ordinary way. Not disposed with the client.</param>
    /// <param name="clock">What waits between tries; null for the system's clock.</param>
    public WitanClient(Uri server, string? key = null, HttpMessageHandler? handler = null, TimeProvider? clock = null)
    {
        _http = handler is null ? new() : new(handler, disposeHandler: false);
        _http.BaseAddress = new(server.AbsoluteUri.EndsWith('/') ? server.AbsoluteUri : server.AbsoluteUri + "/");
        if (key is not null)
            _http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        _retries = new(clock ?? TimeProvider.System);
    }

    /// <summary>Proposes a fix and gets a decision; with an outcome, reports one after the fact.</summary>
    public Task<FixAnswer> ProposeAsync(FixProposal proposal, CancellationToken cancel = default) =>
        PostAsync("auto-fixes", proposal, WitanJson.Default.FixProposal, WitanJson.Answers.FixAnswer, cancel);

    /// <summary>Asks what a proposal would be answered; nothing is stored.</summary>
    public Task<FixAnswer> AskAsync(FixProposal proposal, CancellationToken cancel = default) =>
        PostAsync("confidence", proposal, WitanJson.Default.FixProposal, WitanJson.Answers.FixAnswer, cancel);

    /// <summary>Proposes or reports many fixes at once, at most 10,000.</summary>
    public Task<BatchAnswer> ProposeBatchAsync(IEnumerable<FixProposal> proposals, CancellationToken cancel = default)
    {
        var lines = string.Join('\n', proposals.Select(p => JsonSerializer.Serialize(p, WitanJson.Default.FixProposal)));
        var key = Guid.NewGuid().ToString("N");
        return SendAsync(() => Post("auto-fixes/batch", new StringContent(lines, Encoding.UTF8, "application/x-ndjson"), key), WitanJson.Answers.BatchAnswer, cancel);
    }

    /// <summary>Reports how a fix ended, once; or that a success was rolled back.</summary>
    public Task<AutoFix> ReportOutcomeAsync(Guid id, OutcomeReport outcome, CancellationToken cancel = default) =>
        PostAsync($"auto-fixes/{id}/outcome", outcome, WitanJson.Default.OutcomeReport, WitanJson.Answers.AutoFix, cancel);

    /// <summary>Says that a decided fix was applied or rejected.</summary>
    public Task<AutoFix> ReportStatusAsync(Guid id, StatusReport status, CancellationToken cancel = default) =>
        PostAsync($"auto-fixes/{id}/status", status, WitanJson.Default.StatusReport, WitanJson.Answers.AutoFix, cancel);

    /// <summary>One fix with its receipt.</summary>
    public Task<AutoFix> GetFixAsync(Guid id, CancellationToken cancel = default) =>
        GetAsync($"auto-fixes/{id}", WitanJson.Answers.AutoFix, cancel);

    /// <summary>A page of fixes, newest first.</summary>
    public Task<AutoFixPage> ListFixesAsync(FixFilter? filter = null, CancellationToken cancel = default) =>
        GetAsync($"auto-fixes{(filter ?? new()).ToQuery()}", WitanJson.Answers.AutoFixPage, cancel);

    /// <summary>A page of agents, by id.</summary>
    public Task<AgentPage> ListAgentsAsync(int limit = 50, string? cursor = null, CancellationToken cancel = default) =>
        GetAsync($"agents{Page(limit, cursor)}", WitanJson.Answers.AgentPage, cancel);

    /// <summary>One agent with its track records.</summary>
    public Task<Agent> GetAgentAsync(string id, CancellationToken cancel = default) =>
        GetAsync($"agents/{Uri.EscapeDataString(id)}", WitanJson.Answers.Agent, cancel);

    /// <summary>Reports a learning; a pattern that is known already is reinforced.</summary>
    public Task<Learning> ReportLearningAsync(LearningReport learning, CancellationToken cancel = default) =>
        PostAsync("learnings", learning, WitanJson.Default.LearningReport, WitanJson.Answers.Learning, cancel);

    /// <summary>Says that a learning was applied, and whether it worked.</summary>
    public Task<Learning> ApplyLearningAsync(string pattern, LearningUse use, CancellationToken cancel = default) =>
        PostAsync($"learnings/{Uri.EscapeDataString(pattern)}/applied", use, WitanJson.Default.LearningUse, WitanJson.Answers.Learning, cancel);

    /// <summary>One learning.</summary>
    public Task<Learning> GetLearningAsync(string pattern, CancellationToken cancel = default) =>
        GetAsync($"learnings/{Uri.EscapeDataString(pattern)}", WitanJson.Answers.Learning, cancel);

    /// <summary>A page of learnings, newest first.</summary>
    public Task<LearningPage> ListLearningsAsync(LearningFilter? filter = null, CancellationToken cancel = default) =>
        GetAsync($"learnings{(filter ?? new()).ToQuery()}", WitanJson.Answers.LearningPage, cancel);

    /// <summary>Begins a collaboration.</summary>
    public Task<Collaboration> CollaborateAsync(CollaborationRequest collaboration, CancellationToken cancel = default) =>
        PostAsync("collaborations", collaboration, WitanJson.Default.CollaborationRequest, WitanJson.Answers.Collaboration, cancel);

    /// <summary>Changes a collaboration.</summary>
    public Task<Collaboration> ChangeCollaborationAsync(Guid id, CollaborationChange change, CancellationToken cancel = default) =>
        SendAsync(() => new(HttpMethod.Patch, $"{Prefix}collaborations/{id}") { Content = JsonContent.Create(change, WitanJson.Default.CollaborationChange) },
            WitanJson.Answers.Collaboration, cancel);

    /// <summary>One collaboration.</summary>
    public Task<Collaboration> GetCollaborationAsync(Guid id, CancellationToken cancel = default) =>
        GetAsync($"collaborations/{id}", WitanJson.Answers.Collaboration, cancel);

    /// <summary>A page of collaborations, newest first.</summary>
    public Task<CollaborationPage> ListCollaborationsAsync(CollaborationFilter? filter = null, CancellationToken cancel = default) =>
        GetAsync($"collaborations{(filter ?? new()).ToQuery()}", WitanJson.Answers.CollaborationPage, cancel);

    /// <summary>Votes, or changes a vote.</summary>
    public Task<Vote> VoteAsync(Guid collaborationId, VoteRequest vote, CancellationToken cancel = default) =>
        PostAsync($"collaborations/{collaborationId}/votes", vote, WitanJson.Default.VoteRequest, WitanJson.Answers.Vote, cancel);

    /// <summary>What the vote of a collaboration has come to.</summary>
    public Task<ConsensusAnswer> GetConsensusAsync(Guid collaborationId, CancellationToken cancel = default) =>
        GetAsync($"collaborations/{collaborationId}/consensus", WitanJson.Answers.ConsensusAnswer, cancel);

    /// <summary>A page of votes, newest first.</summary>
    public Task<VotePage> ListVotesAsync(VoteFilter? filter = null, CancellationToken cancel = default) =>
        GetAsync($"votes{(filter ?? new()).ToQuery()}", WitanJson.Answers.VotePage, cancel);

    /// <summary>Everything at a glance.</summary>
    public Task<StatsSummary> GetStatsAsync(CancellationToken cancel = default) => GetAsync("stats", WitanJson.Answers.StatsSummary, cancel);

    /// <summary>Makes the summaries anew; returns when they are. On SQLite they always are.</summary>
    public Task<RefreshAnswer> RefreshStatsAsync(CancellationToken cancel = default)
    {
        var key = Guid.NewGuid().ToString("N");
        return SendAsync(() => Post("stats/refresh", null, key), WitanJson.Answers.RefreshAnswer, cancel);
    }

    /// <summary>Fixes by agent and strategy.</summary>
    public Task<FixStats> GetFixStatsAsync(int limit = 50, string? cursor = null, CancellationToken cancel = default) =>
        GetAsync($"stats/fixes{Page(limit, cursor)}", WitanJson.Answers.FixStats, cancel);

    /// <summary>Collaborations by type and leader.</summary>
    public Task<CollaborationStats> GetCollaborationStatsAsync(int limit = 50, string? cursor = null, CancellationToken cancel = default) =>
        GetAsync($"stats/collaborations{Page(limit, cursor)}", WitanJson.Answers.CollaborationStats, cancel);

    /// <summary>Learnings by domain.</summary>
    public Task<DomainStats> GetDomainStatsAsync(int limit = 50, string? cursor = null, CancellationToken cancel = default) =>
        GetAsync($"stats/domains{Page(limit, cursor)}", WitanJson.Answers.DomainStats, cancel);

    /// <summary>Votes by collaboration.</summary>
    public Task<ConsensusStats> GetConsensusStatsAsync(int limit = 50, string? cursor = null, CancellationToken cancel = default) =>
        GetAsync($"stats/consensus{Page(limit, cursor)}", WitanJson.Answers.ConsensusStats, cancel);

    /// <summary>Decisions, and what became of the fixes that got them.</summary>
    /// <param name="agentId">Fixes of one agent; of all when absent.</param>
    /// <param name="since">Fixes proposed at or after this time; all when absent.</param>
    /// <param name="until">Fixes proposed before this time; all when absent.</param>
    /// <param name="cancel">Gives up waiting.</param>
    public Task<DecisionStats> GetDecisionStatsAsync(string? agentId = null, DateTimeOffset? since = null, DateTimeOffset? until = null, CancellationToken cancel = default) =>
        GetAsync($"stats/decisions{Query(Span(agentId, since, until))}", WitanJson.Answers.DecisionStats, cancel);

    /// <summary>Fixes over time.</summary>
    /// <param name="bucket"><c>hour</c>, <c>day</c> or <c>week</c>.</param>
    /// <param name="agentId">Fixes of one agent; of all when absent.</param>
    /// <param name="since">Fixes proposed at or after this time; all when absent.</param>
    /// <param name="until">Fixes proposed before this time; all when absent.</param>
    /// <param name="cancel">Gives up waiting.</param>
    public Task<Timeline> GetTimelineAsync(string bucket = "day", string? agentId = null, DateTimeOffset? since = null, DateTimeOffset? until = null, CancellationToken cancel = default) =>
        GetAsync($"stats/timeline{Query([("bucket", bucket), .. Span(agentId, since, until)])}", WitanJson.Answers.Timeline, cancel);

    private static (string Name, string? Value)[] Span(string? agentId, DateTimeOffset? since, DateTimeOffset? until) =>
        [("agentId", agentId), ("since", since is { } s ? WitanTime.Format(s) : null), ("until", until is { } u ? WitanTime.Format(u) : null)];

    /// <summary>The policy in force.</summary>
    public Task<PolicyDocument> GetPolicyAsync(CancellationToken cancel = default) => GetAsync("policy", WitanJson.Answers.PolicyDocument, cancel);

    /// <summary>What another policy would have decided on history.</summary>
    public Task<DryRunAnswer> DryRunAsync(DryRunRequest request, CancellationToken cancel = default) =>
        PostAsync("policy/dry-run", request, WitanJson.Default.DryRunRequest, WitanJson.Answers.DryRunAnswer, cancel);

    /// <summary>A page of experiments, by name.</summary>
    public Task<ExperimentPage> ListExperimentsAsync(int limit = 50, string? cursor = null, CancellationToken cancel = default) =>
        GetAsync($"experiments{Page(limit, cursor)}", WitanJson.Answers.ExperimentPage, cancel);

    /// <summary>An experiment, named <c>first-vs-second</c>: how it runs and what it has come to.</summary>
    public Task<Experiment> GetExperimentAsync(string name, CancellationToken cancel = default) =>
        GetAsync($"experiments/{Uri.EscapeDataString(name)}", WitanJson.Answers.Experiment, cancel);

    /// <summary>Has one arm of an experiment answer a share of the fixes, or ends that.</summary>
    public Task<Experiment> ChangeExperimentAsync(string name, ExperimentChange change, CancellationToken cancel = default) =>
        PostAsync($"experiments/{Uri.EscapeDataString(name)}", change, WitanJson.Default.ExperimentChange, WitanJson.Answers.Experiment, cancel);

    /// <summary>A page of models, newest first.</summary>
    public Task<ModelPage> ListModelsAsync(int limit = 50, string? cursor = null, CancellationToken cancel = default) =>
        GetAsync($"models{Page(limit, cursor)}", WitanJson.Answers.ModelPage, cancel);

    /// <summary>One model with its metrics.</summary>
    public Task<Model> GetModelAsync(string version, CancellationToken cancel = default) =>
        GetAsync($"models/{Uri.EscapeDataString(version)}", WitanJson.Answers.Model, cancel);

    /// <summary>Starts a training on all known outcomes.</summary>
    public Task<Training> TrainAsync(CancellationToken cancel = default) =>
        PostAsync("models/train", new TrainingRequest(), WitanJson.Default.TrainingRequest, WitanJson.Answers.Training, cancel);

    /// <summary>How far a training is, or what came of it.</summary>
    public Task<Training> GetTrainingAsync(Guid id, CancellationToken cancel = default) =>
        GetAsync($"models/trainings/{id}", WitanJson.Answers.Training, cancel);

    /// <summary>A page of trainings, newest first, also those that the server began by itself.</summary>
    public Task<TrainingPage> ListTrainingsAsync(int limit = 50, string? cursor = null, CancellationToken cancel = default) =>
        GetAsync($"models/trainings{Page(limit, cursor)}", WitanJson.Answers.TrainingPage, cancel);

    /// <summary>Stops a training; nothing is registered.</summary>
    public Task<Training> CancelTrainingAsync(Guid id, CancellationToken cancel = default)
    {
        var key = Guid.NewGuid().ToString("N");
        return SendAsync(() => Post($"models/trainings/{id}/cancel", null, key), WitanJson.Answers.Training, cancel);
    }

    /// <summary>How true and how selective a model is, on fixes that it had not seen.</summary>
    public Task<ModelCurves> GetModelCurvesAsync(string version, CancellationToken cancel = default) =>
        GetAsync($"models/{Uri.EscapeDataString(version)}/curves", WitanJson.Answers.ModelCurves, cancel);

    /// <summary>How far the latest proposals have moved from what the champion was trained on.</summary>
    public Task<ModelDrift> GetDriftAsync(CancellationToken cancel = default) => GetAsync("models/drift", WitanJson.Answers.ModelDrift, cancel);

    /// <summary>Makes a model the one that answers.</summary>
    public Task<Model> PromoteAsync(string version, CancellationToken cancel = default)
    {
        var key = Guid.NewGuid().ToString("N");
        return SendAsync(() => Post($"models/{Uri.EscapeDataString(version)}/promote", null, key), WitanJson.Answers.Model, cancel);
    }

    /// <summary>Makes a key. Needs the scope <c>admin</c>, as all calls on keys do.</summary>
    public Task<IssuedKey> CreateKeyAsync(KeyRequest request, CancellationToken cancel = default) =>
        PostAsync("/api/keys", request, WitanJson.Default.KeyRequest, WitanJson.Answers.IssuedKey, cancel);

    /// <summary>Gives a key another secret; the one of before is taken for a while too.</summary>
    public Task<IssuedKey> RotateKeyAsync(string id, KeyRotation rotation, CancellationToken cancel = default) =>
        PostAsync($"/api/keys/{Uri.EscapeDataString(id)}/rotate", rotation, WitanJson.Default.KeyRotation, WitanJson.Answers.IssuedKey, cancel);

    /// <summary>Revokes a key, on all nodes within 5 seconds and for good.</summary>
    public Task<KeyInfo> RevokeKeyAsync(string id, CancellationToken cancel = default) =>
        SendAsync(() => new(HttpMethod.Delete, $"api/keys/{Uri.EscapeDataString(id)}"), WitanJson.Answers.KeyInfo, cancel);

    /// <summary>A page of keys, newest first, without their secrets.</summary>
    public Task<KeyPage> ListKeysAsync(int limit = 50, string? cursor = null, CancellationToken cancel = default) =>
        GetAsync($"/api/keys{Page(limit, cursor)}", WitanJson.Answers.KeyPage, cancel);

    /// <summary>A page of the log of administrative acts, newest first.</summary>
    public Task<AuditPage> ListAuditAsync(int limit = 50, string? cursor = null, CancellationToken cancel = default) =>
        GetAsync($"/api/audit{Page(limit, cursor)}", WitanJson.Answers.AuditPage, cancel);

    /// <summary>What changes, as it changes, until the stream ends: when the server does, the key does, or the connection breaks.</summary>
    /// <param name="after">The id of the last event that was taken, to be told what changed since; null to begin now.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Events, at least one every 5 seconds, at most five a second.</returns>
    /// <exception cref="WitanException">The server refuses.</exception>
    /// <exception cref="HttpRequestException">The server cannot be reached.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public async IAsyncEnumerable<ChangeEvent> FollowAsync(string? after = null, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Below("events"));
        request.Headers.Accept.Add(new("text/event-stream"));
        if (after is not null)
            request.Headers.Add("Last-Event-ID", after);
        request.Options.Set(Streams, true);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw await RefusedAsync(response, cancel).ConfigureAwait(false);
        using var stream = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        await foreach (var item in SseParser.Create(stream, (_, data) => JsonSerializer.Deserialize(data, WitanJson.Answers.ChangeEvent)!).EnumerateAsync(cancel).ConfigureAwait(false))
            yield return item.Data;
    }

    // What a browser needs to be told to hand on an answer as it comes, by the name that WebAssembly's handler knows.
    private static readonly HttpRequestOptionsKey<bool> Streams = new("WebAssemblyEnableStreamingResponse");

    /// <summary>Whether the server can serve, and how each of its dependencies is. Answered also when it cannot.</summary>
    public async Task<Readiness> GetHealthAsync(CancellationToken cancel = default)
    {
        using var response = await _http.GetAsync(new Uri("health/ready", UriKind.Relative), cancel).ConfigureAwait(false);
        return await ReadAsync(response, WitanJson.Answers.Readiness, cancel).ConfigureAwait(false) ?? throw await RefusedAsync(response, cancel).ConfigureAwait(false);
    }

    /// <summary>What this node counts and measures, for those who have no Prometheus at hand.</summary>
    public async Task<IReadOnlyList<MetricSample>> GetMetricsAsync(CancellationToken cancel = default)
    {
        using var response = await _retries.SendAsync(_http, () => new(HttpMethod.Get, Below("/metrics")), cancel).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw await RefusedAsync(response, cancel).ConfigureAwait(false);
        return MetricSample.Parse(await response.Content.ReadAsStringAsync(cancel).ConfigureAwait(false));
    }

    /// <summary>Any GET under the API's prefix, as JSON.</summary>
    /// <param name="path">The path after the prefix, for example <c>auto-fixes</c>.</param>
    /// <param name="query">Query parameters by name.</param>
    /// <param name="cancel">Gives up waiting.</param>
    public Task<JsonElement> GetJsonAsync(string path, IEnumerable<(string Name, string? Value)> query, CancellationToken cancel = default) =>
        GetAsync(path + Query(query), WitanJson.Answers.JsonElement, cancel);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel) =>
        SendAsync(() => new HttpRequestMessage(HttpMethod.Get, Below(path)), type, cancel);

    private Task<TOut> PostAsync<TIn, TOut>(string path, TIn body, JsonTypeInfo<TIn> inType, JsonTypeInfo<TOut> outType, CancellationToken cancel)
    {
        var key = Guid.NewGuid().ToString("N");
        return SendAsync(() => Post(path, JsonContent.Create(body, inType), key), outType, cancel);
    }

    private static HttpRequestMessage Post(string path, HttpContent? content, string key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Below(path)) { Content = content };
        request.Headers.Add("Idempotency-Key", key);
        return request;
    }

    // Relative to where the server is, which may lie below a path; a leading slash means outside of the prefix.
    private static string Below(string path) => path.StartsWith('/') ? path[1..] : Prefix + path;

    private async Task<T> SendAsync<T>(Func<HttpRequestMessage> request, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        using var response = await _retries.SendAsync(_http, request, cancel).ConfigureAwait(false);
        if (response.IsSuccessStatusCode && await ReadAsync(response, type, cancel).ConfigureAwait(false) is { } answer)
            return answer;
        throw await RefusedAsync(response, cancel).ConfigureAwait(false);
    }

    private static async Task<WitanException> RefusedAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var problem = response.IsSuccessStatusCode ? null : await ReadAsync(response, WitanJson.Answers.Problem, cancel).ConfigureAwait(false);
        return new(problem ?? new()
        {
            Title = response.ReasonPhrase ?? "Error", Status = (int)response.StatusCode, Detail = "The answer is not Witan's; is that the right server?", Code = "not_witan", TraceId = "",
        });
    }

    // The body as what it should be, or null when it is something else.
    private static async Task<T?> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        var body = await response.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false);
        try
        {
            return JsonSerializer.Deserialize(body, type);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    internal static string Query(params IEnumerable<(string Name, string? Value)> parameters)
    {
        var text = string.Join('&', parameters.Where(p => p.Value is not null).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}"));
        return text.Length == 0 ? "" : "?" + text;
    }

    private static string Page(int limit, string? cursor) => Query(("limit", Number(limit)), ("cursor", cursor));

    internal static string? Number(int? value) => value?.ToString(CultureInfo.InvariantCulture);

    internal static string? Name<T>(T? value)
        where T : struct, Enum => value is null ? null : JsonNamingPolicy.SnakeCaseLower.ConvertName(value.Value.ToString());
}
