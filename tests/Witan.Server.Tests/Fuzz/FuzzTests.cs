using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using Witan.Server.Tests.BadInput;
using Witan.Server.Tests.Models;

namespace Witan.Server.Tests.Fuzz;

/// <summary>Twenty thousand requests drawn from the OpenAPI document: nothing breaks, and everything that was stored can be read back.</summary>
public sealed partial class FuzzTests : IAsyncLifetime
{
    private const int Requests = 20_000;
    private const int Trainings = 3;
    private const int Most = 24;

    private readonly ConcurrentQueue<string> _failures = new();
    private readonly ConcurrentDictionary<(string Operation, int Status), int> _counts = new();
    private readonly ConcurrentDictionary<string, string> _stored = new();
    private readonly Pool _pool = new();
    private WitanServer _server = null!;
    private ApiDescription _api = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WitanServer.StartAsync(change: settings => settings with { Policy = new() { AutoApply = 0.7, Review = 0.5, MinComparableOutcomes = 3, MaxOpenVotes = 50 } });
        _api = new((await _server.SendAsync(new(HttpMethod.Get, "/openapi/v1.json"))).Json);
        // A trained model from the start: whether one of the trainings below ends in time is chance.
        await _server.TeachAsync(SimulatedFleet.Reports(400));
        _pool.Add("models", await _server.TrainAsync());
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(20261123)]
    public async Task Whatever_is_asked_is_answered_as_the_contract_says(int seed)
    {
        var weighed = _api.Operations.Where(o => o.Id is not ("TrainModel" or "CancelTraining")).SelectMany(o => Enumerable.Repeat(o, o.Method == HttpMethod.Get ? 2 : o.Id == "ProposeFixes" ? 1 : 4)).ToList();
        var (training, cancelling) = (_api.Operations.Single(o => o.Id == "TrainModel"), _api.Operations.Single(o => o.Id == "CancelTraining"));

        await Parallel.ForAsync(0, Requests, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = TestContext.Current.CancellationToken }, async (i, cancel) =>
        {
            var random = new Random(unchecked((seed * 1_000_003) + i));
            // The first training is cancelled; with the others nothing interferes.
            var operation = i % (Requests / Trainings) == Requests / Trainings / 2 ? training
                : i < Requests / Trainings && random.Next(20) == 0 ? cancelling : weighed[random.Next(weighed.Count)];
            await AskAsync(operation, new RandomRequests(_api, random, _pool).Next(operation), i, cancel);
        });

        NothingFailed();
        Assert.Equal(_api.Operations.Select(o => o.Id).Order(), _counts.Keys.Select(k => k.Operation).Distinct().Order());
        foreach (var operation in _api.Operations)
            Assert.True(_counts.Any(c => c.Key.Operation == operation.Id && c.Key.Status is >= 200 and < 300), $"{operation.Id} never succeeded: the run shows little");
        Assert.InRange(_counts.Where(c => c.Key.Status is >= 200 and < 400).Sum(c => c.Value), Requests / 3, Requests);
        await EverythingStoredIsReadAsync();
        await _server.PostAsync("/stats/refresh", null);
        await EveryListIsWalkedAsync();
        NothingFailed();
    }

    private async Task AskAsync(ApiOperation operation, HttpRequestMessage request, int number, CancellationToken cancel)
    {
        var sent = $"{number}: {request.Method} {request.RequestUri} {(request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancel))}";
        try
        {
            using var response = await _server.Http.SendAsync(request, cancel);
            var text = await response.Content.ReadAsStringAsync(cancel);
            var status = (int)response.StatusCode;
            _counts.AddOrUpdate((operation.Id, status), 1, (_, n) => n + 1);
            Assert.True(status < 500, $"{status}: {text}");
            if (status >= 400)
                Refusals.WellFormed(response, text);
            else if (status is 200 or 201 or 202)
                Learn(operation, response, text);
        }
        catch (Exception e) when (e is Xunit.Sdk.XunitException or HttpRequestException or JsonException or InvalidOperationException or UriFormatException)
        {
            Failed(sent, e.Message);
        }
        finally
        {
            request.Dispose();
        }
    }

    // Remembers what can be read back, and by which address.
    private void Learn(ApiOperation operation, HttpResponseMessage response, string text)
    {
        Assert.DoesNotMatch(Inside(), text);
        if (operation.Path.StartsWith("/health", StringComparison.Ordinal) || text.Length == 0)
            return;
        var json = JsonDocument.Parse(text).RootElement;
        if (operation.IsList && json.GetProperty("nextCursor").GetString() is { } cursor)
            _pool.Add("cursor:" + operation.Path, cursor);
        if (response.Headers.Location is { } location)
            _stored[location.ToString()] = IdOf(json);
        switch (operation.Id)
        {
            case "ProposeFix":
                Store("auto-fixes", json.GetProperty("id"));
                Store("collaborations", json.GetProperty("collaborationId"));
                break;
            case "ProposeFixes":
                foreach (var line in json.GetProperty("results").EnumerateArray())
                    Store("auto-fixes", line.GetProperty("id"));
                break;
            case "BeginCollaboration":
                Store("collaborations", json.GetProperty("id"));
                break;
            case "CastVote" when (int)response.StatusCode == 201:
                _stored[$"{Conversation.Prefix}/votes?history=true&limit=200&collaborationId={json.GetProperty("collaborationId")}&voterId={Uri.EscapeDataString(json.GetProperty("voterId").GetString()!)}"] = json.GetProperty("id").GetString()!;
                break;
            case "ListModels":
                foreach (var model in json.GetProperty("models").EnumerateArray())
                    _pool.Add("models", model.GetProperty("version").GetString()!);
                break;
            case "TrainModel":
                _pool.Add("trainings", json.GetProperty("id").GetString()!);
                break;
        }
    }

    private void Store(string kind, JsonElement id)
    {
        if (id.ValueKind != JsonValueKind.String)
            return;
        _pool.Add(kind, id.GetString()!);
        _stored[$"{Conversation.Prefix}/{kind}/{id.GetString()}"] = id.GetString()!;
    }

    private async Task EverythingStoredIsReadAsync()
    {
        Assert.True(_stored.Count > 1_000, $"only {_stored.Count} things were stored");
        await Parallel.ForEachAsync(_stored, TestContext.Current.CancellationToken, async (stored, cancel) =>
        {
            using var response = await _server.Http.GetAsync(new Uri(stored.Key, UriKind.Relative), cancel);
            var text = await response.Content.ReadAsStringAsync(cancel);
            if ((int)response.StatusCode != 200 || !text.Contains(stored.Value, StringComparison.Ordinal))
                Failed($"GET {stored.Key}", $"{(int)response.StatusCode}: {text}");
        });
    }

    private async Task EveryListIsWalkedAsync()
    {
        foreach (var list in _api.Operations.Where(o => o.IsList))
        {
            var items = (await _server.GetAsync(list.Path)).Json.EnumerateObject().Single(p => p.Value.ValueKind == JsonValueKind.Array).Name;
            var walked = await _server.WalkAsync(list.Path, items, 199);
            Assert.True(walked.Count > 0, $"{list.Path} is empty");
            Assert.Equal(walked.Count, walked.Select(item => item.GetRawText()).Distinct().Count());
        }
    }

    private void Failed(string sent, string message)
    {
        if (_failures.Count < 1_000)
            _failures.Enqueue($"{(sent.Length > 600 ? sent[..600] : sent)}\n  -> {(message.Length > 600 ? message[..600] : message)}");
    }

    private void NothingFailed() => Assert.True(_failures.IsEmpty, $"{_failures.Count} failed, among them:\n{string.Join('\n', _failures.Take(Most))}");

    private static string IdOf(JsonElement json) => (json.TryGetProperty("id", out var id) ? id : json.GetProperty("pattern")).GetString()!;

    // Of the inside; texts that the run itself sends have none of it.
    [GeneratedRegex(@"\n\s+at |\.cs:line|System\.[A-Z]|Microsoft\.[A-Z]|[A-Za-z]Exception\b|SQLite Error")]
    private static partial Regex Inside();
}
