using System.Net;
using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Tests.Verbs;

/// <summary><c>witan keys</c>, on the database itself and beside a server that runs on it.</summary>
public sealed class KeysVerbTests
{
    [Fact]
    public async Task A_key_is_made_listed_rotated_and_revoked()
    {
        using var witan = new WitanProcess();
        Assert.Contains("There is no key", (await witan.RunAsync("keys", "list")).Out, StringComparison.Ordinal);

        var made = await witan.RunAsync("keys", "create", "--name", "ci", "--scope", "report", "read", "--scope", "vote");
        made.Succeeds();
        var key = made.Out.Split('\n')[0];
        var id = key.Split('_')[1];
        Assert.Matches("^witan_[0-9a-f]{12}_[0-9a-f]{72}$", key);
        Assert.Contains($"The key {id} was made. It is shown this once", made.Out, StringComparison.Ordinal);

        var list = await witan.RunAsync("keys", "list");
        Assert.Matches($@"^{id}  ci +read,report,vote +fleet +made \d{{4}}-\d\d-\d\d  used never\n$", list.Out);

        var rotated = await witan.RunAsync("keys", "rotate", id, "--overlap", "48");
        rotated.Succeeds();
        Assert.StartsWith($"witan_{id}_", rotated.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(key, rotated.Out, StringComparison.Ordinal);

        (await witan.RunAsync("keys", "revoke", id)).Succeeds();
        (await witan.RunAsync("keys", "revoke", id)).Succeeds();
        (await witan.RunAsync("keys", "rotate", id)).FailsWith("revoked");
        Assert.Contains("  revoked ", (await witan.RunAsync("keys", "list")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_json_each_prints_what_the_API_answers()
    {
        using var witan = new WitanProcess();
        var made = await JsonAsync<IssuedKey>(witan, "create", "--name", "ops", "--scope", "admin", "--expires", "90");
        Assert.Equal([KeyScope.Admin], made.Info.Scopes);
        Assert.Equal(90, Math.Round((made.Info.ExpiresAt!.Value - made.Info.CreatedAt).TotalDays));
        var rotated = await JsonAsync<IssuedKey>(witan, "rotate", made.Info.Id);
        Assert.Equal(24, Math.Round((rotated.Info.PreviousUntil!.Value - DateTimeOffset.UtcNow).TotalHours));
        var revoked = await JsonAsync<IssuedKey>(witan, "revoke", made.Info.Id);
        Assert.Null(revoked.Key);
        Assert.Equivalent(revoked.Info, Assert.Single((await JsonAsync<KeyPage>(witan, "list")).Keys));
    }

    [Theory]
    [InlineData("create --scope read", "--name")]
    [InlineData("create --name a", "--scope")]
    [InlineData("create --name a --scope superuser", "superuser")]
    [InlineData("create --name a --scope read --plan huge", "plan: ")]
    [InlineData("create --name a --scope read --expires soon", "soon")]
    [InlineData("create --name a --scope read --expires 0", "expiresAt: lies in the past")]
    [InlineData("create --name a --scope read --expires -1", "--expires")]
    [InlineData("create --name a --scope read --expires 2147483647", "--expires")]
    [InlineData("rotate 000000000000", "000000000000")]
    [InlineData("rotate 000000000000 --overlap 2147483647", "--overlap")]
    [InlineData("rotate 000000000000 --overlap 721", "--overlap")]
    [InlineData("revoke 000000000000", "000000000000")]
    [InlineData("revoke", "revoke")]
    public async Task What_cannot_be_done_is_told(string arguments, string named)
    {
        using var witan = new WitanProcess();
        (await witan.RunAsync(["keys", .. arguments.Split(' ')])).FailsWith(named);
    }

    [Theory]
    [InlineData("create")]
    [InlineData("list")]
    [InlineData("rotate")]
    [InlineData("revoke")]
    public async Task The_help_of_each_shows_an_example(string verb)
    {
        using var witan = new WitanProcess();
        Assert.Contains($"    witan keys {verb}", (await witan.RunAsync("keys", verb, "--help")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_server_follows_and_writes_down_who_did_it()
    {
        using var witan = new WitanProcess();
        using var serving = await witan.ServeAsync();
        using var http = new HttpClient { BaseAddress = serving.Url };
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(null));

        var admin = await JsonAsync<IssuedKey>(witan, "create", "--name", "ops", "--scope", "admin", "read");
        await UntilAsync(null, HttpStatusCode.Unauthorized);
        await UntilAsync(admin.Key, HttpStatusCode.OK);
        var reader = await JsonAsync<IssuedKey>(witan, "create", "--name", "eyes", "--scope", "read");
        await UntilAsync(reader.Key, HttpStatusCode.OK);
        await JsonAsync<IssuedKey>(witan, "revoke", reader.Info.Id);
        await UntilAsync(reader.Key, HttpStatusCode.Unauthorized);

        using var request = Request("/api/audit", admin.Key);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var audit = (AuditPage)JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), WitanJson.Default.GetTypeInfo(typeof(AuditPage))!)!;
        Assert.Equal(
            [("shell", "key.revoke", reader.Info.Id), ("shell", "key.create", reader.Info.Id), ("shell", "key.create", admin.Info.Id)],
            audit.Entries.Select(entry => (entry.Actor, entry.Act, entry.Target!)));
        (await serving.EndBySignalAsync("TERM")).Succeeds();

        async Task UntilAsync(string? key, HttpStatusCode status)
        {
            while (await StatusAsync(key) != status)
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }

        async Task<HttpStatusCode> StatusAsync(string? key)
        {
            using var asked = Request($"{Conversation.Prefix}/agents", key);
            using var answer = await http.SendAsync(asked, TestContext.Current.CancellationToken);
            return answer.StatusCode is HttpStatusCode.TooManyRequests ? HttpStatusCode.Unauthorized : answer.StatusCode; // who has no key may not ask for ever
        }
    }

    [Fact]
    public async Task Other_machines_are_listened_to_with_a_key_that_can_be_used()
    {
        using var witan = new WitanProcess();
        string[] serve = ["serve", "--urls", "http://0.0.0.0:0"];
        var refused = await witan.RunAsync(serve);
        refused.FailsWith("http://0.0.0.0:0", "witan keys create --name me");

        var revoked = await JsonAsync<IssuedKey>(witan, "create", "--name", "gone", "--scope", "read");
        await JsonAsync<IssuedKey>(witan, "revoke", revoked.Info.Id);
        (await witan.RunAsync(serve)).FailsWith("witan keys create");

        var key = await JsonAsync<IssuedKey>(witan, "create", "--name", "me", "--scope", "read");
        using var serving = await witan.ListenAsync(serve);
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{serving.Url.Port}") };
        using var request = Request($"{Conversation.Prefix}/agents", key.Key);
        request.Headers.Host = "witan.example";
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("Callers need a key.", (await serving.EndBySignalAsync("TERM")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pepper_that_is_lost_is_missed_and_no_other_one_takes_its_place()
    {
        using var witan = new WitanProcess();
        var key = await JsonAsync<IssuedKey>(witan, "create", "--name", "me", "--scope", "read");
        var pepper = witan.Database + ".pepper";
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(pepper));
        File.Move(pepper, pepper + ".away");

        (await witan.RunAsync("serve", "--urls", "http://127.0.0.1:0")).FailsWith("witan.db.pepper", "put it back");
        (await witan.RunAsync("keys", "create", "--name", "other", "--scope", "read")).FailsWith("witan.db.pepper", "put it back");
        (await witan.RunAsync("keys", "rotate", key.Info.Id)).FailsWith("witan.db.pepper", "put it back");
        Assert.False(File.Exists(pepper));
        (await witan.RunAsync("keys", "list")).Succeeds();

        File.Move(pepper + ".away", pepper);
        (await witan.RunAsync("keys", "rotate", key.Info.Id)).Succeeds();
    }

    [Fact]
    public async Task On_PostgreSQL_a_pepper_is_to_be_set()
    {
        Engine.NeedPostgres();
        using var witan = new WitanProcess();
        var database = await Engine.CreatePostgresAsync();
        string[] create = ["keys", "create", "--name", "me", "--scope", "read", "--database", database];
        var set = new Dictionary<string, string> { ["WITAN_KEYS__PEPPER"] = "a pepper that is long enough for this" };

        (await witan.RunAsync(create)).FailsWith("keys.pepper", "WITAN_KEYS__PEPPER");
        (await witan.RunAsync(create, set)).Succeeds();
        (await witan.RunAsync("serve", "--urls", "http://127.0.0.1:0", "--database", database)).FailsWith("keys.pepper", "WITAN_KEYS__PEPPER");
        using (var serving = await witan.ListenAsync(["serve", "--urls", "http://127.0.0.1:0", "--database", database], set))
            (await serving.EndBySignalAsync("TERM")).Succeeds();
        await Engine.DropAsync(database);
    }

    private static HttpRequestMessage Request(string path, string? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null)
            request.Headers.Add("X-Api-Key", key);
        return request;
    }

    private static async Task<T> JsonAsync<T>(WitanProcess witan, params string[] arguments)
        where T : class
    {
        var run = await witan.RunAsync(["keys", .. arguments, "--json"]);
        run.Succeeds();
        return (T)JsonSerializer.Deserialize(run.Out, WitanJson.Default.GetTypeInfo(typeof(T))!)!;
    }
}
