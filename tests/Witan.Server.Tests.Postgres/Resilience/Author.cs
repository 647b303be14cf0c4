using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Tests.Resilience;

/// <summary>A write as it is sent, and what to note when it is acknowledged.</summary>
internal sealed record Write(string Path, string Body, string? Key, Action<JsonElement> Acknowledge)
{
    public HttpRequestMessage ToRequest()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"api/agent-intelligence/{Path}") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (Key is not null)
            request.Headers.Add("Idempotency-Key", Key);
        return request;
    }
}

/// <summary>
/// Makes up the writes of one of many who write at the same time: proposes, reports outcomes, learns, votes. Where they may be
/// repeated each has an Idempotency-Key, or an external id; else it has neither.
/// </summary>
internal sealed class Author(int number, Promises promises, bool mayRepeat)
{
    private const int Voters = 40;

    private readonly Random _random = new(4711 + number);
    private readonly List<Guid> _open = [];
    private readonly List<string> _patterns = [];
    private readonly Queue<(Guid Collaboration, string Voter)> _ballots = [];
    private int _written;

    /// <summary>The agents that propose.</summary>
    public static IReadOnlyList<string> Agents { get; } = [.. Enumerable.Range(0, 5).Select(i => $"author-{i}")];

    public Write Next() => _random.Next(6) switch
    {
        0 or 1 when _open.Count > 0 => Outcome(),
        2 when _ballots.Count > 0 => Vote(),
        2 => Begin(),
        3 => Learn(),
        _ => Propose(),
    };

    private Write Propose()
    {
        var (issue, hasKey) = (Name("issue"), mayRepeat && _random.Next(2) == 0);
        var proposal = new FixProposal
        {
            AgentId = Agents[number % Agents.Count], FixStrategy = "code_patch", Issue = issue, Domain = _written % 2 == 0 ? "backend" : null,
            ExternalId = mayRepeat && !hasKey ? issue : null,
        };
        return new("auto-fixes", JsonSerializer.Serialize(proposal, WitanJson.Default.FixProposal), hasKey ? $"key-{issue}" : null, answer =>
        {
            var id = answer.GetProperty("id").GetGuid();
            promises.Stored(id, issue);
            _open.Add(id);
        });
    }

    // The same outcome again changes nothing, so a key is not needed to repeat it.
    private Write Outcome()
    {
        var id = _open[^1];
        _open.RemoveAt(_open.Count - 1);
        var (success, duration) = (_random.Next(3) > 0, _random.Next(2) == 0 ? (long?)_random.Next(100_000) : null);
        var body = JsonSerializer.Serialize(new OutcomeReport { Success = success, DurationMs = duration }, WitanJson.Default.OutcomeReport);
        return new($"auto-fixes/{id}/outcome", body, mayRepeat && _random.Next(2) == 0 ? $"end-{id}" : null, _ => promises.Ended(id, success, duration));
    }

    private Write Learn()
    {
        var isNew = _patterns.Count == 0 || _random.Next(2) == 0;
        var pattern = isNew ? Name("pattern") : _patterns[_random.Next(_patterns.Count)];
        var report = new LearningReport { Pattern = pattern, Problem = "It breaks", Solution = "Mend it", AgentDomains = ["backend"], DiscoveredBy = Agents[number % Agents.Count] };
        promises.Reports(pattern);
        return new("learnings", JsonSerializer.Serialize(report, WitanJson.Default.LearningReport), Key("learn"), _ =>
        {
            promises.Learned(pattern);
            if (isNew)
                _patterns.Add(pattern);
        });
    }

    // Voters without a record: they are counted and decide nothing, so that the vote stays open.
    private Write Begin()
    {
        var goal = Name("goal");
        var voters = Enumerable.Range(0, Voters).Select(_ => Name("voter")).ToList();
        var request = new CollaborationRequest { Type = CollaborationType.Fixing, Leader = Agents[number % Agents.Count], Participants = voters, Goal = goal };
        return new("collaborations", JsonSerializer.Serialize(request, WitanJson.Default.CollaborationRequest), Key("begin"), answer =>
        {
            var id = answer.GetProperty("id").GetGuid();
            promises.Begun(id, goal);
            foreach (var voter in voters)
                _ballots.Enqueue((id, voter));
        });
    }

    private Write Vote()
    {
        var (collaboration, voter) = _ballots.Dequeue();
        var vote = new VoteRequest { VoterId = voter, Solution = "as proposed", Vote = VoteKind.Approve };
        return new($"collaborations/{collaboration}/votes", JsonSerializer.Serialize(vote, WitanJson.Default.VoteRequest), Key("vote"),
            answer => promises.Voted(answer.GetProperty("id").GetGuid(), voter));
    }

    private string? Key(string kind) => mayRepeat ? string.Create(CultureInfo.InvariantCulture, $"{kind}-{number}-{_written++}") : null;

    private string Name(string kind)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{kind}-{number}-{_written++}");
        promises.Attempts(name);
        return name;
    }
}
