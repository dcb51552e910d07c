using System.ComponentModel.DataAnnotations;

namespace GrainAnalytics.Web.Limits;

/// <summary>How much of the server one connection may hold, and for how long; section <c>Connections</c>.</summary>
public sealed class ConnectionOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Connections";

    /// <summary>Connections at once, viewers of the live feed included; further ones are closed unanswered.</summary>
    /// <value>Default 20,000. The process needs as many file descriptors.</value>
    [Range(10, 10_000_000)]
    public int Max { get; set; } = 20_000;

    /// <summary>Longest request line, path and query included, in bytes; then 414.</summary>
    /// <value>Default 8 KiB.</value>
    [Range(1024, 1024 * 1024)]
    public int MaxRequestLineBytes { get; set; } = 8 * 1024;

    /// <summary>Header fields of a request; then 431.</summary>
    /// <value>Default 100.</value>
    [Range(20, 10_000)]
    public int MaxHeaders { get; set; } = 100;

    /// <summary>Size of a request's header fields together, in bytes; then 431.</summary>
    /// <value>Default 32 KiB.</value>
    [Range(1024, 1024 * 1024)]
    public int MaxHeaderBytes { get; set; } = 32 * 1024;

    /// <summary>Longest time a request's line and headers may take to arrive; then 408.</summary>
    /// <value>Default 10 s.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time a body may take to arrive; then 408.</summary>
    /// <value>Default 30 s.</value>
    [Range(typeof(TimeSpan), "00:00:02", "00:30:00")]
    public TimeSpan BodyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection may stay open between two requests.</summary>
    /// <value>Default 130 s: longer than balancers keep theirs, so that none uses one that is being closed.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(130);
}
