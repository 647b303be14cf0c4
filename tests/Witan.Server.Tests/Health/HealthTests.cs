using System.Text.Json;

namespace Witan.Server.Tests.Health;

/// <summary>Is it alive, and can it serve?</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task A_server_is_live_and_ready_from_the_first_request_on()
    {
        await using var server = await WitanServer.StartAsync();

        var live = await server.SendAsync(new(HttpMethod.Get, "/health/live"));
        var ready = await server.SendAsync(new(HttpMethod.Get, "/health/ready"));

        Assert.Equal((200, """{"status":"live"}"""), (live.Status, live.Text));
        Assert.Equal((200, "ready"), (ready.Status, ready["status"].GetString()));
        foreach (var dependency in ready["dependencies"].EnumerateObject())
        {
            Assert.Equal("ok", dependency.Value.GetProperty("status").GetString());
            Assert.Equal(JsonValueKind.Null, dependency.Value.GetProperty("detail").ValueKind);
        }
        Assert.Equal(["database", "model", "summaries"], ready["dependencies"].EnumerateObject().Select(d => d.Name));
    }

    [Fact]
    public async Task Without_its_tables_it_is_live_and_not_ready()
    {
        await using var server = await WitanServer.StartAsync();
        await server.ExecuteAsync("ALTER TABLE models RENAME TO lost");

        var ready = await server.SendAsync(new(HttpMethod.Get, "/health/ready"));

        Assert.Equal((503, "unavailable"), (ready.Status, ready["status"].GetString()));
        Assert.Equal(200, (await server.SendAsync(new(HttpMethod.Get, "/health/live"))).Status);
    }
}
