using Witan.Server.Storage;

namespace Witan.Server.Platform.Http;

/// <summary>Reads the Idempotency-Key of a request.</summary>
internal static class Idempotency
{
    private const string Header = "Idempotency-Key";
    private const int Longest = 255;

    /// <summary>The key, or null when there is none; with a problem when it is not one.</summary>
    public static IdempotencyKey? KeyOf(HttpContext context, string bodyHash, out ApiProblem? problem)
    {
        problem = null;
        if (!context.Request.Headers.TryGetValue(Header, out var values))
            return null;
        var key = values.ToString();
        if (values.Count != 1 || key.Length is 0 or > Longest || key.Any(c => c is < ' ' or > '~'))
        {
            problem = ApiProblem.Invalid(Header, $"expected one value of 1 to {Longest} printable ASCII characters");
            return null;
        }
        return new(Caller, context.Request.Path, key, bodyHash);
    }

    // Without keys there is one caller: whoever reaches this machine's loopback.
    private const string Caller = "local";
}
