using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.PostgreSql;
using GrainAnalytics.Web.Hosting;

namespace GrainAnalytics.Standalone;

/// <summary>The composition of this program: which engine and which store the web part gets.</summary>
internal static class Server
{
    /// <summary>Puts the server together; nothing runs yet.</summary>
    public static (WebApplication? App, IReadOnlyList<string> Faults) Build(string[] args) => ServerProgram.Build(args, (builder, connectionString) =>
    {
        builder.Services.AddPostgres(connectionString);
        builder.Services.AddSingleton<SingleNodeEngine>();
        builder.AddEngine(services => services.GetRequiredService<SingleNodeEngine>());
        builder.Services.AddSingleton<LocalLive>();
        builder.Services.AddSingleton<ILiveSink>(services => services.GetRequiredService<LocalLive>());
        builder.Services.AddSingleton<ILiveUpstream>(services => services.GetRequiredService<LocalLive>());
        builder.Services.AddSingleton<ILiveReset>(services => services.GetRequiredService<LocalLive>());
        builder.Services.AddSingleton<LocalQuotas>();
        builder.Services.AddSingleton<IQuotaSource>(services => services.GetRequiredService<LocalQuotas>());
        builder.Services.AddSingleton<ISiteRegistry, LocalSites>();
        builder.Services.AddHostedService<EngineService>();
        builder.Services.AddHostedService<QuotaService>();
        return [];
    });
}
