using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace Witan.Server.Tests.Resilience;

/// <summary>
/// Sends requests and holds each to the contract: it is answered within 3 seconds, by what was asked for or by 503 with
/// Retry-After, whatever happens to the database.
/// </summary>
internal sealed class Watch
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    private readonly ConcurrentQueue<string> _complaints = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private long _answered;
    private long _refused;
    private long _longest;

    /// <summary>What was not as the contract says.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    public long Answered => Volatile.Read(ref _answered);

    public long Refused => Volatile.Read(ref _refused);

    public TimeSpan Longest => TimeSpan.FromTicks(Volatile.Read(ref _longest));

    /// <summary>A client that gives up on a server that hangs.</summary>
    public static HttpClient ClientOf(Uri url) => new() { BaseAddress = url, Timeout = TimeSpan.FromSeconds(20) };

    /// <summary>Sends a request.</summary>
    /// <param name="http">Where to.</param>
    /// <param name="request">The request.</param>
    /// <param name="mayDie">Whether the server itself may be killed meanwhile; then it need not answer.</param>
    /// <returns>The status, 0 when there was no answer; and the body of a success.</returns>
    public async Task<(int Status, JsonElement Body)> SendAsync(HttpClient http, HttpRequestMessage request, bool mayDie = false)
    {
        var (began, name) = (_clock.Elapsed, $"{request.Method} {request.RequestUri}");
        try
        {
            using var response = await http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            var (status, took) = ((int)response.StatusCode, _clock.Elapsed - began);
            See(took);
            if (took > Deadline)
                Complain(began, $"{name}: {status} after {took.TotalSeconds:0.00} s");
            if (response.IsSuccessStatusCode)
            {
                Interlocked.Increment(ref _answered);
                return (status, text.Length == 0 ? default : JsonElement.Parse(text));
            }
            Interlocked.Increment(ref _refused);
            if (status != 503 || response.Headers.RetryAfter is null)
                Complain(began, $"{name}: {status} {(status == 503 ? "without Retry-After" : "")} {text}");
            return (status, default);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
        {
            if (!mayDie || _clock.Elapsed - began > Deadline)
                Complain(began, $"{name}: no answer after {(_clock.Elapsed - began).TotalSeconds:0.00} s ({e.GetType().Name}: {e.Message})");
            return (0, default);
        }
        finally
        {
            request.Dispose();
        }
    }

    /// <summary>Holds that there was nothing to complain of.</summary>
    public void HasNoComplaints(string aside = "") => Assert.True(_complaints.IsEmpty,
        $"{_complaints.Count} complaints, of {Answered} answers and {Refused} refusals:\n{string.Join('\n', _complaints.Take(30))}\n{aside}");

    public override string ToString() => $"{Answered} answered, {Refused} refused, the longest took {Longest.TotalSeconds:0.00} s";

    private void Complain(TimeSpan began, string what) => _complaints.Enqueue($"{began.TotalSeconds:0.00} s: {what}");

    private void See(TimeSpan took)
    {
        for (var longest = Volatile.Read(ref _longest); took.Ticks > longest;)
        {
            var known = Interlocked.CompareExchange(ref _longest, took.Ticks, longest);
            if (known == longest)
                return;
            longest = known;
        }
    }
}
