using System.Security.Cryptography;
using System.Text;

namespace Witan.Server.Platform.Auth;

/// <summary>
/// What the hashes of keys are made with beside the secret, kept apart from the database: whoever reads only one of them can check
/// no guess. From a setting; or, beside a SQLite file, a file that the first key makes.
/// </summary>
/// <param name="setting">The pepper, or null.</param>
/// <param name="file">Where it lies otherwise; null where several machines would need the same one.</param>
internal sealed class Pepper(string? setting, string? file)
{
    public const int LeastLength = 32;

    private byte[]? _value = setting is null ? null : Encoding.UTF8.GetBytes(setting);

    /// <summary>What to do where there is none, or null.</summary>
    public string? Missing => setting is not null || (file is not null && File.Exists(file)) ? null
        : file is null ? $"keys on a database that several nodes share need the setting keys.pepper (WITAN_KEYS__PEPPER), a secret text of at least {LeastLength} characters, the same on all of them"
        : $"the keys in the database were made with the pepper in {file}, which is missing; put it back, or set keys.pepper (WITAN_KEYS__PEPPER)";

    /// <summary>Whether there is one to check keys with.</summary>
    public bool IsKnown => _value is not null || Missing is null;

    public ReadOnlySpan<byte> Value => _value ??= Encoding.UTF8.GetBytes(File.ReadAllText(file!));

    /// <summary>Makes the file where there is neither it nor a setting; whole or not at all.</summary>
    public void Make()
    {
        if (setting is not null || file is null || File.Exists(file))
            return;
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var partial = file + ".part";
        using (var stream = new FileStream(partial, options))
        {
            stream.Write(Encoding.UTF8.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))));
            stream.Flush(flushToDisk: true);
        }
        File.Move(partial, file);
    }
}
