namespace GrainAnalytics.Web.Operations;

/// <summary>Who may see the operations endpoints; section <c>Operations</c>.</summary>
public sealed class OperationsOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Operations";

    /// <summary>True to demand the operator's token (Bootstrap:AdminToken) for /health, /stats, /metrics and the API's
    /// documentation. /health/live and /health/ready stay open for orchestrators.</summary>
    /// <value>Default false: they show no site's data.</value>
    public bool RequireToken { get; set; }
}
