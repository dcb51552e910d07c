using System.ComponentModel.DataAnnotations;
using System.Net;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Grains.Engine;
using GrainAnalytics.PostgreSql;
using GrainAnalytics.PostgreSql.Cluster;
using GrainAnalytics.Web.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Orleans.Dashboard;

namespace GrainAnalytics.Silo;

/// <summary>The composition of this program: a silo with the grains' engine, and the web part in front of it.</summary>
internal static class Server
{
    /// <summary>Puts the server together; nothing runs yet.</summary>
    public static (WebApplication? App, IReadOnlyList<string> Faults) Build(string[] args) => ServerProgram.Build(args, Compose);

    private static IReadOnlyList<string> Compose(WebApplicationBuilder builder, string connectionString)
    {
        ClusterSettings settings;
        int firstShard;
        TimeSpan idleAfter;
        try
        {
            settings = builder.Configuration.GetSection(ClusterSettings.Section).Get<ClusterSettings>() ?? new();
            firstShard = SiloEndpoints.FirstShard(settings, builder.Configuration);
            idleAfter = builder.Configuration.GetValue("Engine:IdleAfter", new EngineOptions().IdleAfter);
        }
        catch (InvalidOperationException e)
        {
            return [e.Message];     // a value that cannot be converted; the binder's message names it
        }
        var faults = FindFaults(settings);
        if (faults.Count > 0) return faults;
        // The order of hosted services is the order of starting, and backwards that of stopping: the web server goes first,
        // then the silo hands its grains over, then the write buffer ends, which they may still need.
        builder.Services.AddPostgres(connectionString, firstShard);
        builder.Services.AddSingleton<MembershipTable>().AddSingleton<SiloUndertaker>().AddSingleton<WaitingRoom>();
        builder.Services.AddHostedService<BufferService>();
        builder.UseOrleans(silo =>
        {
            SiloEndpoints.Configure(silo, settings, builder.Configuration["Data:Path"]);
            silo.AddDatabase(settings, connectionString);
            if (settings.Dashboard) silo.AddDashboard();
            silo.AddGrainAnalyticsEngine(settings, idleAfter);
        });
        builder.AddEngine(services => services.GetGrainsEngine());
        builder.Services.AddHostedService<QuotaService>();
        builder.Services.AddHostedService<DrainService>();
        builder.Services.AddHostedService<RoomService>();
        builder.Services.AddHostedService<ClockGuard>();
        builder.Services.PostConfigure<HostOptions>(host => host.ShutdownTimeout += settings.DrainDelay);
        if (!settings.IsFront) builder.Services.AddSingleton<IServer, NoServer>();
        return [];
    }

    private static List<string> FindFaults(ClusterSettings settings)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(settings, new ValidationContext(settings), results, validateAllProperties: true);
        var faults = results.ConvertAll(result => $"{ClusterSettings.Section}: {result.ErrorMessage}");
        if (settings.AdvertisedAddress is { } address && !IPAddress.TryParse(address, out _))
            faults.Add($"Cluster:AdvertisedAddress \"{address}\" is no IP address.");
        // Found here because the framework's own error does not name the port. Two silos on one machine meet this first.
        if (faults.Count == 0)
            foreach (var (name, port) in new[] { (nameof(settings.SiloPort), settings.SiloPort), (nameof(settings.GatewayPort), settings.GatewayPort) })
                if (!SiloEndpoints.IsFree(port, out _)) faults.Add($"Cluster:{name} {port} is in use by another program; 0 takes any free port.");
        return faults;
    }
}
