using System.Net;
using System.Net.Sockets;

namespace GrainAnalytics.Testing;

/// <summary>Ports for servers that keep their address over restarts.</summary>
public static class FreePort
{
    private static readonly HashSet<int> Given = [];

    /// <summary>A port of 127.0.0.1 that nobody listens on, and that this process was not given before. It lies below the ports that
    /// systems choose for outgoing connections: one of those could have it when it is to be free again after a restart.</summary>
    public static int Find()
    {
        while (true)
        {
            var port = Random.Shared.Next(12_000, 20_000);
            lock (Given) if (!Given.Add(port)) continue;
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                continue;
            }
        }
    }
}
