using System.ComponentModel.DataAnnotations;

namespace GrainAnalytics.Core.Sites;

/// <summary>Fixes the first site and its keys, for scripts and tests; section <c>Bootstrap</c>.</summary>
public sealed class BootstrapOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Bootstrap";

    /// <summary>A write key of the first site: 1 to 200 visible ASCII characters.</summary>
    [RegularExpression("[!-~]{1,200}", ErrorMessage = "Bootstrap:WriteKey must be 1 to 200 visible ASCII characters.")]
    public string? WriteKey { get; set; }

    /// <summary>An API key of the first site: 1 to 200 visible ASCII characters.</summary>
    [RegularExpression("[!-~]{1,200}", ErrorMessage = "Bootstrap:ApiKey must be 1 to 200 visible ASCII characters.")]
    public string? ApiKey { get; set; }

    /// <summary>The operator's token.</summary>
    [RegularExpression("[!-~]{1,200}", ErrorMessage = "Bootstrap:AdminToken must be 1 to 200 visible ASCII characters.")]
    public string? AdminToken { get; set; }

    /// <summary>Host name of the first site, used when it is created.</summary>
    [StringLength(253)]
    public string? SiteDomain { get; set; }

    /// <summary>IANA time zone of the first site, used when it is created.</summary>
    /// <value>Default UTC. An unknown zone stops the start.</value>
    public string TimeZone { get; set; } = "UTC";
}
