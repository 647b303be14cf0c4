using Microsoft.AspNetCore.Server.Kestrel.Core;
using Witan.Server.Agents;
using Witan.Server.Collaborations;
using Witan.Server.Dashboard;
using Witan.Server.Events;
using Witan.Server.Experiments;
using Witan.Server.Fixes;
using Witan.Server.Health;
using Witan.Server.Keys;
using Witan.Server.Learnings;
using Witan.Server.Models;
using Witan.Server.Platform.Auth;
using Witan.Server.Platform.Caching;
using Witan.Server.Platform.Compression;
using Witan.Server.Platform.Http;
using Witan.Server.Platform.Idempotency;
using Witan.Server.Platform.RateLimiting;
using Witan.Server.Platform.Telemetry;
using Witan.Server.Policies;
using Witan.Server.Retraining;
using Witan.Server.Stats;
using Witan.Server.Storage;
using Witan.Server.TrackRecords;

namespace Witan.Server;

/// <summary>The server as its rooms make it up: a line for each, and no logic.</summary>
internal static class WitanHost
{
    public static WebApplication Build(Settings settings, TimeProvider? clock = null)
    {
        // Witan's settings are the only ones: an appsettings.json in the folder could open other doors, and watching for one watches all folders below.
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "witan", ContentRootPath = AppContext.BaseDirectory, WebRootPath = "wwwroot" });
        builder.Configuration["ReloadStaticAssetsAtRuntime"] = "false"; // or a route that reads the disk comes with files that were built and not published
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Limit).UseUrls(settings.Urls).UseStaticWebAssets(); // of the dashboard, where they were built and not published
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true)
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace) // standard output is what a verb answers: a key, JSON
            .AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error)
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None) // or every request is given an activity for it
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None); // a start that fails is told in one line by the verb

        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(clock ?? TimeProvider.System);
        builder.Services.AddTelemetry(settings.Otlp);
        builder.Services.AddDraining(settings.Drain);
        builder.Services.AddLimits(settings.Limits, settings.Redis);
        builder.Services.AddCaching(settings.Cache, settings.Redis);
        builder.Services.AddPolicies(settings.Policy);
        builder.Services.AddStorage(Database.Of(settings.Database));
        builder.Services.AddSingleton<IdempotentWrites>();
        builder.Services.AddSingleton<OutcomeLog>();
        builder.Services.AddKeys(settings.Pepper, settings.Database);
        builder.Services.AddAgents();
        builder.Services.AddFixes();
        builder.Services.AddModels();
        builder.Services.AddLearnings(settings.Learnings);
        builder.Services.AddCollaborations();
        builder.Services.AddRetraining(settings.Retraining);
        builder.Services.AddExperiments();
        builder.Services.AddStats();
        builder.Services.AddEvents();
        builder.Services.AddHealth();
        builder.Services.AddDocument();
        builder.Services.AddCompressedPages();

        var app = builder.Build();
        app.UseMetrics();
        app.UseDraining();
        app.UseProblems();
        app.UseSecurityHeaders();
        app.UseNamedProxies(settings.Proxies);
        app.UseCallers();
        app.UseLimits();
        app.UseScopes();
        app.UseCompressedPages();
        app.UseCache();
        var api = app.MapApi();
        api.MapFixes();
        api.MapAgents();
        api.MapModels();
        api.MapRetraining();
        api.MapLearnings();
        api.MapCollaborations();
        api.MapExperiments();
        api.MapStats();
        api.MapEvents();
        api.MapPolicies();
        app.MapKeys();
        app.MapHealth();
        app.MapMetrics();
        app.MapGroup("").ForAnyone().MapDocument();
        app.MapDashboard();
        return app;
    }

    /// <summary>Migrates, checks the database, reads the log and the champion: after this the rooms work, with or without HTTP.</summary>
    public static async Task OpenAsync(this WebApplication app, CancellationToken cancel)
    {
        var rooms = app.Services;
        rooms.GetRequiredService<Database>().Migrate();
        var writes = rooms.GetRequiredService<WriteQueue>();
        var models = rooms.GetRequiredService<ModelRegistry>();
        var log = rooms.GetRequiredService<OutcomeLog>();
        writes.WhenOthersWrote(Change.Outcomes, log.CatchUpAsync);
        writes.WhenOthersWrote(Change.Models, _ => models.RefreshAsync(CancellationToken.None));
        writes.WhenOthersWrote(Change.Learnings, rooms.GetRequiredService<LearningLibrary>().CatchUpAsync);
        writes.WhenOthersWrote(Change.Experiments, rooms.GetRequiredService<LiveExperiment>().CatchUpAsync);
        writes.WhenOthersWrote(Change.Collaborations, rooms.GetRequiredService<CollaborationStore>().ForgetAsync, isJudgedBy: false);
        writes.WhenOthersWrote(Change.Agents, rooms.GetRequiredService<AgentStore>().ForgetAsync, isJudgedBy: false);
        writes.WhenOthersWrote(Change.Keys, rooms.GetRequiredService<KeyStore>().CatchUpAsync, isJudgedBy: false);
        Hook(rooms.GetRequiredService<FixHooks>(), rooms);
        await writes.StartAsync(cancel);
        await log.LoadAsync(cancel);
        await writes.RunAsync(ModelStore.KnowCoreSchema, 0);
        rooms.GetRequiredService<ShadowScoring>().Start();
        await rooms.GetRequiredService<Gauges>().BeginAsync(cancel);
    }

    // What builds on fixes takes its part in their life.
    private static void Hook(FixHooks hooks, IServiceProvider rooms)
    {
        var (library, learnings, collaborations) = (rooms.GetRequiredService<LearningLibrary>(), rooms.GetRequiredService<LearningIntake>(), rooms.GetRequiredService<CollaborationIntake>());
        hooks.Learnings = library.Fitting;
        hooks.BeforeOutcomes = rooms.GetRequiredService<LearningStore>().UsesIn;
        hooks.OutcomesKnown = learnings.ResolveUsesAsync;
        hooks.Escalate = collaborations.EscalateAsync;
        hooks.PeekEscalation = collaborations.PeekAsync;
        hooks.Assign = rooms.GetRequiredService<LiveExperiment>().Assign;
        var (shadow, drift) = (rooms.GetRequiredService<ShadowScoring>(), rooms.GetRequiredService<DriftWatch>());
        hooks.Proposed = (session, id, scored) =>
        {
            session.AfterCommit(() => drift.See(scored.Serving.Version, scored.Vector, scored.Judgement!.Value.Probability));
            return shadow.TakeAsync(session, id, scored);
        };
    }

    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = FixBatch.BodyLimit;
        kestrel.Limits.MaxConcurrentConnections = 20_000;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 << 10;
        kestrel.Limits.MaxRequestLineSize = 8 << 10;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10); // a slow caller does not keep a connection for long
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
    }
}
