using GrainAnalytics.Core.Ingestion;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace GrainAnalytics.Web.Limits;

/// <summary>Gives the web server the limits of <see cref="ConnectionOptions"/>.</summary>
internal static class ConnectionLimits
{
    private const int RefusedButRead = 4;

    /// <summary>Sets them. Once the settings have been checked, for the server's options are made long before.</summary>
    public static void UseConnectionLimits(this WebApplication app)
    {
        var limits = app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        var (connections, ingest) = (app.Services.GetRequiredService<ConnectionOptions>(), app.Services.GetRequiredService<IngestOptions>());
        limits.MaxConcurrentConnections = connections.Max;
        limits.MaxRequestLineSize = connections.MaxRequestLineBytes;
        // What the server refuses while it reads the head gets no body. So it lets a few more fields in, which EdgeMiddleware explains.
        limits.MaxRequestHeaderCount = connections.MaxHeaders + 100;
        limits.MaxRequestHeadersTotalSize = connections.MaxHeaderBytes;
        limits.MaxRequestBufferSize = Math.Max(limits.MaxRequestBufferSize ?? 0, Math.Max(connections.MaxHeaderBytes, connections.MaxRequestLineBytes));
        limits.RequestHeadersTimeout = connections.HeadersTimeout;
        limits.KeepAliveTimeout = connections.KeepAlive;
        // The pipeline has a limit of its own, and explains it. What is refused must still be read for most senders to see why;
        // of one that is far too large the server reads no more and closes the connection.
        limits.MaxRequestBodySize = RefusedButRead * (long)ingest.MaxBodyBytes;
        // The server asks for a mean rate once a time of grace is over. At this rate the largest body is through by then, so
        // that time is all that any body has.
        limits.MinRequestBodyDataRate = new MinDataRate(ingest.MaxBodyBytes / connections.BodyTimeout.TotalSeconds, connections.BodyTimeout);
    }
}
