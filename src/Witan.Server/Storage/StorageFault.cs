namespace Witan.Server.Storage;

/// <summary>The database cannot serve now: busy, away, read-only or full. The message says what to do.</summary>
internal sealed class StorageFault(string message, bool isFull, Exception? inner = null) : Exception(message, inner)
{
    public bool IsFull => isFull;
}
