using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Erasures;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Spool;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Web.Hosting;

/// <summary>Puts the spool between the web part and a program's engine.</summary>
public static class SpoolServices
{
    /// <summary>Adds what the spool and those who wait for the store need.</summary>
    internal static void AddSpool(this WebApplicationBuilder builder)
    {
        var (services, folder) = (builder.Services, Folder(builder.Configuration));
        services.AddSingleton<StoreHealth>();
        services.AddHostedService<HealthProbeService>();
        services.AddSingleton(provider => folder is null
            ? new WritePatience(provider.GetRequiredService<IngestOptions>().AnswerWithin)
            : new WritePatience(Least(provider.GetRequiredService<SpoolOptions>().After, provider.GetRequiredService<IngestOptions>().AnswerWithin), EndsWhenAway: true));
        services.AddSingleton<SpoolMetrics>();
        if (folder is null) return;
        services.PostConfigure<SpoolOptions>(options => options.Path = folder);
        services.AddSingleton<EventSpool>();
    }

    /// <summary>Adds the program's engine, with the spool in front of it when there is one.</summary>
    /// <param name="builder">The program.</param>
    /// <param name="engine">Finds the engine, which the program has registered.</param>
    public static void AddEngine(this WebApplicationBuilder builder, Func<IServiceProvider, IAnalyticsEngine> engine)
    {
        var services = builder.Services;
        if (Folder(builder.Configuration) is null)
        {
            services.AddSingleton<IAnalyticsEngine>(provider => new LinkedEngine(engine(provider)));
            return;
        }
        services.AddSingleton<IAnalyticsEngine>(provider => new LinkedEngine(new SpoolingEngine(engine(provider),
            provider.GetRequiredService<EventSpool>(), provider.GetRequiredService<StoreHealth>(), provider.GetService<ISpoolPeers>())));
        services.AddSingleton(provider => new SpoolDrainer(provider.GetRequiredService<EventSpool>(), engine(provider),
            provider.GetRequiredService<ISiteDirectory>(), provider.GetRequiredService<IEventStore>(), provider.GetRequiredService<StoreHealth>(),
            provider.GetRequiredService<IErasureStore>(), provider.GetRequiredService<ErasureMetrics>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SpoolDrainer>>()));
        services.AddHostedService<SpoolService>();
    }

    // Null when there is no spool. Asked while the program is put together: it decides which engine there is.
    private static string? Folder(IConfiguration configuration)
    {
        var section = configuration.GetSection(SpoolOptions.Section);
        // A value that is no truth value is named by the options' own check.
        if (bool.TryParse(section[nameof(SpoolOptions.Enabled)], out var isEnabled) && !isEnabled) return null;
        if (section[nameof(SpoolOptions.Path)] is { Length: > 0 } path) return path;
        return configuration["Data:Path"] is { Length: > 0 } data ? Path.Combine(data, "spool") : null;
    }

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
