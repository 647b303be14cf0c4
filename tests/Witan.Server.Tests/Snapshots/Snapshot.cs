namespace Witan.Server.Tests.Snapshots;

/// <summary>A promise kept as a file beside this one. WITAN_UPDATE_SNAPSHOTS=1 writes it anew.</summary>
internal static class Snapshot
{
    public static void Match(string name, string actual)
    {
        var path = Path.Combine(Folder(), name);
        actual = actual.ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
        if (Environment.GetEnvironmentVariable("WITAN_UPDATE_SNAPSHOTS") == "1")
            File.WriteAllText(path, actual);
        Assert.True(File.Exists(path), $"{name} is missing; write it with WITAN_UPDATE_SNAPSHOTS=1 and look at what it promises.");
        Assert.Equal(File.ReadAllText(path), actual);
    }

    private static string Folder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Witan.slnx")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests do not run inside the repository.");
        return Path.Combine(folder.FullName, "tests", "Witan.Server.Tests", "Snapshots");
    }
}
