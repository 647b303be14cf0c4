using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dapper;
using Witan.Server.Storage;

namespace Witan.Server.Tests.BadInput;

/// <summary>A server that a class of tests throws bad input at.</summary>
public sealed class RefusingServer : IAsyncLifetime
{
    internal WitanServer Server { get; private set; } = null!;

    internal HttpClient Http => Server.Http;

    public async ValueTask InitializeAsync() => Server = await WitanServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    /// <summary>A stored fix for requests that need one.</summary>
    internal async Task<Guid> ProposeAsync() =>
        (await Server.Client.ProposeAsync(new() { AgentId = "known", FixStrategy = "code_patch" }, TestContext.Current.CancellationToken)).Id!.Value;

    /// <summary>Sends, and holds that the answer is this problem and that the database is what it was.</summary>
    internal async Task<JsonElement> RefusesAsync(HttpRequestMessage request, int status, string code, params string[] fields)
    {
        var before = await Server.StoredAsync();
        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        var problem = await Refusals.ProblemAsync(response, status, code, fields);
        Assert.Equal(before, await Server.StoredAsync());
        return problem;
    }
}

/// <summary>What every refusal looks like.</summary>
internal static partial class Refusals
{
    public const string Api = "api/agent-intelligence/";

    public static HttpRequestMessage Post(string path, string json) => Post(path, Encoding.UTF8.GetBytes(json));

    public static HttpRequestMessage Post(string path, byte[] body, string type = "application/json", string? encoding = null)
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (encoding is not null)
            content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        return new(HttpMethod.Post, Api + path) { Content = content };
    }

    /// <summary>A GET whose address goes out as it is written.</summary>
    public static HttpRequestMessage Get(Uri server, string pathAndQuery) =>
        new(HttpMethod.Get, new Uri($"{server.Scheme}://{server.Authority}/{Api}{pathAndQuery}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));

    /// <summary>Holds that an answer is a problem as the contract wants it.</summary>
    public static async Task<JsonElement> ProblemAsync(HttpResponseMessage response, int status, string code, params string[] fields)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == (int)response.StatusCode, $"expected {status}, got {(int)response.StatusCode}: {text}");
        var problem = WellFormed(response, text);
        Assert.Equal(code, problem.GetProperty("code").GetString());
        if (fields.Length > 0)
            Assert.Equal(fields.Order(), problem.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("field").GetString()!).Distinct().Order());
        return problem;
    }

    /// <summary>Holds what is true of every problem: its type, its members, and that it tells nothing of the inside.</summary>
    public static JsonElement WellFormed(HttpResponseMessage response, string text)
    {
        Assert.True(response.Content.Headers.ContentType?.MediaType == "application/problem+json", $"{(int)response.StatusCode} as {response.Content.Headers.ContentType}: {text}");
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal((int)response.StatusCode, problem.GetProperty("status").GetInt32());
        Assert.Matches("^[a-z_]+$", problem.GetProperty("code").GetString());
        foreach (var member in new[] { "type", "title", "detail", "traceId" })
            Assert.NotEmpty(problem.GetProperty(member).GetString()!);
        Assert.All(problem.GetProperty("errors").EnumerateArray(), e =>
        {
            Assert.NotNull(e.GetProperty("field").GetString());
            Assert.NotEmpty(e.GetProperty("message").GetString()!);
        });
        Assert.DoesNotMatch(Inside(), text);
        return problem;
    }

    /// <summary>Everything that bad input could have left behind, as a text to compare.</summary>
    public static async Task<string> StoredAsync(this WitanServer server)
    {
        await using var connection = await server.Room<Database>().OpenAsync(TestContext.Current.CancellationToken);
        return (await connection.ExecuteScalarAsync<string>("""
            SELECT (SELECT count(*) FROM fixes) || ' fixes, ' || (SELECT count(*) FROM receipts) || ' receipts, ' || (SELECT count(*) FROM agents) || ' agents, '
                || (SELECT count(*) FROM outcomes) || ' outcomes, ' || (SELECT count(*) FROM idempotency_keys) || ' keys, ' || (SELECT count(*) FROM trainings) || ' trainings, '
                || (SELECT count(*) FROM fixes WHERE status = 'decided') || ' decided, ' || (SELECT coalesce(sum(outcomes), 0) FROM agent_records) || ' recorded, champion '
                || (SELECT version FROM models WHERE status = 'champion')
            """))!;
    }

    // A stack trace, a type of .NET or of ours, or a message of the JSON reader.
    [GeneratedRegex(@"\n\s+at |\.cs:line|System\.|Microsoft\.|Witan\.(Client|Server)\.|[A-Za-z]Exception\b|FixProposal|OutcomeReport|StatusReport|JsonElement|Nullable|LineNumber|BytePositionInLine|SQLite Error")]
    private static partial Regex Inside();
}
