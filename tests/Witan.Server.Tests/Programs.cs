namespace Witan.Server.Tests;

/// <summary>Programs of Debian that some tests need. ./test installs them, and there a missing one fails; elsewhere its tests are skipped.</summary>
internal static class Programs
{
    public static string Find(string name)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Concat(["/usr/sbin", "/usr/local/sbin"])
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        if (path is null && Environment.GetEnvironmentVariable("WITAN_TEST_ALL") == "1")
            Assert.Fail($"{name} is missing, and ./test should have installed it.");
        Assert.SkipWhen(path is null, $"There is no {name}. ./test installs it.");
        return path!;
    }
}
