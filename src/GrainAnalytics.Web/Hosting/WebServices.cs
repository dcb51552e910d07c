using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Web.Ingestion;
using Microsoft.Extensions.Options;

namespace GrainAnalytics.Web.Hosting;

/// <summary>Puts the web part of the server together; the programs add an engine and a store.</summary>
public static class WebServices
{
    /// <summary>Adds options, pipeline, metrics and hosted services.</summary>
    public static WebApplicationBuilder AddGrainAnalyticsWeb(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        AddOptions<IngestOptions>(services, IngestOptions.Section);
        AddOptions<EngineOptions>(services, EngineOptions.Section);
        AddOptions<BootstrapOptions>(services, BootstrapOptions.Section);
        services.AddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton<IngestMetrics>();
        services.AddSingleton<WriteMetrics>();
        services.AddSingleton<IngestPipeline>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(14));
        services.AddHostedService<StoreKeeperService>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The pipeline has its own limit, which it can explain.
            kestrel.Limits.MaxRequestBodySize = null;
        });
        return builder;
    }

    /// <summary>Maps every endpoint.</summary>
    public static WebApplication MapGrainAnalytics(this WebApplication app)
    {
        app.MapEvents();
        return app;
    }

    private static void AddOptions<T>(IServiceCollection services, string section) where T : class
    {
        services.AddOptions<T>().BindConfiguration(section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<T>>().Value);
    }
}
