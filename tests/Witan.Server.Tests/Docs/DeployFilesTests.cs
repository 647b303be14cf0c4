namespace Witan.Server.Tests.Docs;

/// <summary>What is shipped for other programs: those that are here can read it.</summary>
public sealed class DeployFilesTests
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
}
