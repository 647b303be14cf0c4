using Microsoft.AspNetCore.Http.HttpResults;
using Witan.Client;
using Witan.Intelligence.Models;
using Witan.Server.Models;
using Witan.Server.Platform.Auth;

namespace Witan.Server.Retraining;

/// <summary>Wires the schedule of trainings, and shows what it watches.</summary>
internal static class RetrainingSetup
{
    public static void AddRetraining(this IServiceCollection services, RetrainingRules rules) =>
        services.AddSingleton(rules).AddSingleton<DriftWatch>().AddHostedService<RetrainingSchedule>();

    public static void MapRetraining(this IEndpointRouteBuilder routes) => routes.MapGet("/models/drift", GetDrift).WithName("GetDrift").WithTags("Models")
        .WithSummary("How far the latest proposals have moved from what the champion was trained on").Reads();

    private static Ok<ModelDrift> GetDrift(ModelRegistry models, DriftWatch drift)
    {
        var serving = models.Serving;
        IReadOnlyList<Drift> inputs = serving.Artefact is { } champion ? drift.All(serving.Version, champion) : [];
        return TypedResults.Ok(new ModelDrift(serving.Version, drift.Seen(serving.Version), DriftWatch.Least, [.. inputs.Select(input => new InputDrift(Explanation.LabelOf(input.Name), input.Index, input.Alarm))]));
    }
}
