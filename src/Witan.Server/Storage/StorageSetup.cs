namespace Witan.Server.Storage;

/// <summary>Wires the database, its writer and the heartbeat.</summary>
internal static class StorageSetup
{
    public static void AddStorage(this IServiceCollection services, string path) => services
        .AddSingleton(new Database(path)).AddSingleton<WriteQueue>().AddHostedService<Heartbeat>();
}
