namespace Witan.Server.Tests.Verbs;

public sealed class SettingsTests
{
    [Fact]
    public async Task All_errors_are_told_at_once()
    {
        using var witan = new WitanProcess();
        witan.Write("witan.json", """{"policy":{"autoApply":1.5,"minComparableOutcomes":"many"},"databse":"x.db"}""");
        var run = await witan.RunAsync(["serve", "--redis", "localhost:6379,nonsense=1"], new() { ["WITAN_URLS"] = "nonsense", ["WITAN_POLICY__REVIEW"] = "-1" });
        run.FailsWith("policy.autoApply", "policy.minComparableOutcomes", "databse: unknown setting", "urls: \"nonsense\"", "policy.review", "redis");
        Assert.Equal(6, run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData("{", "witan.json")]
    [InlineData("[]", "witan.json")]
    [InlineData("""{"urls":"http://localhost:1","urls":"http://localhost:2"}""", "witan.json")]
    [InlineData("""{"policy":{"review":0.9,"autoApply":0.5}}""", "policy.review")]
    [InlineData("""{"policy":{"review":"NaN"}}""", "policy.review")]
    [InlineData("""{"policy":{"reviews":0.5}}""", "policy.reviews")]
    [InlineData("""{"policy":{"maxChangedLines":-1}}""", "policy.maxChangedLines")]
    [InlineData("""{"policy":{"maxRecentAttempts":1e3}}""", "policy.maxRecentAttempts")]
    [InlineData("""{"policy":{"riskBudget":0}}""", "policy.riskBudget: expected a share above 0 and at most 0.5")]
    [InlineData("""{"policy":{"riskBudget":0.6}}""", "policy.riskBudget: expected a share above 0 and at most 0.5")]
    [InlineData("""{"policy":{"riskBudget":"x"}}""", "policy.riskBudget: expected a share above 0 and at most 0.5")]
    [InlineData("""{"retraining":{"enabled":"maybe"}}""", "retraining.enabled: expected true or false")]
    [InlineData("""{"retraining":{"often":true}}""", "retraining.often: unknown setting")]
    [InlineData("""{"limits":{"strict":0}}""", "limits.strict: expected requests a minute from 1 to 100000000")]
    [InlineData("""{"limits":{"plans":{"ci":"many"}}}""", "limits.plans.ci")]
    [InlineData("""{"limits":{"exact":["fleets"]}}""", "limits.exact: \"fleets\" is no policy")]
    [InlineData("""{"limits":{"often":1}}""", "limits.often: unknown setting")]
    [InlineData("""{"cache":{"megabytes":-1}}""", "cache.megabytes: expected a whole number from 0")]
    [InlineData("""{"keys":{"pepper":"short"}}""", "keys.pepper: expected a secret text of at least 32 characters")]
    [InlineData("""{"otlp":"collector:4317"}""", "otlp: \"collector:4317\" is not a URL")]
    [InlineData("""{"proxies":["localhost"]}""", "proxies: \"localhost\" is not an address")]
    [InlineData("""{"redis":",abortConnect=false"}""", "redis: names no host")]
    [InlineData("""{"database":"Host=db;Database=witan"}""", "database")]
    public async Task A_bad_file_is_named_with_its_setting(string json, string named)
    {
        using var witan = new WitanProcess();
        witan.Write("witan.json", json);
        (await witan.RunAsync("migrate")).FailsWith(named);
        Assert.False(File.Exists(witan.Database));
    }

    [Fact]
    public void Retraining_is_on_and_a_risk_budget_is_not_unless_they_are_set()
    {
        using var witan = new WitanProcess();
        var (plain, set) = (witan.Write("plain.json", "{}"), witan.Write("set.json", """{"policy":{"riskBudget":0.05},"retraining":{"enabled":false}}"""));

        Assert.Equal((true, null), Settings.Load(plain, new Dictionary<string, string?>()).Settings is { } p ? (p.Retraining.Enabled, p.Policy.RiskBudget) : default);
        Assert.Equal((false, 0.05), Settings.Load(set, new Dictionary<string, string?>()).Settings is { } s ? (s.Retraining.Enabled, s.Policy.RiskBudget) : default);
    }

    [Fact]
    public async Task A_file_that_was_asked_for_must_be_there()
    {
        using var witan = new WitanProcess();
        (await witan.RunAsync("migrate", "--config", "other.json")).FailsWith("other.json");
        (await witan.RunAsync("migrate", "--config", ".")).FailsWith("config");
    }

    [Theory]
    [InlineData("http://0.0.0.0:5080")]
    [InlineData("http://[::]:5080")]
    [InlineData("http://192.168.1.5:5080")]
    [InlineData("http://example.com")]
    [InlineData("http://localhost:5080;http://0.0.0.0:5080")]
    public async Task Without_keys_only_this_machine_may_be_listened_to(string urls)
    {
        using var witan = new WitanProcess();
        (await witan.RunAsync("serve", "--urls", urls)).FailsWith("urls: ", "witan keys create");
    }

    [Theory]
    [InlineData("http://*:5080")]
    [InlineData("http://+:5080")]
    [InlineData("https://localhost:5080")]
    [InlineData("ftp://localhost")]
    [InlineData("localhost:5080")]
    [InlineData("http://localhost:99999")]
    public async Task What_is_no_address_to_listen_on_is_refused(string urls)
    {
        using var witan = new WitanProcess();
        (await witan.RunAsync("serve", "--urls", urls)).FailsWith("urls: ");
        Assert.False(File.Exists(witan.Database));
    }

    [Fact]
    public async Task A_flag_goes_before_the_environment_and_that_before_the_file()
    {
        using var witan = new WitanProcess();
        Assert.Contains("witan-data/witan.db", (await witan.RunAsync("migrate")).Out, StringComparison.Ordinal);
        witan.Write("witan.json", """{"database":"file.db"}""");
        Assert.Contains("file.db", (await witan.RunAsync("migrate")).Out, StringComparison.Ordinal);
        var environment = new Dictionary<string, string> { ["WITAN_DATABASE"] = "environment.db" };
        Assert.Contains("environment.db", (await witan.RunAsync(["migrate"], environment)).Out, StringComparison.Ordinal);
        Assert.Contains("flag.db", (await witan.RunAsync(["migrate", "--database", "flag.db"], environment)).Out, StringComparison.Ordinal);
        Assert.All(new[] { "witan-data/witan.db", "file.db", "environment.db", "flag.db" }, file => Assert.True(File.Exists(witan.PathOf(file)), file));
    }

    [Fact]
    public async Task A_bad_setting_that_is_overridden_does_no_harm()
    {
        using var witan = new WitanProcess();
        witan.Write("witan.json", """{"urls":"nonsense"}""");
        (await witan.RunAsync(["migrate"], new() { ["WITAN_URLS"] = "http://localhost:5081" })).Succeeds();
    }
}
