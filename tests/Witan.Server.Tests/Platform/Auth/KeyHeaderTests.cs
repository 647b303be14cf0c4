using Witan.Client;
using Witan.Server.Tests.Keys;

namespace Witan.Server.Tests.Platform.Auth;

/// <summary>A server with a key that may read, for requests that try to get in otherwise.</summary>
public sealed class GuardedServer : IAsyncLifetime
{
    internal WitanServer Server { get; private set; } = null!;

    internal string Admin { get; private set; } = null!;

    internal string Reader { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await Keyed.StartAsync();
        Admin = (await Server.MakeFirstKeyAsync()).Key!;
        Reader = (await Server.MakeKeyAsync(Admin, KeyScope.Read)).Key!;
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>How a key is sent, and what is none. {key} stands for a good key.</summary>
public sealed class KeyHeaderTests(GuardedServer guarded) : IClassFixture<GuardedServer>
{
    private const string Agents = "GET /api/agent-intelligence/agents HTTP/1.1";

    private readonly WitanServer _server = guarded.Server;

    [Theory]
    [InlineData("Authorization: Bearer {key}")]
    [InlineData("authorization: bearer {key}")]
    [InlineData("Authorization: BEARER   {key}  ")]
    [InlineData("X-Api-Key: {key}")]
    [InlineData("x-api-key:   {key}\t")]
    [InlineData("Authorization: Basic YTpi|X-Api-Key: {key}")]
    [InlineData("Authorization: Bearer {key}|X-Api-Key: nonsense")]
    public Task A_key_is_taken_from(string headers) => AnswersAsync(headers, 200, "");

    [Theory]
    [InlineData("Authorization: {key}", "key_required")]
    [InlineData("Authorization: Basic {key}", "key_required")]
    [InlineData("Authorization: Bearer{key}", "key_required")]
    [InlineData("Authorization: Bearer {key}|Authorization: Bearer {key}", "key_required")]
    [InlineData("X-Api-Key: {key}|X-Api-Key: {key}", "key_required")]
    [InlineData("Proxy-Authorization: Bearer {key}", "key_required")]
    [InlineData("Cookie: X-Api-Key={key}", "key_required")]
    [InlineData("X-Api_Key: {key}", "key_required")]
    [InlineData("X-Nothing: here", "key_required")]
    [InlineData("Authorization: Bearer ", "key_required")]
    [InlineData("Authorization: Bearer nonsense|X-Api-Key: {key}", "key_refused")]
    [InlineData("X-Api-Key: {key},{key}", "key_refused")]
    [InlineData("X-Api-Key: {key} {key}", "key_refused")]
    [InlineData("X-Api-Key: \"{key}\"", "key_refused")]
    [InlineData("X-Api-Key: Bearer {key}", "key_refused")]
    [InlineData("X-Api-Key: {key}x", "key_refused")]
    [InlineData("X-Api-Key: w{key}", "key_refused")]
    [InlineData("X-Api-Key: nonsense", "key_refused")]
    [InlineData("X-Api-Key: ٠١٢٣٤٥٦٧٨٩", "key_refused")]
    [InlineData("X-Api-Key: witan__", "key_refused")]
    public Task A_key_is_not_taken_from(string headers, string code) => AnswersAsync(headers, 401, code);

    [Fact]
    public async Task A_key_with_any_one_character_changed_is_refused()
    {
        for (var i = 0; i < guarded.Reader.Length; i++)
        {
            foreach (var other in new[] { 'e', '7', '_', char.ToUpperInvariant(guarded.Reader[i]) }.Where(c => c != guarded.Reader[i]))
                (await _server.ReadAsync($"{guarded.Reader[..i]}{other}{guarded.Reader[(i + 1)..]}")).Is(401, "key_refused");
        }
        Assert.Equal(200, (await _server.ReadAsync(guarded.Reader)).Status);
    }

    [Fact]
    public async Task A_digit_of_another_script_in_the_place_of_one_is_refused()
    {
        var digit = guarded.Reader.IndexOfAny([.. "0123456789"], 20);
        var foreign = (char)('٠' + (guarded.Reader[digit] - '0'));
        await AnswersAsync($"X-Api-Key: {guarded.Reader[..digit]}{foreign}{guarded.Reader[(digit + 1)..]}", 401, "key_refused");
    }

    [Fact]
    public async Task A_very_long_key_is_refused_like_any_other() =>
        await AnswersAsync($"X-Api-Key: {guarded.Reader}{new string('a', 20_000)}", 401, "key_refused");

    [Fact]
    public async Task A_key_in_the_address_is_no_key() =>
        Assert.Equal(401, RawHttp.StatusOf(await _server.RawAsync($"GET /api/agent-intelligence/agents?X-Api-Key={guarded.Reader} HTTP/1.1", "Host: localhost")));

    [Theory]
    [InlineData("/API/KEYS")]
    [InlineData("/api/keys/")]
    [InlineData("/api/%6Beys")]
    [InlineData("/api/./keys")]
    [InlineData("/api/agent-intelligence/../keys")]
    [InlineData("/api/audit?limit=1")]
    [InlineData("http://localhost/api/keys")]
    public async Task Another_spelling_of_a_path_needs_the_same_scope(string path)
    {
        Assert.Equal(401, RawHttp.StatusOf(await _server.RawAsync($"GET {path} HTTP/1.1", "Host: localhost")));
        Assert.Contains("scope_missing", await _server.RawAsync($"GET {path} HTTP/1.1", "Host: localhost", $"X-Api-Key: {guarded.Reader}"), StringComparison.Ordinal);
        Assert.Equal(200, RawHttp.StatusOf(await _server.RawAsync($"GET {path} HTTP/1.1", "Host: localhost", $"X-Api-Key: {guarded.Admin}")));
    }

    [Theory]
    [InlineData("/api/keys%2F")]
    [InlineData("/api%2Fkeys")]
    [InlineData("//api/keys")]
    [InlineData("/api//keys")]
    [InlineData("/api/keys;x=1")]
    [InlineData("/api/keys%00")]
    [InlineData("/api\\keys")]
    public async Task What_only_looks_like_a_path_leads_nowhere(string path) =>
        Assert.InRange(RawHttp.StatusOf(await _server.RawAsync($"GET {path} HTTP/1.1", "Host: localhost", $"X-Api-Key: {guarded.Admin}")), 400, 404);

    [Theory]
    [InlineData("X-Original-URL: /health/live")]
    [InlineData("X-Rewrite-URL: /health/live")]
    [InlineData("X-HTTP-Method-Override: GET")]
    [InlineData("X-Forwarded-For: 127.0.0.1")]
    [InlineData("X-Forwarded-Prefix: /health")]
    [InlineData("Host: localhost:5080")]
    public async Task No_header_opens_what_needs_a_key(string header)
    {
        var host = header.StartsWith("Host", StringComparison.Ordinal) ? "X-Nothing: here" : "Host: localhost";
        Assert.Equal(401, RawHttp.StatusOf(await _server.RawAsync("GET /api/keys HTTP/1.1", host, header)));
    }

    [Fact]
    public async Task Who_sends_no_key_is_told_how_to_send_one()
    {
        var answer = await _server.ReadAsync(null);
        answer.Is(401, "key_required");
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
        Assert.Contains("Authorization: Bearer", answer["detail"].GetString(), StringComparison.Ordinal);
    }

    private async Task AnswersAsync(string headers, int status, string code)
    {
        var answer = await _server.RawAsync(Agents, headers.Replace("{key}", guarded.Reader, StringComparison.Ordinal).Split('|').Prepend("Host: localhost"));
        Assert.Equal(status, RawHttp.StatusOf(answer));
        Assert.Contains(code, answer, StringComparison.Ordinal);
        Assert.DoesNotContain(guarded.Reader, answer, StringComparison.Ordinal);
    }
}
