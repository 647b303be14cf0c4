using System.Net;

namespace Witan.Client;

/// <summary>Tries again after 429 and 503, where a repetition does no harm: a read, or a write with an Idempotency-Key.</summary>
internal sealed class Retries(TimeProvider clock)
{
    private const int MostTries = 4;
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    public async Task<HttpResponseMessage> SendAsync(HttpClient http, Func<HttpRequestMessage> make, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var request = make();
            var response = await http.SendAsync(request, cancel).ConfigureAwait(false);
            if (attempt == MostTries || !IsPassing(response.StatusCode) || !IsRepeatable(request))
                return response;
            var wait = WaitOf(response, attempt);
            if (wait > LongestWait)
                return response;
            response.Dispose();
            await Task.Delay(wait, clock, cancel).ConfigureAwait(false);
        }
    }

    private static bool IsPassing(HttpStatusCode status) => status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;

    private static bool IsRepeatable(HttpRequestMessage request) => request.Method == HttpMethod.Get || request.Headers.Contains("Idempotency-Key");

    // What the server asks for, else doubling; plus some more, so that callers do not come back together.
    private TimeSpan WaitOf(HttpResponseMessage response, int attempt)
    {
        var asked = response.Headers.RetryAfter?.Delta ?? response.Headers.RetryAfter?.Date - clock.GetUtcNow();
        var least = asked ?? FirstWait * Math.Pow(2, attempt - 1);
        if (least < TimeSpan.Zero)
            least = TimeSpan.Zero;
        return least + (least * Random.Shared.NextDouble() * (asked is null ? 1 : 0.2));
    }
}
