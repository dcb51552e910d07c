using GrainAnalytics.OrleansDashboard.Hosting;
using Orleans.Configuration;
using Orleans.Dashboard;

namespace GrainAnalytics.OrleansDashboard.Cluster;

/// <summary>Registers the cluster's client.</summary>
internal static class ClusterServices
{
    public static void AddCluster(this WebApplicationBuilder builder, Settings settings)
    {
        builder.UseOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (settings.Cluster.ClusterId, settings.Cluster.ServiceId));
            client.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = ("Npgsql", settings.ConnectionString));
            // The default is a minute: so long it would not see a silo that took over from the only one it knew.
            client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5));
            client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(10));
            client.AddDashboard();
        });
        // ClusterConnection starts the client.
        foreach (var service in builder.Services.Where(IsClient).ToList()) builder.Services.Remove(service);
        builder.Services.AddSingleton<ClusterConnection>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ClusterConnection>());
        builder.Services.AddSingleton<IClientConnectionRetryFilter>(services => services.GetRequiredService<ClusterConnection>());
        builder.Services.AddSingleton<ClusterProbe>();
    }

    private static bool IsClient(ServiceDescriptor service) =>
        service.ServiceType == typeof(IHostedService) && service.ImplementationFactory?.Method.DeclaringType?.Assembly == typeof(IClusterClient).Assembly;
}
