using Microsoft.AspNetCore.Http.HttpResults;
using Witan.Client;
using Witan.Fixes;
using Witan.Server.Fixes;
using Witan.Server.Platform.Auth;
using Witan.Server.Platform.Http;

namespace Witan.Server.Policies;

/// <summary>The rules in force, and what others would have decided.</summary>
internal static class PolicyEndpoints
{
    public static void AddPolicies(this IServiceCollection services, Policy policy) => services.AddSingleton(policy).AddSingleton<DryRun>();

    public static void MapPolicies(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/policy").WithTags("Policy");
        group.MapGet("/", GetPolicy).WithName("GetPolicy").WithSummary("The policy in force").Reads();
        group.MapPost("/dry-run", RunDry).WithName("DryRunPolicy").WithSummary("What another policy would have decided on history; nothing is stored")
            .Produces<DryRunAnswer>().Fails(400).Reads();
    }

    private static Ok<PolicyDocument> GetPolicy(Policy policy, RiskGate gate) => TypedResults.Ok(new PolicyDocument
    {
        AutoApply = policy.AutoApply,
        Review = policy.Review,
        MaxChangedLines = policy.MaxChangedLines,
        MaxRecentAttempts = policy.MaxRecentAttempts,
        MinComparableOutcomes = policy.MinComparableOutcomes,
        MaxOpenVotes = policy.MaxOpenVotes,
        RiskBudget = policy.RiskBudget,
        RiskGate = gate.Chosen is { } chosen
            ? new(chosen.Choice.Threshold, chosen.Choice.Labels, chosen.Choice.Above, chosen.Choice.Failures, chosen.Objection ?? chosen.Choice.Reason, chosen.ChosenAt, chosen.Monitor.Applied, chosen.Monitor.Failures, chosen.Monitor.IsBroken)
            : null,
        ProtectedPaths = policy.ProtectedPaths.Patterns,
        LockFiles = policy.LockFiles.Patterns,
        Overrides = [.. policy.Overrides.Select(o => new PolicyOverride { Strategy = o.Strategy, Repository = o.Repository, AutoApply = o.AutoApply, Review = o.Review })],
    });

    private static async Task<IResult> RunDry(Body<DryRunRequest> body, Policy inForce, RiskGate gate, DryRun dryRun, CancellationToken cancel)
    {
        var checks = new FieldChecks();
        var policy = Changed(inForce, body.Value.Policy, checks);
        if (checks.Problem is null && policy.RiskBudget is { } budget)
        {
            var threshold = (await gate.ChooseAsync(budget, cancel)).Threshold ?? 1;
            policy = policy with { AutoApply = threshold, Review = Math.Min(policy.Review, threshold) };
        }
        return checks.Problem is { } problem
            ? problem
            : Reply.Of(200, await dryRun.RunAsync(policy, body.Value.Since, body.Value.Until, cancel), WitanJson.Default.DryRunAnswer);
    }

    private static Policy Changed(Policy policy, PolicyDocument document, FieldChecks checks)
    {
        checks.Share("policy.autoApply", document.AutoApply);
        checks.Share("policy.review", document.Review);
        if (document.RiskBudget is <= 0 or > Policy.MostRiskBudget)
            checks.Fail("policy.riskBudget", $"expected a share above 0 and at most {Policy.MostRiskBudget}, for example 0.05");
        if (document.RiskGate is not null)
            checks.Fail("policy.riskGate", "is chosen, not given; give riskBudget");
        if (document is { RiskBudget: not null, AutoApply: not null })
            checks.Fail("policy.riskBudget", "stands in the place of autoApply; give one of them");
        checks.Range("policy.maxChangedLines", document.MaxChangedLines, 0, int.MaxValue);
        checks.Range("policy.maxRecentAttempts", document.MaxRecentAttempts, 0, int.MaxValue);
        checks.Range("policy.minComparableOutcomes", document.MinComparableOutcomes, 0, int.MaxValue);
        checks.Range("policy.maxOpenVotes", document.MaxOpenVotes, 0, int.MaxValue);
        Globs("policy.protectedPaths", document.ProtectedPaths, checks);
        Globs("policy.lockFiles", document.LockFiles, checks);
        for (var i = 0; i < document.Overrides?.Count; i++)
            Check($"policy.overrides[{i}]", document.Overrides[i], checks);
        if (checks.Problem is not null)
            return policy;
        var changed = policy with
        {
            AutoApply = document.AutoApply ?? policy.AutoApply,
            RiskBudget = document.AutoApply is null ? document.RiskBudget ?? policy.RiskBudget : null,
            Review = document.Review ?? policy.Review,
            MaxChangedLines = document.MaxChangedLines ?? policy.MaxChangedLines,
            MaxRecentAttempts = document.MaxRecentAttempts ?? policy.MaxRecentAttempts,
            MinComparableOutcomes = document.MinComparableOutcomes ?? policy.MinComparableOutcomes,
            ProtectedPaths = document.ProtectedPaths is { } guarded ? new(guarded) : policy.ProtectedPaths,
            LockFiles = document.LockFiles is { } locks ? new(locks) : policy.LockFiles,
            Overrides = document.Overrides?.Select(o => new ThresholdOverride(o.Strategy, o.Repository, o.AutoApply, o.Review)).ToList() ?? policy.Overrides,
        };
        if (changed.Review > changed.AutoApply)
            checks.Fail("policy.review", $"must not be above autoApply ({changed.AutoApply})");
        else if (changed.Contradiction is { } wrong)
            checks.Fail($"policy.overrides[{changed.Overrides.ToList().IndexOf(wrong)}]", "its review would lie above its autoApply; give both");
        return changed;
    }

    private static void Check(string field, PolicyOverride? o, FieldChecks checks)
    {
        if (o is null)
        {
            checks.Fail(field, "must not be null");
            return;
        }
        if (o.Strategy is null && o.Repository is null)
            checks.Fail(field, "names neither a strategy nor a repository");
        checks.Share($"{field}.autoApply", o.AutoApply);
        checks.Share($"{field}.review", o.Review);
        if (o.Review > o.AutoApply)
            checks.Fail($"{field}.review", "must not be above autoApply");
    }

    private static void Globs(string field, IReadOnlyList<string>? patterns, FieldChecks checks)
    {
        if (patterns is not null)
            checks.Keys(field, patterns, 0, 1_000, 200);
    }
}
