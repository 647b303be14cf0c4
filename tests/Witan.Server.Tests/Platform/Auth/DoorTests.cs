using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Witan.Client;
using Witan.Server.Tests.Keys;

namespace Witan.Server.Tests.Platform.Auth;

/// <summary>Without keys this machine alone is served; with keys whoever has one.</summary>
public sealed class DoorTests
{
    public static TheoryData<string, string> FromElsewhere => new()
    {
        { "Host", "witan.example" }, { "Host", "192.168.1.5:5080" }, { "X-Forwarded-For", "10.0.0.1" }, { "Forwarded", "for=10.0.0.1" },
        { "X-Real-IP", "10.0.0.1" }, { "Via", "1.1 proxy" }, { "X-Original-For", "10.0.0.1" }, { "Origin", "https://dashboard.example" }, { "Origin", "null" },
    };

    [Theory]
    [MemberData(nameof(FromElsewhere))]
    public async Task What_came_through_others_is_refused_without_keys_and_served_with_one(string header, string value)
    {
        await using var server = await Keyed.StartAsync();
        (await SendAsync(server, null)).Is(403, "not_local");

        var admin = (await server.MakeFirstKeyAsync()).Key;
        var reader = (await server.MakeKeyAsync(admin, KeyScope.Read)).Key;
        Assert.Equal(200, (await SendAsync(server, reader)).Status);
        (await SendAsync(server, null)).Is(401, "key_required");

        Task<Answer> SendAsync(WitanServer to, string? key)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, Conversation.Prefix + "/agents");
            if (header == "Host")
                request.Headers.Host = value;
            else
                request.Headers.TryAddWithoutValidation(header, value);
            if (key is not null)
                request.Headers.Add("X-Api-Key", key);
            return to.SendAsync(request);
        }
    }

    [Fact]
    public async Task Without_keys_another_machine_is_refused_whatever_it_says_its_host_is()
    {
        var own = Array.Find(Dns.GetHostAddresses(Dns.GetHostName()).Concat(Addresses()).ToArray(), a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a));
        Assert.SkipWhen(own is null, "This machine has no address but loopback.");
        await using var server = await Keyed.StartAsync(change: settings => settings with { Urls = "http://0.0.0.0:0" });

        Assert.Equal(HttpStatusCode.OK, await StatusAsync("127.0.0.1"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(own!.ToString()));

        async Task<HttpStatusCode> StatusAsync(string address)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{address}:{server.Url.Port}{Conversation.Prefix}/agents");
            request.Headers.Host = "localhost";
            using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
            return response.StatusCode;
        }

        static IEnumerable<IPAddress> Addresses() => NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address);
    }

    [Fact]
    public async Task Once_a_key_was_made_keys_are_needed_even_when_all_are_revoked()
    {
        await using var server = await Keyed.StartAsync();
        Assert.Equal(200, (await server.ReadAsync(null)).Status);
        var only = await server.MakeFirstKeyAsync();

        Assert.Equal(200, (await server.CallAsync("DELETE", $"/api/keys/{only.Info.Id}", only.Key)).Status);

        (await server.ReadAsync(null)).Is(401, "key_required");
        (await server.CallAsync("GET", "/api/keys", only.Key)).Is(401, "key_refused");
        (await server.CallAsync("POST", "/api/keys", null, new KeyRequest { Name = "me", Scopes = [KeyScope.Admin] })).Is(401, "key_required");
        Assert.Equal(200, (await server.CallAsync("GET", "/health/live", null)).Status);
    }

    [Fact]
    public async Task A_server_that_is_restarted_still_needs_keys_and_takes_those_of_before()
    {
        await using var server = await Keyed.StartAsync();
        var reader = (await server.MakeKeyAsync((await server.MakeFirstKeyAsync()).Key, KeyScope.Read)).Key;

        await using var again = await Keyed.StartAsync(change: settings => settings with { Database = server.Database });

        (await again.ReadAsync(null)).Is(401, "key_required");
        Assert.Equal(200, (await again.ReadAsync(reader)).Status);
    }

    [Fact]
    public async Task A_server_with_another_pepper_takes_none_of_them()
    {
        await using var server = await Keyed.StartAsync();
        var admin = (await server.MakeFirstKeyAsync()).Key;

        await using var other = await WitanServer.StartAsync(change: settings => settings with { Database = server.Database, Pepper = "another pepper, which is long enough too" });

        (await other.CallAsync("GET", "/api/keys", admin)).Is(401, "key_refused");
        Assert.Equal(200, (await server.CallAsync("GET", "/api/keys", admin)).Status);
    }
}
