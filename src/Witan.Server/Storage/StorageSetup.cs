namespace Witan.Server.Storage;

/// <summary>Wires the database and its writer.</summary>
internal static class StorageSetup
{
    public static void AddStorage(this IServiceCollection services, string path) => services
        .AddSingleton(new Database(path)).AddSingleton<IdempotencyStore>().AddSingleton<WriteQueue>();
}
