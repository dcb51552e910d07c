using GrainAnalytics.Core.Ingestion;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace GrainAnalytics.Web.Limits;

/// <summary>Gives the web server the limits of <see cref="ConnectionOptions"/>.</summary>
internal sealed class ConnectionLimits(ConnectionOptions connections, IngestOptions ingest) : IConfigureOptions<KestrelServerOptions>
{
    public void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = connections.Max;
        limits.MaxRequestLineSize = connections.MaxRequestLineBytes;
        // What the server refuses while it reads the head gets no body. So it lets a few more fields in, which EdgeMiddleware explains.
        limits.MaxRequestHeaderCount = connections.MaxHeaders + 100;
        limits.MaxRequestHeadersTotalSize = connections.MaxHeaderBytes;
        limits.MaxRequestBufferSize = Math.Max(limits.MaxRequestBufferSize ?? 0, Math.Max(connections.MaxHeaderBytes, connections.MaxRequestLineBytes));
        limits.RequestHeadersTimeout = connections.HeadersTimeout;
        limits.KeepAliveTimeout = connections.KeepAlive;
        // The pipeline has the same limit and explains it; this one also keeps the server from reading what is refused.
        limits.MaxRequestBodySize = ingest.MaxBodyBytes;
        // The server asks for a mean rate once a time of grace is over. At this rate the largest body is through by then, so
        // that time is all that any body has.
        limits.MinRequestBodyDataRate = new MinDataRate(ingest.MaxBodyBytes / connections.BodyTimeout.TotalSeconds, connections.BodyTimeout);
    }
}
