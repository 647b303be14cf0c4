namespace Witan.Server.Retraining;

/// <summary>Wires the schedule of trainings.</summary>
internal static class RetrainingSetup
{
    public static void AddRetraining(this IServiceCollection services, RetrainingRules rules) =>
        services.AddSingleton(rules).AddSingleton<DriftWatch>().AddHostedService<RetrainingSchedule>();
}
