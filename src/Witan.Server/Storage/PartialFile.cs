namespace Witan.Server.Storage;

/// <summary>A file that is in its place once it is complete, and not before.</summary>
internal static class PartialFile
{
    /// <summary>
    /// Has a file written beside its place, and puts it there when it is complete, instead of what was there before. Where that
    /// fails nothing is left, and what was there before is unharmed.
    /// </summary>
    /// <param name="file">Its place.</param>
    /// <param name="write">Writes into the file of the name given, which exists and is empty.</param>
    /// <exception cref="StorageFault">Nothing can be written there.</exception>
    public static async Task WriteAsync(string file, Func<string, Task> write)
    {
        if (Directory.Exists(file))
            throw new StorageFault($"{file} is a folder; name a file in it.", false);
        if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder && !Directory.Exists(folder))
            throw new StorageFault($"There is no folder {folder}; make it first.", false);
        var partial = $"{file}.{Path.GetRandomFileName()}.partial"; // a name of its own, so that no two backups write into one file
        try
        {
            await File.Open(partial, FileMode.CreateNew).DisposeAsync(); // before any work, so that a wrong place is told at once
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageFault($"{file} cannot be written: {e.Message}", false, e);
        }
        try
        {
            await write(partial);
            File.Move(partial, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageFault($"{file} cannot be written: {e.Message}", false, e);
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
