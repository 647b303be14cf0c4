using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Witan.Server.Tests.Resilience;

/// <summary>Writers and readers that keep one server busy until they are stopped. A write that was refused is not repeated.</summary>
internal sealed class Load : IAsyncDisposable
{
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan BetweenReads = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;
    private readonly Promises _promises;
    private readonly Watch _watch;
    private readonly Author _prober;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _all;

    public Load(Uri url, Promises promises, Watch watch, int writers, int readers)
    {
        (_http, _promises, _watch, _prober) = (Watch.ClientOf(url), promises, watch, new(writers, promises, mayRepeat: false));
        _all = Task.WhenAll([
            .. Enumerable.Range(0, writers).Select(number => Task.Run(() => WriteAsync(new(number, promises, mayRepeat: false)))),
            .. Enumerable.Range(0, readers).Select(number => Task.Run(() => ReadAsync(new Random(number)))),
        ]);
    }

    /// <summary>Waits until so many more writes are acknowledged.</summary>
    public async Task AcknowledgesAsync(int more)
    {
        var (wanted, since) = (_promises.Acknowledged + more, Stopwatch.GetTimestamp());
        while (_promises.Acknowledged < wanted)
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < Patience, $"no {more} writes were acknowledged in {Patience.TotalSeconds} s ({_watch}):\n{string.Join('\n', _watch.Complaints.Take(30))}");
            await Task.Delay(2);
        }
    }

    /// <summary>Tries until a write and a read are answered, and returns how long that took.</summary>
    public async Task<TimeSpan> ServesAgainAsync()
    {
        var since = Stopwatch.GetTimestamp();
        while (!await WriteOnceAsync(_prober) || (await _watch.SendAsync(_http, Get("auto-fixes?limit=1"))).Status != 200)
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < Patience, $"it does not serve again ({_watch}):\n{string.Join('\n', _watch.Complaints.Take(30))}");
            await Task.Delay(20);
        }
        return Stopwatch.GetElapsedTime(since);
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
        _http.Dispose();
    }

    public static HttpRequestMessage Get(string path) => new(HttpMethod.Get, $"api/agent-intelligence/{path}");

    public static HttpRequestMessage Question(string agent) => new(HttpMethod.Post, "api/agent-intelligence/confidence")
    {
        Content = new StringContent($$"""{"agentId":"{{agent}}","fixStrategy":"code_patch","issue":"asked"}""", Encoding.UTF8, "application/json"),
    };

    private async Task WriteAsync(Author author)
    {
        while (!_stop.IsCancellationRequested)
        {
            if (!await WriteOnceAsync(author))
                await Task.Delay(AfterRefusal);
        }
    }

    private async Task<bool> WriteOnceAsync(Author author)
    {
        var write = author.Next();
        var (status, body) = await _watch.SendAsync(_http, write.ToRequest());
        if (status is not (200 or 201))
            return false;
        write.Acknowledge(body);
        return true;
    }

    private async Task ReadAsync(Random random)
    {
        while (!_stop.IsCancellationRequested)
        {
            await _watch.SendAsync(_http, random.Next(6) switch
            {
                0 when _promises.AnyFix is { } id => Get(string.Create(CultureInfo.InvariantCulture, $"auto-fixes/{id}")),
                1 => Get("learnings?limit=10"),
                2 => Get("stats/fixes"),
                3 => Question(Author.Agents[random.Next(Author.Agents.Count)]),
                4 => Get("votes?limit=10"),
                _ => Get("auto-fixes?limit=10"),
            });
            await Task.Delay(BetweenReads);
        }
    }
}
