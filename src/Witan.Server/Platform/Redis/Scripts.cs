namespace Witan.Server.Platform.Redis;

/// <summary>Lua scripts, which lie in files of their own beside the code that uses them.</summary>
internal static class Scripts
{
    public static string Read(string name)
    {
        var assembly = typeof(Scripts).Assembly;
        var resource = assembly.GetManifestResourceNames().Single(known => known.EndsWith($".{name}.lua", StringComparison.Ordinal));
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}
