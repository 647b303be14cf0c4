using System.Text.RegularExpressions;

namespace Witan.Server.Tests.Docs;

/// <summary>What is shipped for other programs: those that are here can read it.</summary>
public sealed partial class DeployFilesTests
{
    [Fact]
    public async Task Nginx_can_read_its_configuration()
    {
        Uri[] nodes = [new("http://127.0.0.1:5081"), new("http://127.0.0.1:5082")];
        await using var nginx = new OwnNginx(nodes);
        var (code, said) = await nginx.CheckAsync();
        Assert.True(code == 0 && said.Length == 0, said);

        await using var broken = new OwnNginx(nodes, conf => conf.Replace("keepalive 64;", "keepalive many;", StringComparison.Ordinal));
        Assert.NotEqual(0, (await broken.CheckAsync()).Code);
    }

    [Fact]
    public async Task Systemd_can_read_its_unit()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-analyze"), "There is no systemd-analyze.");
        var folder = Directory.CreateTempSubdirectory("witan-unit-");
        var unit = Path.Combine(folder.FullName, "witan.service");
        var shipped = Deployment.Read("systemd/witan.service").Replace("ExecStart=/opt/witan/witan", "ExecStart=/bin/true", StringComparison.Ordinal); // which must exist
        await File.WriteAllTextAsync(unit, shipped, TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), await Deployment.RunAsync("systemd-analyze", "verify", unit));
        await File.WriteAllTextAsync(unit, shipped.Replace("ProtectSystem=strict", "ProtectSystem=maybe", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Assert.NotEqual((0, ""), await Deployment.RunAsync("systemd-analyze", "verify", unit));
        folder.Delete(recursive: true);
    }

    [Fact]
    public void Settings_that_are_set_there_are_settings()
    {
        var known = Setting().Matches(File.ReadAllText(Path.Combine(House.Root, "docs/operations.md"))).Select(setting => setting.Value).ToHashSet();
        string[] own = ["WITAN_POSTGRES_PASSWORD", "WITAN_PEPPER", "WITAN_GRAFANA_PASSWORD"]; // what compose.yaml asks for
        var set = new[] { "compose.yaml", "Dockerfile", "systemd/witan.service", "nginx/witan.conf" }.SelectMany(file => Setting().Matches(Deployment.Read(file)).Select(setting => setting.Value)).Distinct().ToList();
        Assert.Contains("WITAN_DRAINSECONDS", set);
        Assert.Empty(set.Except(known).Except(own));
    }

    [GeneratedRegex("WITAN_[A-Z]+(?:_+[A-Z]+)*")]
    private static partial Regex Setting();
}
