using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Witan.Client;

namespace Witan.Server.Tests.Client;

/// <summary>Answers requests as it was told, in turn (the last answer again and again), and keeps what was asked.</summary>
internal sealed class ScriptedServer(params ScriptedAnswer[] answers) : HttpMessageHandler
{
    public const string Agents = """{"agents":[],"nextCursor":null}""";

    public List<HttpRequestMessage> Requests { get; } = [];

    public List<string> Bodies { get; } = [];

    /// <summary>Waiting costs no time; the waits are kept.</summary>
    public WaitlessClock Clock { get; } = new();

    public WitanClient Client(string? key = null) => new(new Uri("http://witan.test"), key, this, Clock);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        Bodies.Add(request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken));
        return answers[Math.Min(Requests.Count, answers.Length) - 1].ToResponse();
    }
}

/// <summary>An answer of a <see cref="ScriptedServer"/>.</summary>
internal sealed record ScriptedAnswer(int Status, string Body = "", string Type = "application/json", RetryConditionHeaderValue? RetryAfter = null)
{
    public static ScriptedAnswer Problem(int status, string? code = null, RetryConditionHeaderValue? retryAfter = null) => new(
        status, $$"""{"type":"about:blank","title":"No","status":{{status}},"detail":"not now","code":"{{code ?? "some_code"}}","traceId":"t-1","errors":[{"field":"f","message":"m"}]}""", "application/problem+json", retryAfter);

    public HttpResponseMessage ToResponse()
    {
        var response = new HttpResponseMessage((HttpStatusCode)Status) { Content = new StringContent(Body, Encoding.UTF8, Type) };
        response.Headers.RetryAfter = RetryAfter;
        return response;
    }
}

/// <summary>A clock on which every wait is over at once.</summary>
internal sealed class WaitlessClock : FakeTimeProvider
{
    public List<TimeSpan> Waits { get; } = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Waits.Add(dueTime);
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Advance(dueTime);
        return timer;
    }
}
