using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Tests;

/// <summary>What a server has acknowledged: the answer to each proposal, and how fixes ended.</summary>
internal sealed record Acknowledged(IReadOnlyDictionary<Guid, FixAnswer> Fixes, IReadOnlyDictionary<Guid, OutcomeReport> Outcomes)
{
    public int Count => Fixes.Count + Outcomes.Count;

    /// <summary>What of it another server does not know, or knows otherwise: fixes, their receipts and their outcomes.</summary>
    public async Task<IReadOnlyList<string>> MissingFromAsync(WitanClient other)
    {
        var missing = new List<string>();
        foreach (var (id, answer) in Fixes)
        {
            AutoFix fix;
            try
            {
                fix = await other.GetFixAsync(id, TestContext.Current.CancellationToken);
            }
            catch (WitanException e) when (e.Problem.Status == 404)
            {
                missing.Add($"fix {id}");
                continue;
            }
            if (fix.Receipt is null || Json(fix.Receipt.Answer) != Json(answer))
                missing.Add($"the receipt of {id}");
            if (Outcomes.TryGetValue(id, out var outcome) && (fix.Success, fix.DurationMs) != (outcome.Success, outcome.DurationMs))
                missing.Add($"the outcome of {id}");
        }
        return missing;
    }

    private static string Json(FixAnswer answer) => JsonSerializer.Serialize(answer, WitanJson.Default.FixAnswer);
}

/// <summary>Several who propose fixes and report how they ended, one request after the other, until they are stopped.</summary>
internal sealed class BusyWriters : IAsyncDisposable
{
    private const int Count = 4;

    private readonly ConcurrentDictionary<Guid, FixAnswer> _fixes = [];
    private readonly ConcurrentDictionary<Guid, OutcomeReport> _outcomes = [];
    private readonly SemaphoreSlim _turns = new(Count);
    private readonly CancellationTokenSource _stop = new();
    private readonly WitanClient _client;
    private readonly Task _all;
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _acknowledged;

    public BusyWriters(Uri server)
    {
        _client = new(server);
        _all = Task.WhenAll(Enumerable.Range(0, Count).Select(number => Task.Run(() => WriteAsync(number))));
    }

    /// <summary>The agents that they write for.</summary>
    public static IReadOnlyList<string> Agents { get; } = [.. Enumerable.Range(0, Count).Select(number => $"writer-{number}")];

    /// <summary>What was acknowledged until now.</summary>
    public Acknowledged Acknowledged => new(new Dictionary<Guid, FixAnswer>(_fixes), new Dictionary<Guid, OutcomeReport>(_outcomes));

    /// <summary>Waits until so many more writes are acknowledged.</summary>
    public async Task AcknowledgeAsync(int more)
    {
        for (var wanted = Volatile.Read(ref _acknowledged) + more; ;)
        {
            var next = Volatile.Read(ref _next).Task;
            if (Volatile.Read(ref _acknowledged) >= wanted)
                return;
            await await Task.WhenAny(next, _all); // a writer that failed ends the waiting too
        }
    }

    /// <summary>Does something while every writer holds its pen.</summary>
    public async Task WhileTheyPauseAsync(Action action)
    {
        for (var i = 0; i < Count; i++)
            await _turns.WaitAsync();
        action();
        _turns.Release(Count);
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _all;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
        _turns.Dispose();
        _client.Dispose();
    }

    private async Task WriteAsync(int number)
    {
        var random = new Random(4711 + number);
        var open = new Stack<Guid>();
        while (!_stop.IsCancellationRequested)
        {
            await _turns.WaitAsync();
            try
            {
                if (open.Count > 0 && random.Next(2) == 0)
                    await ReportAsync(open.Pop(), random);
                else
                    open.Push(await ProposeAsync(number, random));
            }
            finally
            {
                _turns.Release();
            }
            Interlocked.Increment(ref _acknowledged);
            Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }
    }

    private async Task<Guid> ProposeAsync(int number, Random random)
    {
        var answer = await _client.ProposeAsync(new() { AgentId = Agents[number], FixStrategy = "code_patch", Issue = string.Create(CultureInfo.InvariantCulture, $"issue-{random.Next(30)}"), Domain = "backend" });
        _fixes[answer.Id!.Value] = answer;
        return answer.Id.Value;
    }

    private async Task ReportAsync(Guid id, Random random)
    {
        var outcome = new OutcomeReport { Success = random.Next(3) > 0, DurationMs = random.Next(100_000) };
        await _client.ReportOutcomeAsync(id, outcome);
        _outcomes[id] = outcome;
    }
}
