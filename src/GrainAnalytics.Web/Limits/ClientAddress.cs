using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using GrainAnalytics.Core.Visitors;

namespace GrainAnalytics.Web.Limits;

/// <summary>Which addresses count as one client.</summary>
internal static class ClientAddress
{
    /// <summary>An IPv4 address is a client, and so is an IPv6 /64: a single subscriber has at least that many addresses.</summary>
    /// <returns>Null for what has no address, such as a Unix socket.</returns>
    public static UInt128? KeyOf(IPAddress? address)
    {
        if (address is null) return null;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out _)) return null;
        return address.AddressFamily == AddressFamily.InterNetwork
            ? new UInt128(0, 0xffff_0000_0000UL | BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : new UInt128(BinaryPrimitives.ReadUInt64BigEndian(bytes), 0);
    }

    /// <summary>What tells the client of a request from others when it names nobody; null for what has no address.</summary>
    public static VisitorClues? CluesOf(HttpContext http) =>
        KeyOf(http.Connection.RemoteIpAddress) is { } address ? new VisitorClues(address, http.Request.Headers.UserAgent.ToString()) : null;
}
