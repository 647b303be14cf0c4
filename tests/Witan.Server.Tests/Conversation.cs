using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Tests;

/// <summary>An answer as it came over the wire.</summary>
internal sealed record Answer(int Status, byte[] Bytes, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    public string Text => Encoding.UTF8.GetString(Bytes);

    public JsonElement Json => JsonElement.Parse(Bytes);

    public JsonElement this[string name] => Json.GetProperty(name);

    public Guid Id => this["id"].GetGuid();

    public string? Code => this["code"].GetString();

    public string? Location => Headers.Location?.ToString();

    public string? ETag => Headers.ETag?.ToString();

    public IReadOnlyList<string> Keys => [.. Json.EnumerateObject().Select(p => p.Name)];

    /// <summary>The body as the typed client reads it.</summary>
    public T As<T>()
        where T : class => (T)JsonSerializer.Deserialize(Bytes, WitanJson.Default.GetTypeInfo(typeof(T))!)!;
}

/// <summary>Speaks HTTP with a server in the words of the contract. Paths are relative to the prefix unless they begin with it.</summary>
internal static class Conversation
{
    public const string Prefix = "/api/agent-intelligence";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static Task<Answer> GetAsync(this WitanServer server, string path, string? knownTag = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, Absolute(path));
        if (knownTag is not null)
            request.Headers.Add("If-None-Match", knownTag);
        return server.SendAsync(request);
    }

    /// <summary>Posts text as it is, or an object as JSON.</summary>
    public static Task<Answer> PostAsync(this WitanServer server, string path, object? body, string? key = null, string type = "application/json") =>
        server.SendAsync(Post(path, body is null ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(ToJson(body))), key, type));

    /// <summary>Posts a batch, a fix on each line.</summary>
    public static Task<Answer> PostBatchAsync(this WitanServer server, IEnumerable<object> lines, string? key = null) =>
        server.PostAsync("/auto-fixes/batch", string.Join('\n', lines.Select(ToJson)), key, "application/x-ndjson");

    public static HttpRequestMessage Post(string path, HttpContent? content, string? key = null, string type = "application/json")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Absolute(path)) { Content = content };
        if (content is not null)
            content.Headers.ContentType = new(type);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return request;
    }

    public static async Task<Answer> SendAsync(this WitanServer server, HttpRequestMessage request)
    {
        using (request)
        {
            using var response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
            var isStream = response.Content.Headers.ContentType?.MediaType == "text/event-stream"; // which has no end to wait for
            return new((int)response.StatusCode, isStream ? [] : await response.Content.ReadAsByteArrayAsync(Cancel), response.Headers, response.Content.Headers);
        }
    }

    /// <summary>Proposes a fix, which is taken.</summary>
    public static async Task<FixAnswer> ProposeAsync(this WitanServer server, FixProposal proposal)
    {
        var answer = await server.PostAsync("/auto-fixes", proposal);
        Assert.True(answer.Status == 201, answer.Text);
        return answer.As<FixAnswer>();
    }

    /// <summary>Asks about a fix; nothing is stored.</summary>
    public static async Task<FixAnswer> AskAsync(this WitanServer server, FixProposal proposal)
    {
        var answer = await server.PostAsync("/confidence", proposal);
        Assert.True(answer.Status == 200, answer.Text);
        return answer.As<FixAnswer>();
    }

    public static Task<Answer> ReportAsync(this WitanServer server, Guid? id, object outcome, string? key = null) =>
        server.PostAsync($"/auto-fixes/{id}/outcome", outcome, key);

    public static Task<Answer> SetStatusAsync(this WitanServer server, Guid? id, object status, string? key = null) =>
        server.PostAsync($"/auto-fixes/{id}/status", status, key);

    public static async Task<AutoFix> FixAsync(this WitanServer server, Guid? id) => (await server.GetAsync($"/auto-fixes/{id}")).As<AutoFix>();

    public static async Task<Agent> AgentAsync(this WitanServer server, string id) =>
        (await server.GetAsync($"/agents/{Uri.EscapeDataString(id)}")).As<Agent>();

    /// <summary>Sends a batch of which every line is taken.</summary>
    public static async Task TeachAsync(this WitanServer server, IEnumerable<FixProposal> reports)
    {
        var answer = await server.PostBatchAsync(reports);
        Assert.All(answer.As<BatchAnswer>().Results, line => Assert.True(line.Status is 200 or 201, line.Error));
    }

    /// <summary>Reports that an agent succeeded, and failed, so often just now.</summary>
    public static Task TeachAsync(this WitanServer server, string agent, int successes, int failures = 0, string? issue = null) =>
        server.TeachAsync(Enumerable.Range(0, successes + failures).Select(i =>
            new FixProposal { AgentId = agent, FixStrategy = "code_patch", Issue = issue, Outcome = new() { Success = i < successes } }));

    /// <summary>Follows a training until it has ended.</summary>
    public static async Task<Training> EndOfTrainingAsync(this WitanServer server, string location)
    {
        while (true)
        {
            var training = (await server.GetAsync(location)).As<Training>();
            if (training.Status != "running")
                return training;
            await Task.Yield();
        }
    }

    /// <summary>All items of a list, page by page.</summary>
    public static async Task<List<JsonElement>> WalkAsync(this WitanServer server, string list, string items, int limit = 200)
    {
        var all = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await server.GetAsync($"{list}{(list.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit={limit.ToString(CultureInfo.InvariantCulture)}{(cursor is null ? "" : $"&cursor={cursor}")}");
            Assert.True(page.Status == 200, page.Text);
            all.AddRange(page[items].EnumerateArray());
            cursor = page["nextCursor"].GetString();
        }
        while (cursor is not null);
        return all;
    }

    private static string Absolute(string path) => path.StartsWith(Prefix, StringComparison.Ordinal) ? path : Prefix + path;

    private static string ToJson(object body) => body as string
        ?? (WitanJson.Default.GetTypeInfo(body.GetType()) is { } type ? JsonSerializer.Serialize(body, type) : JsonSerializer.Serialize(body, JsonSerializerOptions.Web));
}
