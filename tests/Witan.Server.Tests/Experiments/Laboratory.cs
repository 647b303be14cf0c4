using Witan.Client;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;

namespace Witan.Server.Tests.Experiments;

/// <summary>The words for experiments.</summary>
internal static class Laboratory
{
    public const string BuiltIn = "ml-vs-heuristic";

    private const int MostReads = 20_000;

    public static async Task<Experiment> ExperimentAsync(this WitanServer server, string name = BuiltIn)
    {
        var answer = await server.GetAsync($"/experiments/{name}");
        Assert.True(answer.Status == 200, answer.Text);
        return answer.As<Experiment>();
    }

    /// <summary>Reads an experiment until so many outcomes are paired; scores are stored a moment after their fix.</summary>
    public static async Task<Experiment> PairedAsync(this WitanServer server, int outcomes, string name = BuiltIn)
    {
        var experiment = await server.ExperimentAsync(name);
        for (var reads = 1; reads < MostReads && experiment.Arms[0].Outcomes < outcomes; reads++)
            experiment = await server.ExperimentAsync(name);
        Assert.Equal([outcomes, outcomes], experiment.Arms.Select(arm => arm.Outcomes));
        return experiment;
    }

    /// <summary>What a scorer said of a fix in shadow, once it is stored.</summary>
    public static async Task<double> ShadowAsync(this WitanServer server, Guid? id, string scorer = "heuristic")
    {
        for (var reads = 0; reads < MostReads; reads++)
        {
            if (await server.FindShadowAsync(id, scorer) is { } confidence)
                return confidence;
        }
        throw new InvalidOperationException($"{scorer} did not score {id}.");
    }

    public static Task<double?> FindShadowAsync(this WitanServer server, Guid? id, string scorer) =>
        server.QueryAsync<double?>($"SELECT confidence FROM shadow_scores WHERE fix_id = '{id}' AND scorer = '{scorer}'");

    public static Task<Answer> SetModeAsync(this WitanServer server, object change, string name = BuiltIn, string? key = null) => server.PostAsync($"/experiments/{name}", change, key);

    /// <summary>Turns an experiment on.</summary>
    public static async Task<Experiment> GoLiveAsync(this WitanServer server, double share, string name = BuiltIn)
    {
        var answer = await server.SetModeAsync(new { mode = "live", share }, name);
        Assert.True(answer.Status == 200, answer.Text);
        return answer.As<Experiment>();
    }

    /// <summary>Two agents with long records: one that always succeeds and one that always fails.</summary>
    public static async Task KnowTwoAsync(this WitanServer server)
    {
        await server.TeachAsync("good", successes: 40);
        await server.TeachAsync("poor", successes: 0, failures: 40);
    }

    /// <summary>Proposes fixes under keys of their own, and reports afterwards how each ended.</summary>
    public static async Task LiveThroughAsync(this WitanServer server, IReadOnlyList<(FixProposal Fix, bool Success)> fixes, string keys = "")
    {
        var keyed = fixes.Select((f, i) => (Fix: f.Fix with { ExternalId = $"{keys}{f.Fix.AgentId}-{i}" }, f.Success)).ToList();
        await server.TeachAsync(keyed.Select(k => k.Fix));
        await server.TeachAsync(keyed.Select(k => k.Fix with { Outcome = new() { Success = k.Success } }));
    }

    /// <summary>What a built-in scorer makes of the features in a receipt.</summary>
    public static double Judged(this FixReceipt receipt, IScorer scorer) =>
        scorer.Judge(FeatureSchema.Core.Names.Select(name => receipt.Features[name]).ToArray()).Probability;

    /// <summary>Mean Brier score and mean log loss.</summary>
    public static (double Brier, double LogLoss) Losses(IEnumerable<(double Probability, bool Success)> forecasts)
    {
        var list = forecasts.ToList();
        return (list.Average(f => Math.Pow(f.Probability - (f.Success ? 1 : 0), 2)), list.Average(f => -Math.Log(f.Success ? f.Probability : 1 - f.Probability)));
    }
}
