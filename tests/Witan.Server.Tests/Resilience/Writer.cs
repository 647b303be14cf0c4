using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Tests.Resilience;

/// <summary>
/// One of many that write at the same time: proposes, reports outcomes, sends small batches. What was not acknowledged it
/// sends again, as it was, to the next server.
/// </summary>
internal sealed class Writer(int number, Ledger ledger)
{
    private readonly Random _random = new(4711 + number);
    private readonly List<Guid> _open = [];
    private Write? _unanswered;
    private int _written;

    private string Agent => $"writer-{number % 5}";

    /// <summary>Writes until the server has gone, or once each time that it is asked to.</summary>
    public async Task WriteAsync(HttpClient http, Action acknowledged, bool onlyUnanswered = false)
    {
        try
        {
            while (!onlyUnanswered || _unanswered is not null)
            {
                _unanswered ??= Next();
                using var request = _unanswered.ToRequest();
                using var response = await http.SendAsync(request);
                var answer = await response.Content.ReadAsStringAsync();
                Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {answer}");
                _unanswered.Acknowledge(JsonDocument.Parse(answer).RootElement);
                _unanswered = null;
                acknowledged();
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // Killed: whether the last write is stored nobody knows, so it is sent again.
        }
    }

    private Write Next() => _random.Next(4) switch
    {
        0 when _open.Count > 0 => Outcome(),
        1 when _open.Count > 0 => Outcome(),
        2 => Batch(),
        _ => Propose(),
    };

    private Write Propose()
    {
        var (issue, hasKey) = (NewIssue(), _random.Next(2) == 0);
        // One of the two makes the repetition safe: the idempotency key, or the external id.
        return new("auto-fixes", Line(issue, hasKey && _random.Next(2) == 0 ? null : issue, null), "application/json", hasKey ? $"key-{issue}" : null, answer =>
        {
            var id = answer.GetProperty("id").GetGuid();
            ledger.Stored(id, issue);
            _open.Add(id);
        });
    }

    private Write Outcome()
    {
        var id = _open[^1];
        _open.RemoveAt(_open.Count - 1);
        var (success, duration) = (_random.Next(3) > 0, _random.Next(2) == 0 ? (long?)_random.Next(100_000) : null);
        var body = JsonSerializer.Serialize(new OutcomeReport { Success = success, DurationMs = duration }, WitanJson.Default.OutcomeReport);
        return new($"auto-fixes/{id}/outcome", body, "application/json", _random.Next(3) == 0 ? $"end-{id}" : null, _ => ledger.Ended(id, success, duration));
    }

    private Write Batch()
    {
        var lines = Enumerable.Range(0, _random.Next(1, 6)).Select(i => (Issue: NewIssue(), Outcome: i % 2 == 0 ? new OutcomeReport { Success = _random.Next(2) == 0, DurationMs = i } : null)).ToList();
        var body = string.Join('\n', lines.Select(line => Line(line.Issue, line.Issue, line.Outcome)));
        return new("auto-fixes/batch", body, "application/x-ndjson", _random.Next(2) == 0 ? $"batch-{lines[0].Issue}" : null, answer =>
        {
            var results = answer.GetProperty("results");
            for (var i = 0; i < lines.Count; i++)
            {
                var id = results[i].GetProperty("id").GetGuid();
                ledger.Stored(id, lines[i].Issue);
                if (lines[i].Outcome is { } outcome)
                    ledger.Ended(id, outcome.Success!.Value, outcome.DurationMs);
                else
                    _open.Add(id);
            }
        });
    }

    private string Line(string issue, string? externalId, OutcomeReport? outcome) => JsonSerializer.Serialize(
        new FixProposal { AgentId = Agent, FixStrategy = "code_patch", Issue = issue, Domain = _written % 2 == 0 ? "backend" : null, ExternalId = externalId, Outcome = outcome }, WitanJson.Default.FixProposal);

    private string NewIssue()
    {
        var issue = string.Create(CultureInfo.InvariantCulture, $"w{number}-{_written++}");
        ledger.Attempts(issue);
        return issue;
    }

    private sealed record Write(string Path, string Body, string Type, string? Key, Action<JsonElement> Acknowledge)
    {
        public HttpRequestMessage ToRequest()
        {
            var request = new HttpRequestMessage(HttpMethod.Post, $"api/agent-intelligence/{Path}") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Body)) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(Type);
            if (Key is not null)
                request.Headers.Add("Idempotency-Key", Key);
            return request;
        }
    }
}
