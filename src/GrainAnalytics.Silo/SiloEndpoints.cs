using System.Globalization;
using System.Net;
using System.Net.Sockets;
using GrainAnalytics.Grains.Engine;

namespace GrainAnalytics.Silo;

/// <summary>Where a silo is reached.</summary>
internal static class SiloEndpoints
{
    private const int ShardGroups = 1000;

    /// <summary>Names the silo and gives it its endpoints.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="dataFolder">Where ports that were chosen are remembered; null: nowhere.</param>
    public static void Configure(ISiloBuilder silo, ClusterSettings settings, string? dataFolder)
    {
        var address = settings.AdvertisedAddress is { } given ? IPAddress.Parse(given) : null;
        var isLocal = address is not null && IPAddress.IsLoopback(address);
        var siloPort = settings.SiloPort != 0 ? settings.SiloPort : Choose("silo", dataFolder);
        var gatewayPort = settings.GatewayPort != 0 ? settings.GatewayPort : Choose("gateway", dataFolder);
        if (address is null) silo.ConfigureEndpoints(siloPort, gatewayPort, listenOnAnyHostAddress: true);
        else silo.ConfigureEndpoints(address, siloPort, gatewayPort, listenOnAnyHostAddress: !isLocal);
        silo.Configure<SiloOptions>(options => options.SiloName = $"{Environment.MachineName}:{siloPort}");
        silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (settings.ClusterId, settings.ServiceId));
    }

    /// <summary>Number of the silo's first writer among all silos' writers: each has its own share of hot counters. Two silos
    /// that happen on the same number are still exact, their writers only wait for each other.</summary>
    public static int FirstShard(ClusterSettings settings, IConfiguration configuration)
    {
        if (configuration.GetValue<int?>($"{ClusterSettings.Section}:SiloIndex") is { } index) return index % ShardGroups * 16;
        var name = $"{settings.AdvertisedAddress ?? Environment.MachineName}:{settings.SiloPort}";
        var hash = 17u;
        foreach (var c in name) hash = hash * 31 + c;
        return (int)(hash % ShardGroups) * 16;
    }

    // The same port again lets the cluster see at once that the silo that had it before is gone.
    private static int Choose(string name, string? folder)
    {
        var memory = folder is null ? null : Path.Combine(folder, $"{name}.port");
        if (memory is not null && File.Exists(memory) && int.TryParse(File.ReadAllText(memory), CultureInfo.InvariantCulture, out var known) && IsFree(known, out _))
            return known;
        IsFree(0, out var port);
        if (memory is not null) File.WriteAllText(memory, port.ToString(CultureInfo.InvariantCulture));
        return port;
    }

    /// <summary>True when nobody listens on a port; 0 asks for any that is free.</summary>
    /// <param name="wanted">The port.</param>
    /// <param name="port">The port that is free; 0 when the wanted one is not.</param>
    public static bool IsFree(int wanted, out int port)
    {
        using var listener = new TcpListener(IPAddress.Any, wanted);
        try
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
            return true;
        }
        catch (SocketException)
        {
            port = 0;       // in use: what the caller asked
            return false;
        }
    }
}
