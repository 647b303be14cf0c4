namespace Witan.Server.Storage;

/// <summary>Wires the database, its writer and the heartbeat.</summary>
internal static class StorageSetup
{
    public static void AddStorage(this IServiceCollection services, Database database) => services
        .AddSingleton(database).AddSingleton<WriteQueue>().AddSingleton<Duties>().AddHostedService<Heartbeat>();
}
