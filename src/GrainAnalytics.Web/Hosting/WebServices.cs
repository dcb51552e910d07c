using GrainAnalytics.Core.DeadLetters;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Erasures;
using GrainAnalytics.Core.Exports;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Limits;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Spool;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Web.Admin;
using GrainAnalytics.Web.Dialects;
using GrainAnalytics.Web.Documentation;
using GrainAnalytics.Web.Enrichment;
using GrainAnalytics.Web.Exports;
using GrainAnalytics.Web.Http;
using GrainAnalytics.Web.Ingestion;
using GrainAnalytics.Web.Journeys;
using GrainAnalytics.Web.Limits;
using GrainAnalytics.Web.Live;
using GrainAnalytics.Web.Operations;
using GrainAnalytics.Web.Page;
using GrainAnalytics.Web.Sessions;
using GrainAnalytics.Web.Statistics;
using GrainAnalytics.Web.Telemetry;
using GrainAnalytics.Web.Tracker;
using GrainAnalytics.Web.Users;
using Microsoft.Extensions.Options;

namespace GrainAnalytics.Web.Hosting;

/// <summary>Puts the web part of the server together; the programs add an engine and a store.</summary>
public static class WebServices
{
    /// <summary>Adds options, pipeline, metrics, the live feed's hub and hosted services. The program adds what owns live state:
    /// <see cref="ILiveSink"/>, <see cref="ILiveUpstream"/> and <see cref="ILiveReset"/>.</summary>
    public static WebApplicationBuilder AddGrainAnalyticsWeb(this WebApplicationBuilder builder)
    {
        ConsoleLogging.Add(builder);
        var services = builder.Services;
        AddOptions<IngestOptions>(services, IngestOptions.Section);
        AddOptions<EngineOptions>(services, EngineOptions.Section);
        AddOptions<LiveOptions>(services, LiveOptions.Section);
        AddOptions<ScanOptions>(services, ScanOptions.Section);
        AddOptions<SpoolOptions>(services, SpoolOptions.Section);
        AddOptions<BootstrapOptions>(services, BootstrapOptions.Section);
        AddOptions<DeadLetterOptions>(services, DeadLetterOptions.Section);
        AddOptions<OperationsOptions>(services, OperationsOptions.Section);
        AddOptions<ConnectionOptions>(services, ConnectionOptions.Section);
        AddOptions<RateLimitOptions>(services, RateLimitOptions.Section);
        AddOptions<ProxyOptions>(services, ProxyOptions.Section);
        AddOptions<EnrichmentOptions>(services, EnrichmentOptions.Section);
        AddOptions<DialectOptions>(services, DialectOptions.Section);
        AddOptions<JobOptions>(services, JobOptions.Section);
        AddOptions<ExportOptions>(services, ExportOptions.Section);
        services.AddSingleton<StartupRules>();
        services.AddSingleton<IValidateOptions<IngestOptions>>(provider => provider.GetRequiredService<StartupRules>());
        services.AddSingleton<IValidateOptions<BootstrapOptions>>(provider => provider.GetRequiredService<StartupRules>());
        services.AddSingleton<IValidateOptions<OperationsOptions>>(provider => provider.GetRequiredService<StartupRules>());
        services.AddSingleton<IValidateOptions<ProxyOptions>>(provider => provider.GetRequiredService<StartupRules>());
        services.AddSingleton<IValidateOptions<EnrichmentOptions>>(provider => provider.GetRequiredService<StartupRules>());
        services.AddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton<IngestMetrics>();
        services.AddSingleton<WriteMetrics>();
        services.AddSingleton<LiveMetrics>();
        services.AddSingleton<WebMetrics>();
        services.AddSingleton<DeadLetterMetrics>();
        services.AddSingleton<JobMetrics>();
        services.AddSingleton<ErasureMetrics>();
        services.AddSingleton<UserEraser>();
        services.AddSingleton<JobWorker>();
        services.AddSingleton<NightlyPlan>();
        services.AddSingleton<Letterbox>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<QuotaGate>();
        services.AddSingleton<BodyMemory>();
        services.AddSingleton<Visitors>();
        services.AddSingleton<IngestPipeline>();
        services.AddSingleton<LetterRetry>();
        builder.AddSpool();
        services.AddSingleton<ILiveFormat, LiveJson>();
        services.AddSingleton<LiveHub>();
        services.AddSingleton<ICommitObserver, LiveCollector>();
        services.AddDocumentation();
        services.AddSingleton<OperatorGuard>();
        services.AddSingleton<TelemetryService>();
        services.AddHostedService(provider => provider.GetRequiredService<TelemetryService>());
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(14));
        services.AddHostedService<StoreKeeperService>();
        services.AddHostedService<LetterboxService>();
        services.AddHostedService<JobService>();
        Framing.DemandWholeLineEnds();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        return builder;
    }

    /// <summary>Maps every endpoint.</summary>
    public static WebApplication MapGrainAnalytics(this WebApplication app)
    {
        app.UseConnectionLimits();
        app.UseCountryHeader(app.Services.GetRequiredService<EnrichmentOptions>(), app.Services.GetRequiredService<ProxyOptions>());
        app.UseTrustedProxies(app.Services.GetRequiredService<ProxyOptions>());
        // Before routing, which WebApplication would otherwise put first: its 404 and 405 pass through here too.
        app.UseMiddleware<EdgeMiddleware>();
        app.UseRouting();
        if (app.Services.GetRequiredService<RateLimits>().LimitsAddresses) app.UseMiddleware<AddressLimits>();
        app.MapEvents();
        app.MapDialects();
        app.MapPixel();
        app.MapTracker();
        app.MapJourneys();
        app.MapSessions();
        app.MapUsers();
        app.MapErasure();
        app.MapStats();
        app.MapLive();
        app.MapDeadLetters();
        app.MapSigning();
        app.MapHealth();
        app.MapMetrics();
        app.MapSites();
        app.MapRetention();
        app.MapTimeZone();
        app.MapJobs();
        app.MapExport();
        app.MapDocumentation();
        app.MapPage();
        return app;
    }

    private static void AddOptions<T>(IServiceCollection services, string section) where T : class
    {
        services.AddOptions<T>().BindConfiguration(section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<T>>().Value);
    }
}
