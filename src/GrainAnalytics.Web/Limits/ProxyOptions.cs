using System.Net;

namespace GrainAnalytics.Web.Limits;

/// <summary>Which proxies' word on a client's address is believed; section <c>Proxy</c>.</summary>
public sealed class ProxyOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Proxy";

    /// <summary>Addresses and networks (CIDR) of proxies in front of the server, separated by commas. X-Forwarded-For is read from the
    /// right as long as the hop before it is one of these; what anybody else writes there is ignored.</summary>
    /// <value>Default empty: the client is whoever connects. A network of everybody (/0) is refused.</value>
    public string? Trusted { get; set; }

    /// <summary>The networks, an address being a network of its own; what is wrong with the first bad one.</summary>
    internal (IReadOnlyList<IPNetwork> Networks, string? Fault) Read()
    {
        var networks = new List<IPNetwork>();
        foreach (var word in (Trusted ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (IPAddress.TryParse(word, out var address)) networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else if (!IPNetwork.TryParse(word, out var network)) return (networks, $"Proxy:Trusted \"{word}\" is no address and no network such as 10.0.0.0/8.");
            else if (network.PrefixLength == 0) return (networks, $"Proxy:Trusted \"{word}\" would let every sender choose its own address.");
            else networks.Add(network);
        }
        return (networks, null);
    }
}
